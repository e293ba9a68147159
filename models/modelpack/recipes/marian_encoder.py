"""Encoder graph: token ids -> everything the decoder steps read about the source sentence."""

import numpy as np

from ..graph import Graph
from ..readers.marian_bin import MarianModel
from .marian_layers import HEAD_WIDTH, HEADS, WIDTH, MarianLayers

_LAYERS = 6
_DECODER_LAYERS = (1, 2)
# Added to attention scores of padding: far below any score, finite, so a row of nothing but padding stays a number.
_MASKED = -1e9


def encoder_graph(model: MarianModel) -> Graph:
    """Inputs input_ids, attention_mask [batch, sequence]; outputs mask_bias [batch, 1, 1, sequence] and per decoder
    layer the attention keys [batch, 8, 32, sequence] (transposed, ready to multiply) and values
    [batch, 8, sequence, 32]."""
    graph = Graph("encoder")
    layers = MarianLayers(graph, model)
    ids = graph.input("input_ids", "int32", ["batch", "sequence"], pad=0)
    mask = graph.input("attention_mask", "int32", ["batch", "sequence"], pad=0)

    absent = graph.op("Sub", graph.float(1), graph.cast(mask, "float32"))
    mask_bias = graph.op("Unsqueeze", graph.op("Mul", absent, graph.float(_MASKED)), graph.ints(1, 2))
    x = _embed(layers, ids)
    for number in range(1, _LAYERS + 1):
        x = _self_attention(layers, x, mask_bias, f"encoder_l{number}_self")
        x = layers.feed_forward(x, f"encoder_l{number}_ffn")

    graph.output(mask_bias, "mask_bias", "float32", ["batch", 1, 1, "sequence"])
    for number, (keys, values) in zip(_DECODER_LAYERS, _cross_keys_values(layers, x), strict=True):
        graph.output(keys, f"k{number}", "float32", ["batch", HEADS, HEAD_WIDTH, "sequence"])
        graph.output(values, f"v{number}", "float32", ["batch", HEADS, "sequence", HEAD_WIDTH])
    return graph


def _embed(layers: MarianLayers, ids: str) -> str:
    """Scaled word vectors plus positions 0, 1, 2, ...: [batch, sequence, 256]. The table stays int8."""
    graph = layers.graph
    words = graph.op("Gather", graph.constant(layers.model.matrices["Wemb"].values, "Wemb"), ids)
    x = graph.op("Mul", graph.cast(words, "float32"), graph.float(layers.embedding_scale()))
    length = graph.op("Squeeze", graph.op("Shape", ids, start=1, end=2), graph.ints(0))
    zero, one = graph.constant(np.int64(0)), graph.constant(np.int64(1))
    steps = graph.cast(graph.op("Range", zero, length, one), "float32")
    return graph.op("Add", x, layers.positions(graph.op("Unsqueeze", steps, graph.ints(1))))


def _self_attention(layers: MarianLayers, x: str, mask_bias: str, prefix: str) -> str:
    graph = layers.graph
    weights, biases = [f"{prefix}_W{part}" for part in "qkv"], [f"{prefix}_b{part}" for part in "qkv"]
    fused = layers.linear(x, weights, biases, attention_scaled=(weights[0],))
    query, keys, values = graph.ops("Split", 3, fused, graph.ints(WIDTH, WIDTH, WIDTH), axis=2)
    scores = graph.op("MatMul", _heads(graph, query, [0, 2, 1, 3]), _heads(graph, keys, [0, 2, 3, 1]))
    attention = graph.op("Softmax", graph.op("Add", scores, mask_bias), axis=-1)
    mixed = graph.op("MatMul", attention, _heads(graph, values, [0, 2, 1, 3]))
    joined = graph.op("Reshape", graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), graph.ints(0, 0, WIDTH))
    return layers.residual(x, layers.linear(joined, [f"{prefix}_Wo"], [f"{prefix}_bo"]), f"{prefix}_Wo_ln")


def _cross_keys_values(layers: MarianLayers, x: str) -> list[tuple[str, str]]:
    """Keys and values of both decoder layers from one product. Keys carry the 1/sqrt(32) of attention, so that no
    step has to apply it."""
    graph = layers.graph
    prefixes = [f"decoder_l{number}_context" for number in _DECODER_LAYERS]
    weights = [f"{prefix}_W{part}" for prefix in prefixes for part in "kv"]
    biases = [f"{prefix}_b{part}" for prefix in prefixes for part in "kv"]
    fused = layers.linear(x, weights, biases, attention_scaled=tuple(weights[0::2]))
    parts = graph.ops("Split", 4, fused, graph.ints(*[WIDTH] * 4), axis=2)
    keys = [_heads(graph, part, [0, 2, 3, 1]) for part in parts[0::2]]
    values = [_heads(graph, part, [0, 2, 1, 3]) for part in parts[1::2]]
    return list(zip(keys, values, strict=True))


def _heads(graph: Graph, x: str, order: list[int]) -> str:
    """[batch, sequence, 256] -> [batch, sequence, 8, 32], then transposed to `order`."""
    return graph.op("Transpose", graph.op("Reshape", x, graph.ints(0, 0, HEADS, HEAD_WIDTH)), perm=order)
