"""Write calibration.json: range and channel means of every activation of the float32 network over the photos of
modelpack.photos.

Run by a maintainer, once per change of the network; the result is committed, because sums of floats differ between
CPUs in the last digit and the build must not. None of the photos is of COCO, by which the result is measured.

    PYTHONPATH=models:models/quality python3 models/nanodet-g/calibrate.py --photos DIR --cache DIR"""

from pathlib import Path

import numpy as np
from object_detector import read_letterbox
from PIL import Image

from modelpack.calibration import photos_and_packages, statistics, write_calibration
from modelpack.graph import Graph
from modelpack.recipes.nanodet import IMAGE, read_weights
from modelpack.recipes.nanodet_arithmetic import FloatDetector
from modelpack.recipes.nanodet_graph import SIZE, write_graph

HOME = Path(__file__).resolve().parent


def main() -> None:
    paths, packages = photos_and_packages()
    views = [read_letterbox(path, IMAGE)[0] for path in paths]
    pixels = np.stack(views + _four_in_one(views))
    graph = Graph("calibration")
    arithmetic = FloatDetector(graph)
    write_graph(graph, read_weights(packages.read), arithmetic)
    found = statistics(graph, arithmetic, pixels)
    write_calibration(HOME / "calibration.json", found, len(paths), ["letterbox", "four letterboxes in one"])


def _four_in_one(views: list[np.ndarray]) -> list[np.ndarray]:
    """Smaller things, and more of them: photos of packages mostly show one large one."""
    half = (SIZE // 2, SIZE // 2)
    small = [np.asarray(Image.fromarray(view).resize(half, Image.Resampling.BICUBIC)) for view in views]
    rows = [np.hstack(small[at : at + 2]) for at in range(0, len(small) - 1, 2)]
    return [np.vstack(rows[at : at + 2]) for at in range(0, len(rows) - 1, 2)]


if __name__ == "__main__":
    main()
