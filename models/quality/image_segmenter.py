"""Segmentation with a built model folder: the plain reference that quality and golden files rest on."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from image_classifier import session
from PIL import Image, ImageOps

_ONE = 2**11  # weights between neighbours are whole numbers of 2^-11, as in the server
CERTAIN = 255 * _ONE * _ONE
_BATCH = 8


class Region(NamedTuple):
    """Marked pixels that touch each other, corners included. `kind` is never 0, the ground."""

    kind: int
    score: float
    mask: np.ndarray  # bool [height, width] of the photo


class ImageSegmenter:
    """`folder` is OUT/<name> as written by modelpack."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.labels: list[str] = json.loads((folder / self.manifest["labels"]).read_text("utf-8"))
        self._session = session(folder / self.manifest["variants"]["cpu"]["graphs"]["main"], threads)

    def values(self, photo: Image.Image) -> np.ndarray:
        """int32 [labels, height, width] of the upright photo, as of `enlarged`."""
        pixels = stretched(photo, self.manifest["image"])
        return enlarged(self.run(pixels[None])[0], photo.size, pixels.shape[1::-1])

    def run(self, pixels: np.ndarray, batch: int = _BATCH) -> np.ndarray:
        """uint8 [n, height, width, 3] -> uint8 [n, labels, h, w]."""
        starts = range(0, len(pixels), batch)
        return np.concatenate([self._session.run(None, {"pixels": pixels[at : at + batch]})[0] for at in starts])


def read_upright(photo: Path) -> Image.Image:
    with Image.open(photo) as opened:
        return ImageOps.exif_transpose(opened).convert("RGB")


def stretched(photo: Image.Image, image: dict[str, Any]) -> np.ndarray:
    """uint8 [height, width, 3]: all of the photo, whatever its proportions, bicubic. A photo more than four times too
    large is first averaged over whole boxes; up to a box less one pixel is cut off at the right and the bottom for that.
    First across and then down, as the server does to the bit: Pillow alone goes down first where a photo is much taller
    than wide, which rounds otherwise."""
    factor = _factor(photo.size, (image["width"], image["height"]))
    whole = tuple(side // factor * factor for side in photo.size)
    reduced = photo.crop((0, 0, *whole)).reduce(factor)
    narrow = reduced.resize((image["width"], reduced.height), Image.Resampling.BICUBIC)
    return np.asarray(narrow.resize((image["width"], image["height"]), Image.Resampling.BICUBIC))


def _factor(size: tuple[int, int], target: tuple[int, int]) -> int:
    return max(1, min(side // (2 * wanted) for side, wanted in zip(size, target, strict=True)))


def enlarged(scores: np.ndarray, size: tuple[int, int], picture: tuple[int, int]) -> np.ndarray:
    """uint8 [labels, h, w] -> int32 [labels, height, width] of the photo, 255 x 2^22 times the probability: bilinear.
    `size` is the photo's, `picture` that of what the model saw of it."""
    side = scores.shape[1:]
    factor = _factor(size, picture)
    first_y, second_y, weight_y = _neighbours(size[1], size[1] // factor * factor, side[0])
    first_x, second_x, weight_x = _neighbours(size[0], size[0] // factor * factor, side[1])
    wide = scores.astype(np.int32)
    rows = wide[:, first_y] * (_ONE - weight_y)[:, None] + wide[:, second_y] * weight_y[:, None]
    return rows[..., first_x] * (_ONE - weight_x) + rows[..., second_x] * weight_x


def _neighbours(count: int, seen: int, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    centre = (np.arange(count) + 0.5) * cells / seen - 0.5
    below = np.floor(centre)
    weight = np.floor((centre - below) * _ONE + 0.5).astype(np.int32)
    first, second = (np.clip(below + step, 0, cells - 1).astype(np.int64) for step in (0, 1))
    return first, second, weight


def is_marked(ground: np.ndarray, threshold: float) -> np.ndarray:
    """Where it is `threshold` likely not to be ground; `ground` as of `enlarged`."""
    return ground <= (1 - threshold) * CERTAIN


def find_regions(values: np.ndarray, threshold: float, min_area_share: float) -> list[Region]:
    """`values` as of `enlarged`."""
    marked = is_marked(values[0], threshold)
    least = min_area_share * marked.size
    numbers, count = connected(marked)
    areas = np.bincount(numbers.ravel(), minlength=count + 1)
    found = []
    for number in range(1, count + 1):
        if areas[number] < least:
            continue
        mask = numbers == number
        sums = (values[1:, mask] >> 11).sum(1, dtype=np.int64)
        kind = int(sums.argmax()) + 1
        found.append(Region(kind, float(sums[kind - 1] / (int(areas[number]) * (CERTAIN >> 11))), mask))
    return sorted(found, key=lambda region: -int(region.mask.sum()))


def connected(marked: np.ndarray) -> tuple[np.ndarray, int]:
    """Numbers from 1 on, in the order of the first pixel, row by row; 0 where nothing is marked."""
    padded = np.pad(marked, ((0, 0), (1, 1))).astype(np.int8)
    parent: list[int] = [0]
    runs: list[tuple[int, int, int]] = []
    above: list[int] = []
    for y, row in enumerate(np.diff(padded, axis=1)):
        starts, ends = np.flatnonzero(row == 1), np.flatnonzero(row == -1)
        here = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            runs.append((y, start, end))
            number = len(parent)
            parent.append(number)
            here.append(number)
            for other in above:
                if runs[other - 1][1] <= end and runs[other - 1][2] >= start:
                    first, second = sorted((_root(parent, other), _root(parent, number)))
                    parent[second] = first
        above = here
    numbers = np.zeros(marked.shape, np.int32)
    order: dict[int, int] = {}
    for number, (y, start, end) in enumerate(runs, 1):
        numbers[y, start:end] = order.setdefault(_root(parent, number), len(order) + 1)
    return numbers, len(order)


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        number = parent[number]
    return number
