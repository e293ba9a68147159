"""A Marian-style encoder-decoder, post-norm, with a key/value cache: the encoder, and the decoder both ways."""

import math

import numpy as np

from modelpack.graph import Graph

from .layers import (
    HEADS,
    MASKED,
    WIDTH,
    Attention,
    FeedForward,
    add_and_norm,
    attend,
    feed_forward,
    heads_of,
    linear,
    mask_bias,
)
from .weights import Weights

LAYERS = 2
MAX_POSITIONS = 512
# Tuned by hand with the seeds of __main__.py, so that answers differ from text to text and have all lengths: words
# weigh less than their place, or the last token would just repeat; sentences end more readily than by chance.
WORD_SCALE = 0.8
EOS_BIAS = 8.0
_HEAD_WIDTH = WIDTH // HEADS
_CACHES = ("decoder.key", "decoder.value", "encoder.key", "encoder.value")


class Seq2Seq:
    """Weights of one model; `eos` is the id of the token that ends a sentence."""

    def __init__(self, seed: int, vocabulary: int, eos: int) -> None:
        weights = Weights(seed)
        self.vocabulary = vocabulary
        self.embedding = weights.signs(vocabulary, WIDTH)
        self.encoder = [(Attention.draw(weights), FeedForward.draw(weights)) for _ in range(LAYERS)]
        self.decoder = [
            (Attention.draw(weights), Attention.draw(weights), FeedForward.draw(weights))
            for _ in range(LAYERS)
        ]
        # Not tied to the embedding: with random weights that would only repeat the last token.
        self.output = weights.signs(WIDTH, vocabulary)
        self.logits_bias = np.zeros(vocabulary, np.float32)
        self.logits_bias[eos] = EOS_BIAS

    def encoder_graph(self) -> Graph:
        graph = Graph("encoder_model")
        ids = graph.input("input_ids", "int64", ["batch_size", "encoder_sequence_length"])
        mask = graph.input("attention_mask", "int64", ["batch_size", "encoder_sequence_length"])
        bias = mask_bias(graph, mask)
        x = self._embed(graph, ids, past=None)
        for attention, ffn in self.encoder:
            key, value = self._keys_and_values(graph, x, attention)
            x = add_and_norm(graph, x, attend(graph, x, key, value, attention, bias))
            x = add_and_norm(graph, x, feed_forward(graph, x, ffn))
        graph.output(x, "last_hidden_state", "float32", ["batch_size", "encoder_sequence_length", WIDTH])
        return graph

    def decoder_graph(self, with_past: bool) -> Graph:
        graph = Graph("decoder_with_past_model" if with_past else "decoder_model")
        mask = graph.input("encoder_attention_mask", "int64", ["batch_size", "encoder_sequence_length"])
        ids = graph.input("input_ids", "int64", ["batch_size", 1 if with_past else "decoder_sequence_length"])
        if with_past:
            states, pasts = "", {name: graph.input(*item) for name, item in past_inputs().items()}
        else:
            states = graph.input("encoder_hidden_states", "float32", ["batch_size", "encoder_sequence_length", WIDTH])
            pasts = {}
        cross_bias = mask_bias(graph, mask)
        x = self._embed(graph, ids, past=pasts.get("0.decoder.key"))
        causal = _causal_bias(graph, ids)
        presents: dict[str, str] = {}
        for index, (own, cross, ffn) in enumerate(self.decoder):
            key, value = self._keys_and_values(graph, x, own)
            if with_past:
                key = graph.op("Concat", pasts[f"{index}.decoder.key"], key, axis=2)
                value = graph.op("Concat", pasts[f"{index}.decoder.value"], value, axis=2)
            presents |= {f"{index}.decoder.key": key, f"{index}.decoder.value": value}
            x = add_and_norm(graph, x, attend(graph, x, key, value, own, causal))
            if with_past:
                key, value = pasts[f"{index}.encoder.key"], pasts[f"{index}.encoder.value"]
            else:
                key, value = self._keys_and_values(graph, states, cross)
                presents |= {f"{index}.encoder.key": key, f"{index}.encoder.value": value}
            x = add_and_norm(graph, x, attend(graph, x, key, value, cross, cross_bias))
            x = add_and_norm(graph, x, feed_forward(graph, x, ffn))
        product = graph.op("MatMul", x, graph.constant(self.output))
        logits = graph.op("Add", product, graph.constant(self.logits_bias))
        graph.output(logits, "logits", "float32", ["batch_size", "decoder_sequence_length", self.vocabulary])
        for name, value in presents.items():
            graph.output(value, f"present.{name}", "float32", present_dims(name))
        return graph

    def _embed(self, graph: Graph, ids: str, past: str | None) -> str:
        words = graph.op("Mul", graph.op("Gather", graph.constant(self.embedding), ids), graph.float(WORD_SCALE))
        count = graph.op("Gather", graph.op("Shape", ids), graph.constant(np.int64(1)))
        start = graph.constant(np.int64(0))
        if past is not None:
            start = graph.op("Gather", graph.op("Shape", past), graph.constant(np.int64(2)))
        places = graph.op("Range", start, graph.op("Add", start, count), graph.constant(np.int64(1)))
        return graph.op("Add", words, graph.op("Gather", graph.constant(_positions()), places))

    @staticmethod
    def _keys_and_values(graph: Graph, x: str, layer: Attention) -> tuple[str, str]:
        return heads_of(graph, linear(graph, x, layer.key)), heads_of(graph, linear(graph, x, layer.value))


def past_inputs() -> dict[str, tuple[str, str, list[str | int]]]:
    """Cache inputs by short name (`0.decoder.key`), as arguments of Graph.input."""
    names = [f"{layer}.{cache}" for layer in range(LAYERS) for cache in _CACHES]
    return {name: (f"past_key_values.{name}", "float32", _past_dims(name)) for name in names}


def _past_dims(name: str) -> list[str | int]:
    tokens = "past_decoder_sequence_length" if ".decoder." in name else "encoder_sequence_length_out"
    return ["batch_size", HEADS, tokens, _HEAD_WIDTH]


def present_dims(name: str) -> list[str | int]:
    tokens = "past_decoder_sequence_length + 1" if ".decoder." in name else "encoder_sequence_length_out"
    return ["batch_size", HEADS, tokens, _HEAD_WIDTH]


def _causal_bias(graph: Graph, ids: str) -> str:
    """[tokens, tokens]: nobody looks ahead. With one token, as in every step, a zero that is added to all of the past."""
    count = graph.op("Gather", graph.op("Shape", ids), graph.constant(np.array([1], np.int64)))
    square = graph.op("Expand", graph.float(MASKED), graph.op("Concat", count, count, axis=0))
    return graph.op("Trilu", square, graph.constant(np.int64(1)), upper=1)


def _positions() -> np.ndarray:
    """float32 [MAX_POSITIONS, WIDTH], by Python's own sine, so that it is the same everywhere."""
    half = WIDTH // 2
    rates = [math.exp(-index * math.log(10_000.0) / half) for index in range(half)]
    rows = [[math.sin(t * r) for r in rates] + [math.cos(t * r) for r in rates] for t in range(MAX_POSITIONS)]
    return np.array(rows, np.float32)
