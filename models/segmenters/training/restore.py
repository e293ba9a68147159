"""models/NAME/model.int8.onnx -> a checkpoint that train.py goes on from, where that of the float weights is lost.

    PYTHONPATH=models python3 models/segmenters/training/restore.py NAME --ancestor CHECKPOINT --out FILE

The graph has batch normalisation folded in. It is unfolded by the means and variances of an ancestor, which brings weights
back to the size that they were trained at; go on with `--fixed-norms`, as these are near those of the weights and no more."""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, numpy_helper
from torch import Tensor

from modelpack.recipes.efficientnet_layers import BATCH_NORM_EPSILON

_MODELS = Path(__file__).resolve().parent.parent.parent
_HEAD_AND_MERGE = 2  # the last convolutions, which are float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="the model, such as surface-defects")
    parser.add_argument("--ancestor", type=Path, required=True, help="any checkpoint that its training went on from")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    model = onnx.load(_MODELS / arguments.name / "model.int8.onnx")
    ancestor = torch.load(arguments.ancestor, weights_only=True)["net"]
    torch.save({"net": restored(model, ancestor)}, arguments.out)


def restored(model: ModelProto, ancestor: dict[str, Tensor]) -> dict[str, Tensor]:
    """@raises ValueError where the graph is of another network"""
    layers = [name.removesuffix(".conv.weight") for name in ancestor if name.endswith(".conv.weight")]
    pairs = _convolutions(model)
    if len(pairs) != len(layers) + _HEAD_AND_MERGE:
        raise ValueError(f"{len(pairs)} convolutions, expected {len(layers) + _HEAD_AND_MERGE}")
    state = {name: value.clone() for name, value in ancestor.items()}
    for name, (weight, bias) in zip(layers, pairs, strict=False):
        gain, mean, variance = (
            ancestor[f"{name}.bn.{part}"].double().numpy() for part in ("weight", "running_mean", "running_var")
        )
        factor = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
        state[f"{name}.conv.weight"] = torch.from_numpy(weight / factor[:, None, None, None]).float()
        state[f"{name}.bn.bias"] = torch.from_numpy(bias + mean * factor).float()
    head_weight, head_bias = pairs[len(layers)]
    state["head.weight"], state["head.bias"] = (torch.from_numpy(part).float() for part in (head_weight, head_bias))
    return state


def _convolutions(model: ModelProto) -> list[list[np.ndarray]]:
    """Weights and, where there is one, the bias of each, in the order of the graph, in float64."""
    values = {each.name: numpy_helper.to_array(each).astype(np.float64) for each in model.graph.initializer}
    scales = {node.output[0]: node.input for node in model.graph.node if node.op_type == "DequantizeLinear"}

    def value(name: str) -> np.ndarray:
        if name in values:
            return values[name]
        quantised, scale = (values[each] for each in scales[name][:2])
        return quantised * scale.reshape(-1, *([1] * (quantised.ndim - 1)))

    return [[value(name) for name in node.input[1:]] for node in model.graph.node if node.op_type == "Conv"]


if __name__ == "__main__":
    main()
