"""Writes NanoDet-g as an ONNX graph: CustomCspNet, path aggregation by addition, one head for each of three strides.

It starts with pixels uint8 [batch, 416, 416, 3], RGB, and ends with the best candidates instead of all 3549 places
x 80 classes: that is 0.2 MB a picture and not 1.8, between processes.

    scores     float32 [batch, 1000]      probabilities, best first
    cells      int32 [batch, 1000]        place x 80 + class; places row by row, stride 8 first
    distances  float32 [batch, 1000, 44]  logits over 0..10 strides, for left, top, right, bottom of the place's centre

Weights stay float16 in the file, as their package has them, and are widened when the graph is loaded: nothing is lost
and the file is half as large."""

from collections.abc import Iterator

import numpy as np

from ..graph import Graph

SIZE, CLASSES, BINS, CANDIDATES = 416, 80, 11, 1000
STRIDES = (8, 16, 32)
CONVOLUTIONS = 34

# Of blue, green, red, in 0..255, as the network was trained.
_MEAN, _DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
_SLOPE = 0.1
# Pairs of convolutions in each stage; all stages but the first halve the picture.
_STAGES = (1, 2, 2, 3)

Convolution = tuple[np.ndarray, np.ndarray]  # float16 kernel [out, in, height, width] and bias [out]


def write_graph(graph: Graph, convolutions: list[Convolution]) -> None:
    """`convolutions` in the order in which the trained network applies them; the first one reads blue, green, red."""
    network = _Network(graph, iter(convolutions))
    stages = _backbone(network, _normalised(graph))
    heads = [network.head(level) for level in _aggregate(network, stages[1:])]
    flat = [graph.op("Reshape", head, graph.ints(0, CLASSES + 4 * BINS, -1)) for head in heads]
    places = graph.op("Transpose", graph.op("Concat", *flat, axis=2), perm=[0, 2, 1])
    sizes = graph.ints(CLASSES, 4 * BINS)
    logits, distances = graph.ops("Split", 2, places, sizes, axis=2)
    _write_candidates(graph, logits, distances)


def _normalised(graph: Graph) -> str:
    """Blue, green, red in standard deviations, [batch, 3, 416, 416]."""
    pixels = graph.input("pixels", "uint8", ["batch", SIZE, SIZE, 3])
    channels = graph.cast(graph.op("Transpose", pixels, perm=[0, 3, 1, 2]), "float32")
    reversed_channels = graph.op("Gather", channels, graph.ints(2, 1, 0), axis=1)
    mean, deviation = (graph.constant(np.float32(each).reshape(1, 3, 1, 1)) for each in (_MEAN, _DEVIATION))
    return graph.op("Div", graph.op("Sub", reversed_channels, mean), deviation)


def _backbone(network: "_Network", x: str) -> list[str]:
    """The output of every stage."""
    x = network.convolution(x, stride=2)
    x = network.graph.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    stages = []
    for index, pairs in enumerate(_STAGES):
        x = network.stage(x, pairs, stride=1 if index == 0 else 2)
        stages.append(x)
    return stages


def _aggregate(network: "_Network", stages: list[str]) -> list[str]:
    """Top-down, then bottom-up; levels are added."""
    fine, middle, coarse = (network.convolution(stage, active=False) for stage in stages)
    add = network.graph.op
    middle = add("Add", middle, network.resize(coarse, 2))
    fine = add("Add", fine, network.resize(middle, 2))
    middle = add("Add", middle, network.resize(fine, 0.5))
    coarse = add("Add", coarse, network.resize(middle, 0.5))
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

    def __init__(self, graph: Graph, convolutions: Iterator[Convolution]) -> None:
        self.graph = graph
        self._convolutions = convolutions

    def convolution(self, x: str, stride: int = 1, active: bool = True) -> str:
        kernel, bias = next(self._convolutions)
        side = kernel.shape[-1]
        y = self.graph.op(
            "Conv",
            x,
            self._widened(kernel),
            self._widened(bias),
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[side // 2] * 4,
        )
        return self.graph.op("LeakyRelu", y, alpha=_SLOPE) if active else y

    def stage(self, x: str, pairs: int, stride: int) -> str:
        """Cross-stage partial: what enters is kept beside what the pairs make of it."""
        entered = y = self.convolution(x, stride)
        for _ in range(pairs):
            first = self.convolution(y)
            y = self.graph.op("Concat", self.convolution(first), first, axis=1)
        return self.graph.op("Concat", self.convolution(y), entered, axis=1)

    def head(self, x: str) -> str:
        return self.convolution(self.convolution(x), active=False)

    def resize(self, x: str, factor: float) -> str:
        scales = self.graph.constant(np.array([1, 1, factor, factor], np.float32))
        return self.graph.op("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")

    def _widened(self, array: np.ndarray) -> str:
        return self.graph.cast(self.graph.constant(array), "float32")
