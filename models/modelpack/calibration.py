"""What calibration scripts share: statistics of a float32 network's activations, and the file that keeps them. Needs
onnxruntime, which a build does not."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from . import photos
from .builder import LOCK_FILE
from .graph import Graph
from .lock import Lock
from .recipes.efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT, FloatArithmetic
from .sources import PackageCache

Statistics = tuple[dict[str, list[float]], dict[str, list[float]]]


def photos_and_packages() -> tuple[list[Path], PackageCache]:
    """The photos of modelpack.photos, and the packages to read weights from, by the script's arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    packages = PackageCache(arguments.cache, Lock.read(LOCK_FILE).packages)
    return photos.fetch(arguments.photos, arguments.cache), packages


def write_calibration(file: Path, found: Statistics, photo_count: int, views: list[str]) -> None:
    """`views`: what was shown of each photo."""
    sources = [str(source.package) for source in (photos.SCIKIT_IMAGE, photos.FOOLBOX)]
    content = {
        "note": "smallest and largest value, and mean of every channel, of each activation; written by calibrate.py",
        "photos": {"packages": sources, "count": photo_count, "views": views},
        "ranges": found[0],
        "means": found[1],
    }
    file.write_text(_one_line_per_entry(content), "utf-8")


def statistics(graph: Graph, arithmetic: FloatArithmetic, pixels: np.ndarray) -> Statistics:
    """Range and channel means by name, over pictures uint8 [n, height, width, 3]; means also of the "pixels" as read."""
    names = list(arithmetic.activations)
    for name, value in arithmetic.activations.items():
        graph.output(value, name, "float32", ["batch", "channels", "height", "width"])
    session = onnxruntime.InferenceSession(graph.serialize(), providers=["CPUExecutionProvider"])
    ranges = {name: [0.0, 0.0] for name in names}
    normalised = (pixels.mean(axis=(0, 1, 2)) - PIXEL_ZERO_POINT) * PIXEL_SCALE
    means = {name: np.zeros(1) for name in names}
    for image in pixels:
        for name, values in zip(names, session.run(names, {"pixels": image[None]}), strict=True):
            low, high = ranges[name]
            ranges[name] = [min(low, float(values.min())), max(high, float(values.max()))]
            means[name] = means[name] + values.mean(axis=(0, 2, 3), dtype=np.float64) / len(pixels)
    return (
        {name: [round(low, 4), round(high, 4)] for name, (low, high) in ranges.items()},
        {name: np.round(mean, 3).tolist() for name, mean in {"pixels": normalised, **means}.items()},
    )


def _one_line_per_entry(content: dict[str, Any]) -> str:
    """Two levels of JSON, the second compact: thousands of numbers that nobody reads one by one."""
    parts = []
    for key, value in content.items():
        if isinstance(value, dict):
            lines = (json.dumps({name: entry}, separators=(",", ":"))[1:-1] for name, entry in value.items())
            parts.append(f"  {json.dumps(key)}: {{\n    " + ",\n    ".join(lines) + "\n  }")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
