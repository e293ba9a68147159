"""Segmentation: our own networks (models/segmenters/training), shipped as committed int8 graphs that the build copies."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import sha256_of
from ..workspace import Recipe, Workspace
from .segmenter_graph import SCORES, SIZE

_LICENCE_TEXT = Path(__file__).resolve().parent.parent / "licences" / "Apache-2.0.txt"
_GRAPH = "model.int8.onnx"


@dataclass(frozen=True)
class _Segmenter:
    name: str
    revision: str
    description: str

    def build(self, workspace: Workspace) -> dict[str, Any]:
        for name in (_GRAPH, "labels.json"):
            workspace.write(name, workspace.data(name))
        workspace.write("LICENCE.txt", _LICENCE_TEXT.read_bytes())
        notice = workspace.data("NOTICE").decode()
        workspace.write("NOTICE.txt", notice.encode())
        classes = len(json.loads(workspace.data("labels.json")))
        pixels = {"name": "pixels", "dtype": "uint8", "dims": ["batch", SIZE, SIZE, 3]}
        scores = {"name": "scores", "dtype": "uint8", "dims": ["batch", classes, SCORES, SCORES]}
        return {
            "revision": self.revision,
            "task": "segment-image",
            "description": f"{self.description} EfficientNet-Lite0 and a light U-Net, 3.1 M parameters, "
            f"{SIZE} x {SIZE} pixels, int8.",
            "runner": "single-pass",
            "variants": {"cpu": {"precision": "int8", "graphs": {"main": _GRAPH}}},
            "graphs": {"main": {"inputs": [pixels], "outputs": [scores]}},
            "labels": "labels.json",
            "image": {"width": SIZE, "height": SIZE, "resize": "stretch", "interpolation": "bicubic"},
            "segmentation": json.loads(workspace.data("segmentation.json")),
            "limits": {},
            **workspace.measured(),
            "licence": {"spdx": "Apache-2.0", "notice": " ".join(notice.split())},
            "provenance": {
                "package": "this repository",
                "file": f"models/{self.name}/{_GRAPH}",
                "sha256": sha256_of(workspace.data(_GRAPH)),
                "origin": "trained by models/segmenters/training on top of EfficientNet-Lite0's ImageNet weights",
            },
        }


SURFACE_DEFECTS = Recipe(
    (), _Segmenter("surface-defects", "2", "Marks defects on the surface of grey parts, learned on magnetic tiles.").build
)
CELL_NUCLEI = Recipe((), _Segmenter("cell-nuclei", "1", "Marks cell nuclei in microscopy pictures.").build)
