"""Image classification with a built model folder: the plain reference that quality and golden files rest on. The
server decodes and resizes with libvips; both must name the same class."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps


class ImageClassifier:
    """`folder` is OUT/<name> as written by modelpack."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.labels: list[str] = json.loads((folder / self.manifest["labels"]).read_text("utf-8"))
        self._session = session(folder / self.manifest["variants"]["cpu"]["graphs"]["main"], threads)

    def pixels(self, photo: Path) -> np.ndarray:
        return read_pixels(photo, self.manifest["image"])

    def probabilities(self, pixels: np.ndarray, batch: int = 8) -> np.ndarray:
        """uint8 [n, height, width, 3] -> float32 [n, 1000]."""
        return run(self._session, pixels, batch)


def read_pixels(photo: Path, image: dict[str, Any]) -> np.ndarray:
    """uint8 [height, width, 3], RGB: upright, colour profile ignored, largest centred square x cropFraction, bicubic.
    `image` is the manifest's. A square more than four times too large is first averaged over whole boxes, which bounds
    the cost. The server does the same to the bit: with int8, one changed pixel can move a probability by 0.01."""
    with Image.open(photo) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    side = int(image["cropFraction"] * min(upright.size))
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    factor = max(1, side // (2 * image["width"]))
    whole = side // factor * factor
    square = upright.crop((left, top, left + whole, top + whole)).reduce(factor)
    return np.asarray(square.resize((image["width"], image["height"]), Image.Resampling.BICUBIC))


def session(model: Path | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    content = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run(model: onnxruntime.InferenceSession, pixels: np.ndarray, batch: int) -> np.ndarray:
    starts = range(0, len(pixels), batch)
    return np.concatenate([model.run(None, {"pixels": pixels[start : start + batch]})[0] for start in starts])
