"""The encoder's start: the ImageNet weights that the classifier of the pack is made of."""

from pathlib import Path

import torch
from network import Segmenter

from modelpack.builder import LOCK_FILE
from modelpack.lock import Lock
from modelpack.recipes.efficientnet import read_state
from modelpack.sources import PackageCache

_NORM = ("weight", "bias", "running_mean", "running_var")


def load_encoder(network: Segmenter, cache: Path) -> None:
    """Fills the stem and all blocks; the decoder and the head stay as they were made. @raises KeyError, RuntimeError when
    the package holds another network."""
    source = read_state(PackageCache(cache, Lock.read(LOCK_FILE).packages).read)
    layers = {"stem": ("_conv_stem", "_bn0")}
    for index, block in enumerate(network.blocks):
        theirs = f"_blocks.{index}."
        if block.expand is not None:
            layers[f"blocks.{index}.expand"] = (f"{theirs}_expand_conv", f"{theirs}_bn0")
        layers[f"blocks.{index}.dw"] = (f"{theirs}_depthwise_conv", f"{theirs}_bn1")
        layers[f"blocks.{index}.project"] = (f"{theirs}_project_conv", f"{theirs}_bn2")
    state = network.state_dict()
    for ours, (convolution, norm) in layers.items():
        state[f"{ours}.conv.weight"] = torch.from_numpy(source[f"{convolution}.weight"])
        for part in _NORM:
            state[f"{ours}.bn.{part}"] = torch.from_numpy(source[f"{norm}.{part}"])
    network.load_state_dict(state)
