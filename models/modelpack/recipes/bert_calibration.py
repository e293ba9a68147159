"""Committed activation scales of an int8 BERT, and what they do to its weights."""

import json
from dataclasses import dataclass, replace

import numpy as np

from .bert_weights import Layer, Linear


@dataclass(frozen=True)
class LayerScales:
    """Real size of one quantisation step of each matrix input of a layer.

    qkv, up: float32 [width], one step per channel, zero point 128; context: one step, zero point 128; hidden: one
    step and its zero point (GELU never goes below -0.17); pieces: see `split_outliers`."""

    qkv: np.ndarray
    context: float
    up: np.ndarray
    hidden: float
    hidden_zero_point: int
    pieces: dict[int, int]

    @property
    def hidden_ceiling(self) -> float:
        """The largest hidden value that can be represented; above it the quantised value saturates."""
        return self.hidden * (255 - self.hidden_zero_point)


def read_calibration(data: bytes) -> tuple[LayerScales, ...]:
    """calibration.json, as written by models/quality/calibrate_bert.py."""
    return tuple(
        LayerScales(
            qkv=np.array(layer["qkvSteps"], np.float32),
            context=layer["contextStep"],
            up=np.array(layer["upSteps"], np.float32),
            hidden=layer["hiddenStep"],
            hidden_zero_point=layer["hiddenZeroPoint"],
            pieces={int(neuron): count for neuron, count in layer["pieces"].items()},
        )
        for layer in json.loads(data)["layers"]
    )


def split_outliers(layer: Layer, ceiling: float, pieces: dict[int, int]) -> Layer:
    """Give the few hidden neurons that reach far above all others several quantised places.

    One neuron at 23 where the rest stay below 6 would make every step four times as coarse. Neuron k gets
    pieces[k] - 1 copies whose pre-activations are lower by ceiling, 2 * ceiling, ...: min(a, ceiling) plus what the
    copies give, GELU(a - ceiling) and so on, is `a` again, because GELU is 0 far below and linear far above 0. The
    matrices grow by a few columns and rows, padded with zeros to a multiple of 16."""
    copies = [(neuron, order) for neuron, count in pieces.items() for order in range(1, count)]
    if not copies:
        return layer
    columns = [neuron for neuron, _ in copies]
    drop = np.array([order * ceiling for _, order in copies], np.float32)
    up = Linear(
        np.concatenate([layer.up.weight, layer.up.weight[:, columns]], axis=1),
        np.concatenate([layer.up.bias, layer.up.bias[columns] - drop]),
    )
    down = np.concatenate([layer.down.weight, layer.down.weight[columns]])
    missing = -len(down) % 16
    up = Linear(np.pad(up.weight, ((0, 0), (0, missing))), np.pad(up.bias, (0, missing)))
    return replace(layer, up=up, down=Linear(np.pad(down, ((0, missing), (0, 0))), layer.down.bias))
