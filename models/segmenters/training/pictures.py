"""A data folder (`prepare.py`): images/NAME.jpg, masks/NAME.png with a class a pixel, train.txt, val.txt, test.txt,
classes.txt. Pictures become the square that the model sees, by the same steps as in the server."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 256


@dataclass(frozen=True)
class Split:
    names: list[str]
    pixels: np.ndarray  # uint8 [n, SIZE, SIZE, 3]
    classes: np.ndarray  # uint8 [n, SIZE, SIZE]


def read_classes(data: Path) -> list[str]:
    return (data / "classes.txt").read_text("utf-8").split()


def read_split(data: Path, split: str) -> Split:
    names = (data / f"{split}.txt").read_text("utf-8").split()
    pixels = np.stack([stretched(Image.open(data / "images" / f"{name}.jpg")) for name in names])
    masks = np.stack([_mask(Image.open(data / "masks" / f"{name}.png")) for name in names])
    return Split(names, pixels, masks)


def stretched(photo: Image.Image) -> np.ndarray:
    """uint8 [SIZE, SIZE, 3]: all of the photo, whatever its proportions, as the manifest's `stretch` says."""
    rgb = photo.convert("RGB")
    factor = max(1, min(side // (2 * SIZE) for side in rgb.size))
    whole = tuple(side // factor * factor for side in rgb.size)
    reduced = rgb.crop((0, 0, *whole)).reduce(factor)
    narrow = reduced.resize((SIZE, reduced.height), Image.Resampling.BICUBIC)
    return np.asarray(narrow.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def _mask(mask: Image.Image) -> np.ndarray:
    """The class in the middle of each pixel; a defect too small to be met by any keeps one."""
    full = np.asarray(mask)
    small = np.asarray(mask.resize((SIZE, SIZE), Image.Resampling.NEAREST)).copy()
    if full.any() and not small.any():
        y, x = np.argwhere(full)[0]
        small[y * SIZE // full.shape[0], x * SIZE // full.shape[1]] = full[y, x]
    return small
