"""Write calibration.json: range and channel means of every activation of the float32 network over the photos of
modelpack.photos.

Run by a maintainer, once per change of the network; the result is committed, because sums of floats differ between
CPUs in the last digit and the build must not.

    PYTHONPATH=models python3 models/efficientnet-lite0/calibrate.py --photos DIR --cache DIR"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from modelpack import photos
from modelpack.builder import LOCK_FILE
from modelpack.graph import Graph
from modelpack.lock import Lock
from modelpack.recipes.efficientnet import read_weights
from modelpack.recipes.efficientnet_graph import PIXEL_SCALE, PIXEL_ZERO_POINT, FloatArithmetic, write_graph
from modelpack.recipes.efficientnet_layers import SIZE
from modelpack.sources import PackageCache

HOME = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    paths = photos.fetch(arguments.photos, arguments.cache)
    pixels = np.stack([view for path in paths for view in _views(path)])
    ranges, means = _statistics(*_float_graph(arguments.cache), pixels)
    sources = [str(source.package) for source in (photos.SCIKIT_IMAGE, photos.FOOLBOX)]
    content = {
        "note": "smallest and largest value, and mean of every channel, of each activation; written by calibrate.py",
        "photos": {"packages": sources, "count": len(paths), "views": ["centre square", "whole photo, stretched"]},
        "ranges": ranges,
        "means": means,
    }
    (HOME / "calibration.json").write_text(_one_line_per_entry(content), "utf-8")


def _views(path: Path) -> list[np.ndarray]:
    """Each uint8 [224, 224, 3]. The second view shows things smaller and distorted: wider ranges, better manners on
    photos unlike these."""
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side))
    return [np.asarray(view.resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for view in (square, photo)]


def _float_graph(cache: Path) -> tuple[bytes, list[str]]:
    """The float32 network with every activation as an output of its own name."""
    network = read_weights(PackageCache(cache, Lock.read(LOCK_FILE).packages).read)
    graph = Graph("calibration")
    arithmetic = FloatArithmetic(graph)
    write_graph(graph, network, arithmetic)
    for name, value in arithmetic.activations.items():
        graph.output(value, name, "float32", ["batch", "channels", "height", "width"])
    return graph.serialize(), list(arithmetic.activations)


def _statistics(
    model: bytes, names: list[str], pixels: np.ndarray
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
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


if __name__ == "__main__":
    main()
