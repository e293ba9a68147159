"""Object detection with a built model folder: the plain reference that quality and golden files rest on."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from image_classifier import session
from PIL import Image, ImageOps


class View(NamedTuple):
    """Which part of the upright photo the model sees, and where; both as (left, top, width, height)."""

    source: tuple[int, int, int, int]
    target: tuple[int, int, int, int]


class Detection(NamedTuple):
    label: str
    score: float
    box: tuple[float, float, float, float]  # left, top, right, bottom in pixels of the upright photo


class ObjectDetector:
    """`folder` is OUT/<name> as written by modelpack."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.labels: list[str] = json.loads((folder / self.manifest["labels"]).read_text("utf-8"))
        self._session = session(folder / self.manifest["variants"]["cpu"]["graphs"]["main"], threads)
        self._centres = np.concatenate([self._centres_of(stride) for stride in self.manifest["detection"]["strides"]])

    def detect(self, photo: Path, min_score: float, iou_threshold: float = 0.6) -> list[Detection]:
        """Best first; of overlapping boxes of one class the best alone."""
        pixels, view = read_letterbox(photo, self.manifest["image"])
        scores, cells, distances = (output[0] for output in self.run(pixels[None]))
        kept = scores >= min_score
        boxes = self._boxes(cells[kept] // len(self.labels), distances[kept], view)
        classes = cells[kept] % len(self.labels)
        chosen = suppress(boxes, classes, iou_threshold)
        return [Detection(self.labels[classes[i]], float(scores[i]), tuple(boxes[i].tolist())) for i in chosen]

    def run(self, pixels: np.ndarray) -> list[np.ndarray]:
        """uint8 [n, height, width, 3] -> scores, cells, distances."""
        return self._session.run(None, {"pixels": pixels})

    def _boxes(self, places: np.ndarray, logits: np.ndarray, view: View) -> np.ndarray:
        """Left, top, right, bottom. A distance is the mean of its distribution over 0, 1, 2, ... strides."""
        bins = self.manifest["detection"]["bins"]
        weights = np.exp(logits.reshape(-1, 4, bins).astype(np.float64))
        distances = (weights * np.arange(bins)).sum(-1) / weights.sum(-1)
        x, y, stride = self._centres[places].T
        corners = np.stack([-distances[:, 0], -distances[:, 1], distances[:, 2], distances[:, 3]], 1) * stride[:, None]
        corners += np.stack([x, y, x, y], 1)
        for axis in (0, 1):
            start, size = view.target[axis], view.target[axis + 2]
            scale = view.source[axis + 2] / size
            inside = np.clip(corners[:, axis::2] - start, 0, size)
            corners[:, axis::2] = inside * scale + view.source[axis]
        return corners

    def _centres_of(self, stride: int) -> np.ndarray:
        """x, y and stride of every place, row by row."""
        image = self.manifest["image"]
        y, x = np.mgrid[: -(-image["height"] // stride), : -(-image["width"] // stride)]
        return np.stack([(x.ravel() + 0.5) * stride, (y.ravel() + 0.5) * stride, np.full(x.size, stride)], 1)


def read_letterbox(photo: Path, image: dict[str, Any]) -> tuple[np.ndarray, View]:
    """uint8 [height, width, 3], RGB: upright, colour profile ignored, the whole photo in the middle of a plain ground,
    bicubic. A photo more than four times too large is first averaged over whole boxes; up to a box less one pixel is
    cut off at the right and the bottom for that. The server does the same to the bit."""
    with Image.open(photo) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    across, down = image["width"], image["height"]
    scale = min(across / upright.width, down / upright.height)
    width, height = (max(1, int(side * scale + 0.5)) for side in upright.size)
    factor = max(1, min(upright.width // (2 * width), upright.height // (2 * height)))
    whole = tuple(side // factor * factor for side in upright.size)
    reduced = upright.crop((0, 0, *whole)).reduce(factor)
    left, top = (across - width) // 2, (down - height) // 2
    picture = Image.new("RGB", (across, down), (image["fill"],) * 3)
    picture.paste(reduced.resize((width, height), Image.Resampling.BICUBIC), (left, top))
    return np.asarray(picture), View((0, 0, *whole), (left, top, width, height))


def suppress(boxes: np.ndarray, classes: np.ndarray, threshold: float) -> list[int]:
    """Indices of the boxes that stay, of `boxes` sorted by score."""
    kept: list[int] = []
    for index in range(len(boxes)):
        if all(classes[index] != classes[k] or iou(boxes[index], boxes[k]) <= threshold for k in kept):
            kept.append(index)
    return kept


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Shared area by joint area; 0 where both are empty."""
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    joint = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / joint if joint > 0 else 0.0
