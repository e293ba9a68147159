"""How NanoDet-g computes: in float32, to calibrate and to compare, and in int8, as it ships. Beside what EfficientNet needs
(efficientnet_graph.py, efficientnet_int8.py) it has a leaky ReLU, a maximum and levels of several sizes."""

from typing import Protocol

import numpy as np

from ..graph import Graph
from .efficientnet_graph import Arithmetic, FloatArithmetic
from .efficientnet_int8 import Int8Arithmetic

_SLOPE = 0.1


class DetectorArithmetic(Arithmetic, Protocol):
    def concat(self, x: str, y: str, name: str) -> str: ...
    def leaky(self, x: str, name: str) -> str: ...
    def pool(self, x: str) -> str: ...
    def resize(self, x: str, factor: float, name: str) -> str: ...


class FloatDetector(FloatArithmetic):
    def leaky(self, x: str, name: str) -> str:
        return self._remember(name, _leaky(self.graph, x))

    def pool(self, x: str) -> str:
        return _pool(self.graph, x)

    def resize(self, x: str, factor: float, name: str) -> str:
        return self._remember(name, _resize(self.graph, x, factor))


class Int8Detector(Int8Arithmetic):
    def leaky(self, x: str, name: str) -> str:
        return self._quantize(_leaky(self.graph, x), name)

    def pool(self, x: str) -> str:
        """Some of the same 8-bit values."""
        return self._in_steps(_pool(self.graph, x), self._values[x])

    def resize(self, x: str, factor: float, name: str) -> str:
        return self._quantize(_resize(self.graph, x, factor), name)


def _leaky(graph: Graph, x: str) -> str:
    return graph.op("LeakyRelu", x, alpha=_SLOPE)


def _pool(graph: Graph, x: str) -> str:
    return graph.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])


def _resize(graph: Graph, x: str, factor: float) -> str:
    scales = graph.constant(np.array([1, 1, factor, factor], np.float32))
    return graph.op("Resize", x, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
