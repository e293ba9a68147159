"""int8 arithmetic for the BERT encoder: static activation scales (an answer cannot depend on its batch mates), int8
weights with one scale per output column, int8 word table with one scale per row."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..graph import MICROSOFT, Graph
from ..layers import Int8Linear, linear, quantize
from .bert_calibration import LayerScales, split_outliers
from .bert_weights import Bert, Layer, Linear

_CENTRE = 128  # zero point of inputs of both signs
_HEAD_WIDTH = 32


def split_hidden(bert: Bert, scales: Sequence[LayerScales]) -> Bert:
    """The encoder with its outlier neurons spread over several columns; `Int8` expects this one."""
    layers = (
        split_outliers(layer, scale.hidden_ceiling, scale.pieces)
        for layer, scale in zip(bert.layers, scales, strict=True)
    )
    return replace(bert, layers=tuple(layers))


class Int8:
    """An Arithmetic (bert.py)."""

    def __init__(self, scales: Sequence[LayerScales]) -> None:
        self._scales = scales

    def words(self, graph: Graph, table: np.ndarray, ids: str) -> str:
        steps = np.maximum(np.abs(table).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(127)
        rows = graph.op("Gather", graph.constant(np.rint(table / steps).astype(np.int8), "words.weight"), ids)
        return graph.op(
            "Mul", graph.cast(rows, "float32"), graph.op("Gather", graph.constant(steps, "words.scale"), ids)
        )

    def attention(self, graph: Graph, x: str, number: int, layer: Layer, mask: str) -> str:
        """QAttention: the int8 product, the heads and the softmax in one operator. The weight's zero point is not
        shared between layers, for the reason given in layers.linear."""
        steps = self._scales[number].qkv
        weight, scale = _columns(steps[:, None] * layer.qkv.weight)
        return graph.op(
            "QAttention",
            _quantize_channels(graph, x, steps),
            graph.constant(weight, f"layer{number}.qkv.weight"),
            graph.constant(layer.qkv.bias),
            graph.float(1),
            graph.constant(scale),
            mask,
            graph.constant(np.uint8(_CENTRE)),
            # Its own constant: onnxruntime refuses shared ones when it widens weights for CPUs without VNNI.
            graph.constant(np.zeros(len(scale), np.int8), shared=False),
            domain=MICROSOFT,
            num_heads=layer.qkv.weight.shape[0] // _HEAD_WIDTH,
        )

    def context(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        step = self._scales[number].context
        return _linear(graph, x, layer.context, step, _CENTRE, f"layer{number}.context")

    def up(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        steps = self._scales[number].up
        weight, scale = _columns(steps[:, None] * layer.up.weight)
        int8 = Int8Linear(weight, scale, layer.up.bias, input_scale=1.0, input_zero_point=_CENTRE)
        return linear(graph, _quantize_channels(graph, x, steps), int8, f"layer{number}.up")

    def down(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        scales = self._scales[number]
        return _linear(graph, x, layer.down, scales.hidden, scales.hidden_zero_point, f"layer{number}.down")


def _quantize_channels(graph: Graph, x: str, steps: np.ndarray) -> str:
    """Quantise with a step per channel [K]; the steps go into the weights, so the product's input scale is 1.
    Mul + per-tensor QuantizeLinear, because a per-axis QuantizeLinear is slow over the last axis."""
    return quantize(graph, graph.op("Mul", x, graph.constant(np.float32(1) / steps)), 1.0, _CENTRE)


def _linear(graph: Graph, x: str, layer: Linear, step: float, zero_point: int, name: str) -> str:
    weight, scale = _columns(layer.weight)
    int8 = Int8Linear(weight, scale, layer.bias, step, zero_point)
    return linear(graph, quantize(graph, x, step, zero_point), int8, name)


def _columns(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 [K, N] and the scale float32 [N] of every column; a column of zeros keeps scale 1."""
    largest = np.abs(weight).max(axis=0)
    scale = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale
