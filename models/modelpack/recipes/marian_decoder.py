"""Decoder graph: one step for a batch of rows, each at its own position; the next token is chosen inside."""

import numpy as np

from ..graph import Graph
from ..readers.marian_bin import Int8Matrix, MarianModel
from .marian_layers import HEAD_WIDTH, HEADS, WIDTH, MarianLayers

_LAYERS = (1, 2)
_UNKNOWN_ID = 1
_NEVER = np.float32(-1e9)  # bias of <unk>: Marian forbids it in the output
_OUTPUT_BIAS = "decoder_ff_logit_out_b"
_TABLE = "WembT"


def decoder_graph(model: MarianModel) -> Graph:
    """Inputs prev_ids [batch] (-1 at the start), position [batch] (0 at the start), mask_bias, k1, v1, k2, v2 from the
    encoder, c1, c2 [batch, 256] (zeros at the start); outputs next_ids [batch], c1_out, c2_out."""
    graph = Graph("decoder-step")
    layers = MarianLayers(graph, _with_output_layer(model))
    previous = graph.input("prev_ids", "int32", ["batch"])
    position = graph.input("position", "int32", ["batch"])
    mask_bias = graph.input("mask_bias", "float32", ["batch", 1, 1, "sequence"])
    keys, values, states = {}, {}, {}
    for number in _LAYERS:
        keys[number] = graph.input(f"k{number}", "float32", ["batch", HEADS, HEAD_WIDTH, "sequence"])
        values[number] = graph.input(f"v{number}", "float32", ["batch", HEADS, "sequence", HEAD_WIDTH])
    for number in _LAYERS:
        states[number] = graph.input(f"c{number}", "float32", ["batch", WIDTH])

    x = _embed(layers, previous, position)
    for number in _LAYERS:
        x, states[number] = _recurrence(layers, x, states[number], f"decoder_l{number}_rnn")
        x = _cross_attention(layers, x, keys[number], values[number], mask_bias, f"decoder_l{number}_context")
        x = layers.feed_forward(x, f"decoder_l{number}_ffn")
    logits = layers.linear(x, [_TABLE], [_OUTPUT_BIAS])

    graph.output(_first_maximum(graph, logits), "next_ids", "int32", ["batch"])
    for number in _LAYERS:
        graph.output(states[number], f"c{number}_out", "float32", ["batch", WIDTH])
    return graph


def _with_output_layer(model: MarianModel) -> MarianModel:
    """The tied embedding as output matrix [256, 32000], <unk> suppressed by the bias."""
    words = model.matrices["Wemb"]
    bias = model.floats[_OUTPUT_BIAS].reshape(-1).copy()
    bias[_UNKNOWN_ID] = _NEVER
    return MarianModel(
        floats={**model.floats, _OUTPUT_BIAS: bias},
        matrices={**model.matrices, _TABLE: Int8Matrix(np.ascontiguousarray(words.values.T), words.multiplier)},
        alphas={**model.alphas, _TABLE: model.alphas["none"]},
    )


def _embed(layers: MarianLayers, previous: str, position: str) -> str:
    """Word vector of the previous token (zero at the start) plus its position: [batch, 256]. Columns of the output
    matrix are gathered, so the table is stored once."""
    graph = layers.graph
    zero = graph.constant(np.int32(0))
    table = graph.constant(layers.model.matrices[_TABLE].values, f"{_TABLE}.weight")
    columns = graph.op("Gather", table, graph.op("Max", previous, zero), axis=1)
    words = graph.cast(graph.op("Transpose", columns, perm=[1, 0]), "float32")
    started = graph.cast(graph.op("GreaterOrEqual", previous, zero), "float32")
    scale = graph.op("Mul", graph.op("Unsqueeze", started, graph.ints(1)), graph.float(layers.embedding_scale()))
    places = graph.op("Unsqueeze", graph.cast(position, "float32"), graph.ints(1))
    return graph.op("Add", graph.op("Mul", words, scale), layers.positions(places))


def _recurrence(layers: MarianLayers, x: str, state: str, prefix: str) -> tuple[str, str]:
    """SSRU: f = sigmoid(x Wf + bf), c' = f c + (1 - f) x W = new + f (c - new). Returns (x, c')."""
    graph = layers.graph
    fused = layers.linear(x, [f"{prefix}_Wf", f"{prefix}_W"], [f"{prefix}_bf", ""])
    forget, new = graph.ops("Split", 2, fused, graph.ints(WIDTH, WIDTH), axis=1)
    kept = graph.op("Mul", graph.op("Sigmoid", forget), graph.op("Sub", state, new))
    state = graph.op("Add", new, kept)
    return layers.residual(x, graph.op("Relu", state), f"{prefix}_ffn_ln"), state


def _cross_attention(layers: MarianLayers, x: str, keys: str, values: str, mask_bias: str, prefix: str) -> str:
    graph = layers.graph
    query = layers.linear(x, [f"{prefix}_Wq"], [f"{prefix}_bq"])
    scores = graph.op("MatMul", graph.op("Reshape", query, graph.ints(0, HEADS, 1, HEAD_WIDTH)), keys)
    attention = graph.op("Softmax", graph.op("Add", scores, mask_bias), axis=-1)
    joined = graph.op("Reshape", graph.op("MatMul", attention, values), graph.ints(0, WIDTH))
    return layers.residual(x, layers.linear(joined, [f"{prefix}_Wo"], [f"{prefix}_bo"]), f"{prefix}_Wo_ln")


def _first_maximum(graph: Graph, logits: str) -> str:
    """Index of the first largest of 32000 logits per row, int32 [batch]: the best of 500 blocks, then the best inside
    it. Same ties as ArgMax, whose own loop over 32000 is not vectorised."""
    blocks = graph.op("Reshape", logits, graph.ints(0, 500, 64))
    block = graph.op("ArgMax", graph.op("ReduceMax", blocks, axes=[2], keepdims=0), axis=1, keepdims=1)
    winner = graph.op("GatherND", blocks, block, batch_dims=1)
    inside = graph.op("ArgMax", winner, axis=1, keepdims=1)
    found = graph.op("Add", graph.op("Mul", block, graph.constant(np.int64(64))), inside)
    return graph.cast(graph.op("Squeeze", found, graph.ints(1)), "int32")
