"""Writes a segmenter (models/segmenters) as an ONNX graph: the encoder of EfficientNet-Lite0 and a light U-Net decoder.

Pixels uint8 [batch, 256, 256, 3], RGB, in; `scores` uint8 [batch, classes, 128, 128] out: 255 times the probability of
each class, the ground first. Eight bits, because that is what crosses the process boundary; half the size, because the
head works at that size and whoever needs a mask interpolates probabilities, which gives smoother edges than labels."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..graph import Graph
from .efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT, Arithmetic
from .efficientnet_layers import STAGES, Block, Convolution, Layers

SIZE = 256
SCORES = SIZE // 2
_LEVELS = 4


class DecoderArithmetic(Arithmetic, Protocol):
    def concat(self, x: str, y: str, name: str) -> str: ...
    def enlarge(self, x: str) -> str: ...


@dataclass(frozen=True)
class Step:
    """One doubling of the decoder: 1x1 convolutions of what comes from below and from the side, then the joined."""

    reduce: Convolution
    lateral: Convolution
    joined: list[Convolution]


@dataclass(frozen=True)
class Segmenter:
    """head_weight: float32 [classes, 32, 1, 1]; head_bias: float32 [classes]. `skips`: indices of the blocks whose
    output the decoder sees again, from the last to the first."""

    stem: Convolution
    blocks: list[Block]
    skips: list[int]
    steps: list[Step]
    head_weight: np.ndarray
    head_bias: np.ndarray


def read_segmenter(state: dict[str, np.ndarray]) -> Segmenter:
    """The network from the parameters that training/network.py names, batch normalisation folded in."""
    layers = Layers(state, SIZE)

    def convolution(name: str, stride: int = 1, depthwise: bool = False, relu6: bool = True) -> Convolution:
        return layers.convolution(name, f"{name}.conv", f"{name}.bn", stride, depthwise, relu6)

    stem = convolution("stem", 2)
    blocks: list[Block] = []
    skips: list[int] = []
    for _, repeats, expansion, _, _, stride in STAGES:
        if stride == 2:
            skips.insert(0, len(blocks) - 1)
        for repeat in range(repeats):
            name = f"blocks.{len(blocks)}"
            parts = [convolution(f"{name}.expand")] if expansion > 1 else []
            parts.append(convolution(f"{name}.dw", stride if repeat == 0 else 1, depthwise=True))
            parts.append(convolution(f"{name}.project", relu6=False))
            blocks.append(Block(name, parts, residual=repeat > 0))
    steps = [
        Step(
            convolution(f"ups.{index}.reduce"),
            convolution(f"ups.{index}.lateral"),
            [convolution(f"ups.{index}.{part}", depthwise=part.startswith("dw")) for part in ("dw1", "pw1", "dw2", "pw2")],
        )
        for index in range(_LEVELS)
    ]
    return Segmenter(stem, blocks, skips, steps, state["head.weight"], state["head.bias"])


def write_graph(graph: Graph, network: Segmenter, arithmetic: DecoderArithmetic, groups: np.ndarray) -> str:
    """The whole network from pixels to scores; returns the latter's name.

    `groups`: float32 [labels, classes], 1 where a label stands for a class. What a network cannot tell apart is one label,
    whose probability is the sum of theirs."""
    pixels = graph.input("pixels", "uint8", ["batch", SIZE, SIZE, 3])
    x = graph.op("Transpose", pixels, perm=[0, 3, 1, 2])
    x = graph.op("DequantizeLinear", x, graph.float(PIXEL_SCALE), graph.constant(np.uint8(PIXEL_ZERO_POINT)))
    x = arithmetic.convolution(x, network.stem)
    outputs: list[str] = []
    for block in network.blocks:
        start = x
        for layer in block.convolutions:
            x = arithmetic.convolution(x, layer)
        x = arithmetic.add(x, start, f"{block.name}.add") if block.residual else x
        outputs.append(x)
    for index, (step, skip) in enumerate(zip(network.steps, network.skips, strict=True)):
        below = arithmetic.enlarge(arithmetic.convolution(x, step.reduce))
        x = arithmetic.concat(below, arithmetic.convolution(outputs[skip], step.lateral), f"ups.{index}.joined")
        for layer in step.joined:
            x = arithmetic.convolution(x, layer)
    logits = graph.op("Conv", x, graph.constant(network.head_weight), graph.constant(network.head_bias))
    shares = graph.op("Softmax", logits, axis=1)
    sums = graph.op("Conv", shares, graph.constant(255 * groups[:, :, None, None]))
    scores = graph.cast(graph.op("Round", graph.op("Clip", sums, graph.float(0), graph.float(255))), "uint8")
    return graph.output(scores, "scores", "uint8", ["batch", len(groups), SCORES, SCORES])
