"""Writes NanoDet-g as an ONNX graph: CustomCspNet, path aggregation by addition, one head for each of three strides.

It starts with pixels uint8 [batch, 416, 416, 3], RGB, and ends with the best candidates instead of all 3549 places
x 80 classes: that is 0.2 MB a picture and not 1.8, between processes.

    scores     float32 [batch, 1000]      probabilities, best first
    cells      int32 [batch, 1000]        place x 80 + class; places row by row, stride 8 first
    distances  float32 [batch, 1000, 44]  logits over 0..10 strides, for left, top, right, bottom of the place's centre

Pixels are read as (pixel - 127) / 128, which is what DequantizeLinear does with an 8-bit input; the first convolution has
the rest of the normalisation in its weights. At the edge of the picture that stands for a border of grey 127, and not of
the mean colour as in training: a difference of a fifth of a standard deviation on one pixel."""

import math
from collections.abc import Iterator

import numpy as np

from ..graph import Graph
from .efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT
from .efficientnet_layers import Convolution
from .nanodet_arithmetic import DetectorArithmetic

SIZE, CLASSES, BINS, CANDIDATES = 416, 80, 11, 1000
STRIDES = (8, 16, 32)
CONVOLUTIONS = 34

# Of blue, green, red, in 0..255, as the network was trained.
_MEAN, _DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
# Pairs of convolutions in each stage; all stages but the first halve the picture.
_STAGES = (1, 2, 2, 3)

def write_graph(graph: Graph, convolutions: list[Convolution], arithmetic: DetectorArithmetic) -> None:
    """`convolutions` as `prepared` gives them."""
    network = _Network(arithmetic, iter(convolutions))
    pixels = graph.op("Transpose", graph.input("pixels", "uint8", ["batch", SIZE, SIZE, 3]), perm=[0, 3, 1, 2])
    zero_point = graph.constant(np.uint8(PIXEL_ZERO_POINT))
    stages = _backbone(network, graph.op("DequantizeLinear", pixels, graph.float(PIXEL_SCALE), zero_point))
    heads = [network.head(level) for level in _aggregate(network, stages[1:])]
    flat = [graph.op("Reshape", head, graph.ints(0, CLASSES + 4 * BINS, -1)) for head in heads]
    places = graph.op("Transpose", graph.op("Concat", *flat, axis=2), perm=[0, 2, 1])
    sizes = graph.ints(CLASSES, 4 * BINS)
    logits, distances = graph.ops("Split", 2, places, sizes, axis=2)
    _write_candidates(graph, logits, distances)


def prepared(trained: list[tuple[np.ndarray, np.ndarray]]) -> list[Convolution]:
    """The kernels [out, in, height, width] and biases [out] of the trained network, in the order in which it applies
    them, the first one made to read pixels as the graph does."""
    kernels = [(kernel.astype(np.float64), bias.astype(np.float64)) for kernel, bias in trained]
    kernels[0] = _reading_pixels(*kernels[0])
    # Stem, and what begins the last three stages.
    strides = {index: 2 for index in (0, *_first_of_stages())}
    return [
        Convolution(f"conv{index}", kernel, bias, strides.get(index, 1), (kernel.shape[-1] // 2,) * 4, 1, relu6=False)
        for index, (kernel, bias) in enumerate(kernels)
    ]


def _first_of_stages() -> list[int]:
    """Each stage has one convolution, its pairs, and one more; all stages but the first begin with a stride."""
    lengths = [2 + 2 * pairs for pairs in _STAGES]
    return [1 + sum(lengths[:index]) for index in range(1, len(lengths))]


def _reading_pixels(kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = (np.array(each[::-1]).reshape(1, 3, 1, 1) for each in (_MEAN, _DEVIATION))
    rgb = kernel[:, ::-1] / deviation
    offsets = (rgb * (PIXEL_ZERO_POINT - mean)).reshape(len(rgb), -1).tolist()
    return rgb / PIXEL_SCALE, bias + np.array([math.fsum(row) for row in offsets])


def _backbone(network: "_Network", x: str) -> list[str]:
    """The output of every stage."""
    x = network.arithmetic.pool(network.convolution(x))
    stages = []
    for pairs in _STAGES:
        x = network.stage(x, pairs)
        stages.append(x)
    return stages


def _aggregate(network: "_Network", stages: list[str]) -> list[str]:
    """Top-down, then bottom-up; levels are added."""
    fine, middle, coarse = (network.convolution(stage, active=False) for stage in stages)
    middle = network.add(middle, coarse, 2)
    fine = network.add(fine, middle, 2)
    middle = network.add(middle, fine, 0.5)
    coarse = network.add(coarse, middle, 0.5)
    return [fine, middle, coarse]


def _write_candidates(graph: Graph, logits: str, distances: str) -> None:
    flat = graph.op("Reshape", logits, graph.ints(0, -1))
    best, cells = graph.ops("TopK", 2, flat, graph.ints(CANDIDATES), axis=1)
    places = graph.op("Unsqueeze", graph.op("Div", cells, graph.ints(CLASSES)), graph.ints(2))
    chosen = graph.op("GatherND", distances, places, batch_dims=1)
    graph.output(graph.op("Sigmoid", best), "scores", "float32", ["batch", CANDIDATES])
    graph.output(graph.cast(cells, "int32"), "cells", "int32", ["batch", CANDIDATES])
    graph.output(chosen, "distances", "float32", ["batch", CANDIDATES, 4 * BINS])


class _Network:
    """The repeated parts; convolutions are taken in order."""

    def __init__(self, arithmetic: DetectorArithmetic, convolutions: Iterator[Convolution]) -> None:
        self.arithmetic = arithmetic
        self._convolutions = convolutions
        self._joined = 0

    def convolution(self, x: str, active: bool = True) -> str:
        layer = next(self._convolutions)
        y = self.arithmetic.convolution(x, layer)
        return self.arithmetic.leaky(y, f"{layer.name}.active") if active else y

    def stage(self, x: str, pairs: int) -> str:
        """Cross-stage partial: what enters is kept beside what the pairs make of it."""
        entered = y = self.convolution(x)
        for _ in range(pairs):
            first = self.convolution(y)
            y = self.arithmetic.concat(self.convolution(first), first, self._name())
        return self.arithmetic.concat(self.convolution(y), entered, self._name())

    def head(self, x: str) -> str:
        return self.convolution(self.convolution(x), active=False)

    def add(self, x: str, other: str, factor: float) -> str:
        """`other` in the size of x."""
        name = self._name()
        return self.arithmetic.add(x, self.arithmetic.resize(other, factor, f"{name}.resized"), name)

    def _name(self) -> str:
        self._joined += 1
        return f"join{self._joined}"
