"""Write calibration.json: range and channel means of every activation of the float32 network over the photos of
modelpack.photos.

Run by a maintainer, once per change of the network; the result is committed, because sums of floats differ between
CPUs in the last digit and the build must not.

    PYTHONPATH=models python3 models/efficientnet-lite0/calibrate.py --photos DIR --cache DIR"""

from pathlib import Path

import numpy as np
from PIL import Image

from modelpack.calibration import photos_and_packages, statistics, write_calibration
from modelpack.graph import Graph
from modelpack.recipes.efficientnet import read_weights
from modelpack.recipes.efficientnet_graph import FloatArithmetic, write_graph
from modelpack.recipes.efficientnet_layers import SIZE

HOME = Path(__file__).resolve().parent


def main() -> None:
    paths, packages = photos_and_packages()
    pixels = np.stack([view for path in paths for view in _views(path)])
    network = read_weights(packages.read)
    graph = Graph("calibration")
    arithmetic = FloatArithmetic(graph)
    write_graph(graph, network, arithmetic)
    found = statistics(graph, arithmetic, pixels)
    write_calibration(HOME / "calibration.json", found, len(paths), ["centre square", "whole photo, stretched"])


def _views(path: Path) -> list[np.ndarray]:
    """Each uint8 [224, 224, 3]. The second view shows things smaller and distorted: wider ranges, better manners on
    photos unlike these."""
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side))
    return [np.asarray(view.resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for view in (square, photo)]


if __name__ == "__main__":
    main()
