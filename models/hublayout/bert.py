"""A small BERT as Optimum exports it: token states for `feature-extraction`, span logits for `question-answering`."""

import numpy as np

from modelpack.graph import Graph

from .layers import WIDTH, Attention, FeedForward, Linear, add_and_norm, attend, feed_forward, heads_of, linear, mask_bias
from .weights import Weights

LAYERS = 2
MAX_POSITIONS = 128


class Bert:
    def __init__(self, seed: int, vocabulary: int) -> None:
        weights = Weights(seed)
        self.words = weights.signs(vocabulary, WIDTH)
        self.places = weights.signs(MAX_POSITIONS, WIDTH)
        self.types = weights.signs(2, WIDTH)
        self.layers = [(Attention.draw(weights), FeedForward.draw(weights)) for _ in range(LAYERS)]
        self.spans = Linear.draw(weights, WIDTH, 2, gain=3.0)

    def graph(self, question_answering: bool) -> Graph:
        graph = Graph("model")
        dims = ["batch_size", "sequence_length"]
        ids = graph.input("input_ids", "int64", dims)
        mask = graph.input("attention_mask", "int64", dims)
        types = graph.input("token_type_ids", "int64", dims)
        x = self._embed(graph, ids, types)
        bias = mask_bias(graph, mask)
        for attention, ffn in self.layers:
            key = heads_of(graph, linear(graph, x, attention.key))
            value = heads_of(graph, linear(graph, x, attention.value))
            x = add_and_norm(graph, x, attend(graph, x, key, value, attention, bias))
            x = add_and_norm(graph, x, feed_forward(graph, x, ffn))
        if not question_answering:
            graph.output(x, "last_hidden_state", "float32", [*dims, WIDTH])
            return graph
        start, end = graph.ops("Split", 2, linear(graph, x, self.spans), axis=2)
        for value, name in ((start, "start_logits"), (end, "end_logits")):
            graph.output(graph.op("Squeeze", value, graph.ints(2)), name, "float32", dims)
        return graph

    def _embed(self, graph: Graph, ids: str, types: str) -> str:
        count = graph.op("Gather", graph.op("Shape", ids), graph.constant(np.int64(1)))
        places = graph.op("Range", graph.constant(np.int64(0)), count, graph.constant(np.int64(1)))
        words = graph.op("Gather", graph.constant(self.words), ids)
        segments = graph.op("Gather", graph.constant(self.types), types)
        return graph.op("Add", graph.op("Add", words, segments), graph.op("Gather", graph.constant(self.places), places))
