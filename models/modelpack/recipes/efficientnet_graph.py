"""Writes EfficientNet-Lite0 as an ONNX graph: in float32 here (to calibrate and to compare), in int8 with the
arithmetic of efficientnet_int8.py.

Both start with pixels uint8 [batch, 224, 224, 3], RGB, and read them as (pixel - 127) / 128: that is exactly what
DequantizeLinear does with scale 1/128 and zero point 127, so the int8 graph takes the pixels as they come."""

from typing import Protocol

import numpy as np

from ..graph import Graph
from .efficientnet_layers import SIZE, Convolution, Network

PIXEL_SCALE, PIXEL_ZERO_POINT = 1 / 128, 127
CLASSES = 1000


class Arithmetic(Protocol):
    """How values are represented. Values are named so that calibration can refer to them."""

    def convolution(self, x: str, layer: Convolution) -> str: ...
    def add(self, x: str, y: str, name: str) -> str: ...
    def mean(self, x: str, name: str) -> str: ...
    def classifier(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str: ...


def write_graph(graph: Graph, network: Network, arithmetic: Arithmetic) -> str:
    """The whole network from pixels to float32 probabilities [batch, 1000]; returns the latter's name."""
    pixels = graph.input("pixels", "uint8", ["batch", SIZE, SIZE, 3])
    x = graph.op("Transpose", pixels, perm=[0, 3, 1, 2])
    zero_point = graph.constant(np.uint8(PIXEL_ZERO_POINT))
    x = graph.op("DequantizeLinear", x, graph.float(PIXEL_SCALE), zero_point)
    x = arithmetic.convolution(x, network.stem)
    for block in network.blocks:
        start = x
        for layer in block.convolutions:
            x = arithmetic.convolution(x, layer)
        if block.residual:
            x = arithmetic.add(x, start, f"{block.name}.add")
    x = arithmetic.convolution(x, network.head)
    x = arithmetic.mean(x, "mean")
    logits = arithmetic.classifier(x, network.classifier_weight, network.classifier_bias)
    probabilities = graph.op("Softmax", logits, axis=-1)
    return graph.output(probabilities, "probabilities", "float32", ["batch", CLASSES])


class FloatArithmetic:
    """Plain float32. `activations` maps the calibration name of every value to its name in the graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.activations: dict[str, str] = {}

    def convolution(self, x: str, layer: Convolution) -> str:
        weight = self.graph.constant(layer.weight.astype(np.float32))
        bias = self.graph.constant(layer.bias.astype(np.float32))
        y = self.graph.op("Conv", x, weight, bias, **conv_attributes(layer))
        if layer.relu6:
            y = self.graph.op("Clip", y, self.graph.float(0), self.graph.float(6))
        return self._remember(layer.name, y)

    def add(self, x: str, y: str, name: str) -> str:
        return self._remember(name, self.graph.op("Add", x, y))

    def concat(self, x: str, y: str, name: str) -> str:
        return self._remember(name, self.graph.op("Concat", x, y, axis=1))

    def enlarge(self, x: str) -> str:
        return enlarged(self.graph, x)

    def mean(self, x: str, name: str) -> str:
        return self._remember(name, self.graph.op("GlobalAveragePool", x))

    def classifier(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        flat = self.graph.op("Flatten", x)
        return self.graph.op("Gemm", flat, self.graph.constant(weight), self.graph.constant(bias), transB=1)

    def _remember(self, name: str, value: str) -> str:
        self.activations[name] = value
        return value


def enlarged(graph: Graph, x: str) -> str:
    """Each value four times: twice the height and the width."""
    twice = graph.constant(np.array([1, 1, 2, 2], np.float32))
    return graph.op(
        "Resize",
        x,
        "",
        twice,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def conv_attributes(layer: Convolution) -> dict[str, object]:
    kernel = layer.weight.shape[-1]
    return {
        "kernel_shape": [kernel, kernel],
        "strides": [layer.stride, layer.stride],
        "pads": list(layer.pads),
        "group": layer.groups,
    }
