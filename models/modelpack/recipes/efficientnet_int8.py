"""int8 arithmetic for EfficientNet-Lite0: uint8 activations with committed scales, int8 weights with one scale per
output channel, int32 sums.

The numbers come from elementwise float64 operations and exactly rounded sums (math.fsum): the same on every CPU."""

import math
from dataclasses import dataclass

import numpy as np

from ..graph import Graph
from ..layers import Int8Linear, linear, quantize
from .efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT, conv_attributes, enlarged
from .efficientnet_layers import Convolution

_LARGEST_BIAS = 2**30  # int32; leaves as much again for the products. Only channels without weights come near it


@dataclass(frozen=True)
class Calibration:
    """By activation name ("pixels" for the normalised input): smallest and largest value, and the mean of every
    channel."""

    ranges: dict[str, tuple[float, float]]
    means: dict[str, np.ndarray]

    @classmethod
    def from_json(cls, content: dict[str, dict[str, list[float]]]) -> "Calibration":
        ranges = {name: (low, high) for name, (low, high) in content["ranges"].items()}
        return cls(ranges, {name: np.array(mean, np.float64) for name, mean in content["means"].items()})


@dataclass(frozen=True)
class _Value:
    """How a value of the graph is quantised; `mean` is per channel."""

    scale: float
    zero_point: int
    mean: np.ndarray


class Int8Arithmetic:
    """Written as DequantizeLinear -> operator -> QuantizeLinear, which onnxruntime fuses into integer operators."""

    def __init__(self, graph: Graph, calibration: Calibration) -> None:
        self.graph = graph
        self.calibration = calibration
        self._pixels = _Value(PIXEL_SCALE, PIXEL_ZERO_POINT, calibration.means["pixels"])
        self._values: dict[str, _Value] = {}

    def convolution(self, x: str, layer: Convolution) -> str:
        low, high = self.calibration.ranges[layer.name]
        if layer.relu6 and (low != 0 or high > 6):
            raise ValueError(f"{layer.name}: range must be inside [0, 6] for saturation to be the ReLU6")
        source = self._values.get(x, self._pixels)
        # onnxruntime multiplies channels-last: the input channel is the fastest index of the sum.
        rows = layer.weight.transpose(0, 2, 3, 1).reshape(len(layer.weight), -1)
        scale = channel_scales(rows, pairs=layer.groups == 1)
        scale = np.maximum(scale, (np.abs(layer.bias) / source.scale / _LARGEST_BIAS).astype(np.float32))
        weight = quantize_rows(layer.weight, scale)
        mean = source.mean if layer.groups == 1 else source.mean[:, None]
        bias = layer.bias - mean_shift(layer.weight, weight, scale, mean)
        step = np.float32(source.scale) * scale  # the unit of the sums: input step x weight step
        bias_int32 = np.rint(bias / step.astype(np.float64)).astype(np.int32)
        inputs = x, self._dequantize(weight, scale), self._dequantize(bias_int32, step)
        return self._quantize(self.graph.op("Conv", *inputs, **conv_attributes(layer)), layer.name)

    def add(self, x: str, y: str, name: str) -> str:
        return self._quantize(self.graph.op("Add", x, y), name)

    def concat(self, x: str, y: str, name: str) -> str:
        return self._quantize(self.graph.op("Concat", x, y, axis=1), name)

    def enlarge(self, x: str) -> str:
        """The same 8-bit values, four times each."""
        value = self._values[x]
        return self._in_steps(enlarged(self.graph, x), value)

    def mean(self, x: str, name: str) -> str:
        return self._quantize(self.graph.op("GlobalAveragePool", x), name, dequantize=False)

    def classifier(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """float32 out: eight bits would be too coarse for the logits."""
        source = self._values[x]
        exact = weight.astype(np.float64)
        scale = channel_scales(exact, pairs=True)
        quantized = quantize_rows(exact, scale)
        corrected = bias - mean_shift(exact, quantized, scale, source.mean)
        layer = Int8Linear(np.ascontiguousarray(quantized.T), scale, corrected, source.scale, source.zero_point)
        return linear(self.graph, self.graph.op("Flatten", x), layer, "classifier")

    def _dequantize(self, constant: np.ndarray, scale: np.ndarray) -> str:
        """A constant as float, one scale per entry of its first axis."""
        # Its own constant: onnxruntime refuses shared ones when it widens weights for CPUs without VNNI.
        zeros = self.graph.constant(np.zeros(len(scale), constant.dtype), shared=False)
        return self.graph.op(
            "DequantizeLinear", self.graph.constant(constant), self.graph.constant(scale), zeros, axis=0
        )

    def _quantize(self, y: str, name: str, dequantize: bool = True) -> str:
        step = activation_step(*self.calibration.ranges[name])
        return self._in_steps(y, _Value(*step, self.calibration.means[name]), dequantize)

    def _in_steps(self, y: str, value: _Value, dequantize: bool = True) -> str:
        scale, zero_point = value.scale, value.zero_point
        y = quantize(self.graph, y, scale, zero_point)
        if dequantize:
            y = self.graph.op("DequantizeLinear", y, self.graph.float(scale), self.graph.constant(np.uint8(zero_point)))
        self._values[y] = value
        return y


def activation_step(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of a uint8 value whose range is [low, high]; zero is representable exactly."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255
    return scale, round(-low / scale)


def channel_scales(rows: np.ndarray, pairs: bool) -> np.ndarray:
    """One float32 scale per row of weights [out, K] such that the largest weight becomes at most 127.

    With `pairs`, so does the sum of two neighbours of the same sign (2i, 2i + 1). x86 CPUs without VNNI add such a pair
    of products in int16, which holds 255 x 128 and no more; within this limit every CPU computes the same integers.
    Without it, an AVX2 machine names another class for one photo in seven. Depthwise kernels do not add in pairs."""
    largest = np.abs(rows).max(axis=1)
    if pairs:
        even, odd = rows[:, 0 : rows.shape[1] // 2 * 2 : 2], rows[:, 1::2]
        positive = np.maximum(even, 0) + np.maximum(odd, 0)
        negative = np.maximum(-even, 0) + np.maximum(-odd, 0)
        largest = np.maximum(largest, np.maximum(positive, negative).max(axis=1))
    return (largest / 127).astype(np.float32)


def quantize_rows(weight: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """int8 of weight's shape; scale is per entry of the first axis."""
    return np.clip(np.rint(weight / _per_row(scale, weight.ndim)), -127, 127).astype(np.int8)


def mean_shift(weight: np.ndarray, quantized: np.ndarray, scale: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """By how much rounding the weights moves the mean of each output channel, given the mean of each input channel
    ([in] or, depthwise, [out, 1]). Taking it out of the bias halves the error of the probabilities (Nagel et al. 2019,
    arXiv:1906.04721, section 4.2)."""
    error = quantized * _per_row(scale, weight.ndim) - weight
    shape = (*mean.shape[-2:], *([1] * (weight.ndim - 2)))
    products = (error * mean.reshape(shape)).reshape(len(weight), -1)
    return np.array([math.fsum(row) for row in products.tolist()])


def _per_row(scale: np.ndarray, dimensions: int) -> np.ndarray:
    """float64 [out, 1, ...], to multiply or divide weights of that many dimensions."""
    return scale.astype(np.float64).reshape(-1, *([1] * (dimensions - 1)))
