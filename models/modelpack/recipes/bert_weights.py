"""BERT encoder weights, regrouped for the graph: every normalisation's gain and offset are folded forward.

A layer's normalised state n (mean 0, variance 1 in every row) is what flows from one part to the next. Whoever reads
the state x = n * gain + offset gets gain and offset folded into its own weight and bias, so the graph needs no
"* gain + offset" on that path. All sums are in a fixed order: the result is the same on every CPU."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Linear:
    """y = x @ weight + bias; weight float32 [K, N], bias float32 [N]."""

    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Norm:
    """Layer normalisation: n * gain + offset, both float32 [width]."""

    gain: np.ndarray
    offset: np.ndarray


@dataclass(frozen=True)
class Layer:
    """One Transformer layer. `qkv` and `up` read a normalised state n; `entry_gain` and `middle_gain` turn n into the
    residual (its offset sits in the bias of `context` and `down`, to which the residual is added)."""

    entry_gain: np.ndarray
    qkv: Linear  # [width, 3 * width]: query | key | value
    context: Linear  # [width, width]
    middle_gain: np.ndarray
    up: Linear  # [width, hidden]
    down: Linear  # [hidden, width]


@dataclass(frozen=True)
class Bert:
    """words [vocabulary, width], positions [512, width], types [2, width]; `last` is the final normalisation, which
    the task's head folds into itself."""

    words: np.ndarray
    positions: np.ndarray
    types: np.ndarray
    layers: tuple[Layer, ...]
    last: Norm


def read_bert(tensors: dict[str, np.ndarray], prefix: str = "") -> Bert:
    """From a Hugging Face BertModel's tensors (weights stored [N, K])."""

    def linear(name: str) -> Linear:
        return Linear(tensors[f"{prefix}{name}.weight"].T, tensors[f"{prefix}{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(tensors[f"{prefix}{name}.LayerNorm.weight"], tensors[f"{prefix}{name}.LayerNorm.bias"])

    def table(name: str) -> np.ndarray:
        return tensors[f"{prefix}embeddings.{name}_embeddings.weight"]

    layers = []
    entry = norm("embeddings")
    while f"{prefix}encoder.layer.{len(layers)}.output.dense.weight" in tensors:
        base = f"encoder.layer.{len(layers)}"
        middle = norm(f"{base}.attention.output")
        parts = [linear(f"{base}.attention.self.{part}") for part in ("query", "key", "value")]
        qkv = Linear(np.concatenate([p.weight for p in parts], axis=1), np.concatenate([p.bias for p in parts]))
        context, down = linear(f"{base}.attention.output.dense"), linear(f"{base}.output.dense")
        layers.append(
            Layer(
                entry_gain=entry.gain,
                qkv=fold(entry, qkv),
                context=Linear(context.weight, context.bias + entry.offset),
                middle_gain=middle.gain,
                up=fold(middle, linear(f"{base}.intermediate.dense")),
                down=Linear(down.weight, down.bias + middle.offset),
            )
        )
        entry = norm(f"{base}.output")
    return Bert(table("word"), table("position"), table("token_type"), tuple(layers), entry)


def fold(norm: Norm, linear: Linear) -> Linear:
    """The linear that gives for n what `linear` gives for n * gain + offset."""
    shift = np.zeros(len(linear.bias), np.float64)
    for offset, row in zip(norm.offset, linear.weight, strict=True):  # not `@`: its order of summation varies by CPU
        shift += np.float64(offset) * row
    return Linear(norm.gain[:, None] * linear.weight, (linear.bias + shift).astype(np.float32))
