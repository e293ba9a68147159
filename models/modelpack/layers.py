"""Building blocks that several recipes share."""

from dataclasses import dataclass

import numpy as np

from .graph import MICROSOFT, Graph


@dataclass(frozen=True)
class Int8Linear:
    """y = x @ W + b with W kept as int8.

    weight: int8 [K, N]; scale: float32 scalar (one for the matrix) or [N] (per column), W = weight * scale;
    bias: float32 [N]; input_scale: float, the real size of one step of the quantised input;
    input_zero_point: 128 for inputs of both signs, 0 for inputs that are never negative (one bit finer)."""

    weight: np.ndarray
    scale: np.ndarray
    bias: np.ndarray
    input_scale: float
    input_zero_point: int = 128


def quantize(graph: Graph, x: str, scale: float, zero_point: int) -> str:
    """Quantise x to uint8 with a fixed scale: an answer cannot depend on who shares the batch.
    Linears that read the same x with the same scale should share one call."""
    return graph.op("QuantizeLinear", x, graph.float(scale), graph.constant(np.uint8(zero_point)))


def linear(graph: Graph, x_quantised: str, layer: Int8Linear, name: str) -> str:
    """uint8 x int8 -> float32 in one contrib operator (plain MatMulInteger + Cast + Mul is slower:
    onnxruntime's constant folding keeps it from being fused).

    The weight's zero point is never shared between nodes: with session.x64quantprecision, which CPUs without VNNI need,
    onnxruntime rewrites it per node and refuses to load a model where two nodes share it."""
    zero = graph.constant(np.zeros(layer.scale.shape, np.int8), f"{name}.zero", shared=False)
    return graph.op(
        "MatMulIntegerToFloat",
        x_quantised,
        graph.constant(layer.weight, f"{name}.weight"),
        graph.float(layer.input_scale),
        graph.constant(layer.scale.astype(np.float32)),
        graph.constant(np.uint8(layer.input_zero_point)),
        zero,
        graph.constant(layer.bias.astype(np.float32)),
        domain=MICROSOFT,
    )


def layer_norm(graph: Graph, x: str, scale: np.ndarray, bias: np.ndarray, epsilon: float) -> str:
    """Normalise the last axis: (x - mean) / sqrt(variance + epsilon) * scale + bias."""
    return graph.op("LayerNormalization", x, graph.constant(scale), graph.constant(bias), axis=-1, epsilon=epsilon)
