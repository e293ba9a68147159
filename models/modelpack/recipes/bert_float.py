"""Float arithmetic for the BERT encoder, never shipped: the reference for quality, and the source of calibration."""

import numpy as np

from ..graph import MICROSOFT, Graph
from .bert import dense
from .bert_weights import Layer

_HEAD_WIDTH = 32


class Float:
    """An Arithmetic (bert.py). `taps` collects the input of every matrix product: {"0.qkv": value name, ...}."""

    def __init__(self) -> None:
        self.taps: dict[str, str] = {}

    def words(self, graph: Graph, table: np.ndarray, ids: str) -> str:
        return graph.op("Gather", graph.constant(table, "words"), ids)

    def attention(self, graph: Graph, x: str, number: int, layer: Layer, mask: str) -> str:
        self.taps[f"{number}.qkv"] = x
        weight = graph.constant(layer.qkv.weight, f"layer{number}.qkv.weight")
        heads = layer.qkv.weight.shape[0] // _HEAD_WIDTH
        return graph.op(
            "Attention", x, weight, graph.constant(layer.qkv.bias), mask, domain=MICROSOFT, num_heads=heads
        )

    def context(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        self.taps[f"{number}.context"] = x
        return dense(graph, x, layer.context, f"layer{number}.context")

    def up(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        self.taps[f"{number}.up"] = x
        return dense(graph, x, layer.up, f"layer{number}.up")

    def down(self, graph: Graph, x: str, number: int, layer: Layer) -> str:
        self.taps[f"{number}.hidden"] = x
        return dense(graph, x, layer.down, f"layer{number}.down")
