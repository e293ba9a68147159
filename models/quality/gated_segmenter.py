"""Segmentation where a detector leads: the plain reference of a manifest's `gate`."""

import math
from pathlib import Path

import numpy as np
from image_segmenter import CERTAIN, ImageSegmenter, read_upright
from object_detector import ObjectDetector

Part = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the upright photo


class GatedSegmenter:
    """`models` is OUT as written by modelpack; a segmenter without a gate looks at the whole photo."""

    def __init__(self, models: Path, name: str) -> None:
        self.segmenter = ImageSegmenter(models / name)
        self.rules = self.segmenter.manifest["segmentation"]
        self.gate = self.rules.get("gate")
        self._detector = ObjectDetector(models / self.gate["model"]) if self.gate else None

    def values(self, photo: Path) -> np.ndarray:
        """int32 [labels, height, width] of the upright photo, 255 x 2^22 times the probability; all ground where the
        gate stays shut."""
        upright = read_upright(photo)
        if self._detector is None:
            return self.segmenter.values(upright)
        values = np.zeros((len(self.segmenter.labels), upright.height, upright.width), np.int32)
        values[0] = CERTAIN
        for part in self.places(photo, upright.size):
            left, top, right, bottom = part
            seen = self.segmenter.values(upright.crop(part))
            there = values[:, top:bottom, left:right]
            there[0] = np.minimum(there[0], seen[0])
            there[1:] = np.maximum(there[1:], seen[1:])
        return values

    def places(self, photo: Path, size: tuple[int, int]) -> list[Part]:
        """The likeliest first."""
        found = self._detector.detect(photo, self.gate["minScore"]) if self._detector else []
        boxes = [detection.box for detection in found if detection.label == self.gate["label"]]
        return [widened(box, self.gate["margin"], size) for box in boxes[: self.gate["maxPlaces"]]]


def widened(box: tuple[float, float, float, float], margin: float, size: tuple[int, int]) -> Part:
    left, top, right, bottom = box
    over = margin * (right - left), margin * (bottom - top)
    return (
        max(0, math.floor(left - over[0])),
        max(0, math.floor(top - over[1])),
        min(size[0], math.ceil(right + over[0])),
        min(size[1], math.ceil(bottom + over[1])),
    )
