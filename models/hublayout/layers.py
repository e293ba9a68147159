"""Transformer blocks as exporters write them: plain ONNX operators, float32, heads split by reshape and transpose."""

from dataclasses import dataclass

import numpy as np

from modelpack.graph import Graph
from modelpack.layers import layer_norm

from .weights import Weights

WIDTH = 32  # of every model here
HEADS = 4
MASKED = -1e9


@dataclass(frozen=True)
class Linear:
    weight: np.ndarray
    bias: np.ndarray

    @staticmethod
    def draw(weights: Weights, inputs: int, outputs: int, gain: float = 1.0) -> "Linear":
        return Linear(weights.matrix(inputs, outputs, gain), weights.vector(outputs))


@dataclass(frozen=True)
class Attention:
    query: Linear
    key: Linear
    value: Linear
    output: Linear

    @staticmethod
    def draw(weights: Weights, gain: float = 1.0) -> "Attention":
        query, key, value, output = (Linear.draw(weights, WIDTH, WIDTH, gain) for _ in range(4))
        return Attention(query, key, value, output)


@dataclass(frozen=True)
class FeedForward:
    up: Linear
    down: Linear

    @staticmethod
    def draw(weights: Weights, inner: int = 2 * WIDTH) -> "FeedForward":
        return FeedForward(Linear.draw(weights, WIDTH, inner), Linear.draw(weights, inner, WIDTH))


def linear(graph: Graph, x: str, layer: Linear) -> str:
    return graph.op("Add", graph.op("MatMul", x, graph.constant(layer.weight)), graph.constant(layer.bias))


def heads_of(graph: Graph, x: str) -> str:
    """[batch, tokens, width] -> [batch, heads, tokens, width / heads]"""
    split = graph.op("Reshape", x, graph.ints(0, 0, HEADS, -1))
    return graph.op("Transpose", split, perm=[0, 2, 1, 3])


def attend(graph: Graph, x: str, key: str, value: str, layer: Attention, bias: str) -> str:
    """Attention of x over keys and values that are split into heads already; `bias` is added to the scores."""
    query = heads_of(graph, linear(graph, x, layer.query))
    scores = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2]))
    scaled = graph.op("Add", graph.op("Mul", scores, graph.float((WIDTH // HEADS) ** -0.5)), bias)
    mixed = graph.op("MatMul", graph.op("Softmax", scaled, axis=-1), value)
    joined = graph.op("Reshape", graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), graph.ints(0, 0, -1))
    return linear(graph, joined, layer.output)


def feed_forward(graph: Graph, x: str, layer: FeedForward) -> str:
    return linear(graph, graph.op("Relu", linear(graph, x, layer.up)), layer.down)


def add_and_norm(graph: Graph, x: str, change: str) -> str:
    ones, zeros = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    return layer_norm(graph, graph.op("Add", x, change), ones, zeros, 1e-5)


def mask_bias(graph: Graph, mask: str) -> str:
    """int64 [batch, tokens] of 1 and 0 -> [batch, 1, 1, tokens] of 0 and a number that no softmax survives."""
    padding = graph.op("Sub", graph.float(1.0), graph.cast(mask, "float32"))
    return graph.op("Unsqueeze", graph.op("Mul", padding, graph.float(MASKED)), graph.ints(1, 2))

