"""BERT encoder (6 x 384 MiniLM and relatives) as an ONNX graph for onnxruntime's CPU provider.

The skeleton is written once; an `Arithmetic` supplies the matrix products: int8 for what ships (bert_int8.py), float
for calibration and as the reference (bert_float.py)."""

from typing import Protocol

import numpy as np

from ..graph import MICROSOFT, Graph
from .bert_weights import Bert, Layer, Linear

_NORM_EPSILON = 1e-12
MAX_POSITIONS = 512


class Arithmetic(Protocol):
    """Matrix products of an encoder. x: value name, float32 [batch, sequence, K]."""

    def words(self, graph: Graph, table: np.ndarray, ids: str) -> str:
        """Rows of the word table: [batch, sequence, width]."""

    def attention(self, graph: Graph, x: str, number: int, layer: Layer, mask: str) -> str:
        """Self-attention up to the concatenated heads: [batch, sequence, width]."""

    def context(self, graph: Graph, x: str, number: int, layer: Layer) -> str: ...

    def up(self, graph: Graph, x: str, number: int, layer: Layer) -> str: ...

    def down(self, graph: Graph, x: str, number: int, layer: Layer) -> str: ...


def encoder(graph: Graph, bert: Bert, arithmetic: Arithmetic, ids: str, mask: str, types: str | None) -> str:
    """Normalised last state n, float32 [batch, sequence, width]; the head applies bert.last to it.

    ids, mask, types: int32 [batch, sequence]; without types every token is of type 0."""
    length = graph.op("Slice", graph.op("Shape", ids), graph.ints(1), graph.ints(2))
    normalise = _Normaliser(graph, length)
    positions = bert.positions if types else bert.positions + bert.types[0]
    state = graph.op(
        "Add",
        arithmetic.words(graph, bert.words, ids),
        graph.op("Slice", graph.constant(positions, "positions"), graph.ints(0), length),
    )
    if types:
        state = graph.op("Add", state, graph.op("Gather", graph.constant(bert.types, "types"), types))
    state = normalise(state)
    for number, layer in enumerate(bert.layers):
        heads = arithmetic.attention(graph, state, number, layer, mask)
        residual = graph.op("Mul", state, graph.constant(layer.entry_gain))
        state = normalise(graph.op("Add", residual, arithmetic.context(graph, heads, number, layer)))
        hidden = graph.op("Gelu", arithmetic.up(graph, state, number, layer), domain=MICROSOFT)
        residual = graph.op("Mul", state, graph.constant(layer.middle_gain))
        state = normalise(graph.op("Add", residual, arithmetic.down(graph, hidden, number, layer)))
    return state


def dense(graph: Graph, x: str, linear: Linear, name: str) -> str:
    """Float x @ weight + bias."""
    product = graph.op("MatMul", x, graph.constant(linear.weight, f"{name}.weight"))
    return graph.op("Add", product, graph.constant(linear.bias))


class _Normaliser:
    """Rows to mean 0 and variance 1.

    InstanceNormalization over [batch, "channels" = sequence, width] is the same arithmetic as LayerNormalization and
    four times as fast in onnxruntime 1.30 on CPU, whose LayerNormalization is not vectorised. It wants a scale and an
    offset per "channel": ones and zeros as long as the sequence."""

    def __init__(self, graph: Graph, length: str) -> None:
        self._graph = graph
        self._ones = graph.op("Expand", graph.constant(np.ones(1, np.float32)), length)
        self._zeros = graph.op("Expand", graph.constant(np.zeros(1, np.float32)), length)

    def __call__(self, x: str) -> str:
        return self._graph.op("InstanceNormalization", x, self._ones, self._zeros, epsilon=_NORM_EPSILON)
