"""Writes MediaPipe's selfie segmentation as an ONNX graph, node by node from the TensorFlow.js one.

    pixels  uint8 [batch, 256, 256, 3]       RGB
    scores  uint8 [batch, 2, 256, 256]       255 times the probability of ground and of person

In float32: 106,000 parameters are no size, and a matte lives by its soft edges. Pixels are read as value / 255, which is
what DequantizeLinear does with an 8-bit input. Inside, the channels stand before the height."""

import numpy as np

from ..errors import PackError
from ..graph import Graph
from ..readers.tfjs_graph import Node

SIZE, LABELS = 256, 2
_SAME_NAME = {"Relu": "Relu", "Sigmoid": "Sigmoid", "Add": "Add", "AddV2": "Add", "AddN": "Add", "Mul": "Mul"}
# Steps in which an enlarged value is counted; every level is half of the one above.
_TWICE = np.array([1, 1, 2, 2], np.float32)


def write_graph(graph: Graph, nodes: list[Node], weights: dict[str, np.ndarray]) -> str:
    """`nodes` end with the probability of a person; `weights` by name, as the package has them. Returns the output."""
    values: dict[str, str] = {}
    for node in nodes:
        if node.kind not in ("Const", "Placeholder"):
            values[node.name] = _write(graph, node, values, weights)
        elif node.kind == "Placeholder":
            values[node.name] = _pixels(graph)
    person = graph.op("Round", graph.op("Mul", values[nodes[-1].name], graph.float(255)))
    ground = graph.op("Sub", graph.float(255), person)
    scores = graph.cast(graph.op("Concat", ground, person, axis=1), "uint8")
    return graph.output(scores, "scores", "uint8", ["batch", LABELS, SIZE, SIZE])


def _pixels(graph: Graph) -> str:
    pixels = graph.op("Transpose", graph.input("pixels", "uint8", ["batch", SIZE, SIZE, 3]), perm=[0, 3, 1, 2])
    return graph.op("DequantizeLinear", pixels, graph.float(1 / 255), graph.constant(np.uint8(0)))


def _write(graph: Graph, node: Node, values: dict[str, str], weights: dict[str, np.ndarray]) -> str:
    def value(name: str) -> str:
        return values[name] if name in values else graph.constant(_by_channel(weights[name]))

    if node.kind == "Relu6":
        return graph.op("Clip", value(node.inputs[0]), graph.float(0), graph.float(6))
    if node.kind in _SAME_NAME:
        return graph.op(_SAME_NAME[node.kind], *map(value, node.inputs))
    if node.kind == "AvgPool":  # each pools a whole level
        return graph.op("GlobalAveragePool", value(node.inputs[0]))
    if node.kind == "ResizeBilinear":
        twice = graph.constant(_TWICE)
        return graph.op(
            "Resize", value(node.inputs[0]), "", twice, mode="linear", coordinate_transformation_mode="half_pixel"
        )
    if node.kind == "Conv2DBackpropInput":
        kernel = _kernel(weights[node.inputs[1]], (3, 2, 0, 1))
        return graph.op("ConvTranspose", value(node.inputs[2]), graph.constant(kernel), **_steps(node, kernel, pads=False))
    if node.kind == "Conv2D":
        kernel = _kernel(weights[node.inputs[1]], (3, 2, 0, 1))
        return graph.op("Conv", value(node.inputs[0]), graph.constant(kernel), **_steps(node, kernel))
    if node.kind == "DepthwiseConv2dNative":
        kernel = _kernel(weights[node.inputs[1]], (2, 3, 0, 1))
        return graph.op("Conv", value(node.inputs[0]), graph.constant(kernel), group=len(kernel), **_steps(node, kernel))
    raise PackError(f"{node.name} is a {node.kind}, which this recipe does not know")


def _kernel(stored: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    return np.ascontiguousarray(stored.transpose(order).astype(np.float32))


def _by_channel(stored: np.ndarray) -> np.ndarray:
    """A scalar, or one value a channel."""
    flat = stored.astype(np.float32).reshape(-1)
    return flat[0] if flat.size == 1 else flat[:, None, None]


def _steps(node: Node, kernel: np.ndarray, pads: bool = True) -> dict[str, list[int]]:
    """TensorFlow's SAME: what is over stands at the bottom and the right. Every level divides by its stride."""
    side, stride = kernel.shape[-1], node.ints("strides")[1]
    border = max(0, side - stride) if node.text("padding") == "SAME" else 0
    before = border // 2
    padding = [before, before, border - before, border - before] if pads else [0, 0, 0, 0]
    return {"kernel_shape": [side, side], "strides": [stride, stride], "pads": padding}
