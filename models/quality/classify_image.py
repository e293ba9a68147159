"""How much int8 costs image classification, and whether an answer depends on who shares its batch (exit code 1 if so).

    PYTHONPATH=models python3 models/quality/classify_image.py --models OUT --photos DIR --cache DIR \\
        [--unseen DIR] [--record]

DIR of --photos and --cache are those of modelpack.photos. --unseen: jpgs that calibration has not seen."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from image_classifier import ImageClassifier, run, session
from measured import record

from modelpack import photos
from modelpack.builder import LOCK_FILE
from modelpack.graph import Graph
from modelpack.lock import Lock
from modelpack.recipes.efficientnet import read_weights
from modelpack.recipes.efficientnet_graph import FloatArithmetic, write_graph
from modelpack.sources import PackageCache

_NAME = "efficientnet-lite0"
_COMMAND = (
    "PYTHONPATH=models python3 models/quality/classify_image.py --models OUT --photos DIR --cache DIR "
    "--unseen ../shared/data/vision/coco-val/images"
)
_LABELLED = "20 ImageNet photos of foolbox 3.3.4 (likely seen in training)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--photos", type=Path, required=True, help="folder for the photos of modelpack.photos")
    parser.add_argument("--cache", type=Path, required=True, help="folder for fetched packages")
    parser.add_argument("--unseen", type=Path, help="folder of further jpgs, to compare int8 with float32")
    parser.add_argument("--record", action="store_true", help=f"write models/{_NAME}/measured.json")
    arguments = parser.parse_args()
    classifier = ImageClassifier(arguments.models / _NAME)
    reference = session(_float_model(arguments.cache))

    paths = photos.fetch(arguments.photos, arguments.cache)
    pixels = np.stack([classifier.pixels(path) for path in paths])
    int8, float32 = classifier.probabilities(pixels), run(reference, pixels, 8)
    classes = [photos.labelled_class(path) for path in paths]
    entries = [_entry("top-1 accuracy, int8", _accuracy(int8, classes), _LABELLED)]
    entries += [_entry("top-1 accuracy, float32", _accuracy(float32, classes), _LABELLED)]
    entries += _agreement(int8, float32, f"{len(paths)} photos of scikit-image 0.26.0 and foolbox 3.3.4")
    if arguments.unseen:
        unseen = np.stack([classifier.pixels(path) for path in sorted(arguments.unseen.glob("*.jpg"))])
        found = classifier.probabilities(unseen), run(reference, unseen, 8)
        entries += _agreement(*found, f"{len(unseen)} photos of COCO val2017, not used in calibration")
    for entry in entries:
        print(f"{entry['metric']}: {entry['value']} ({entry['dataset']})")
    if arguments.record:
        record(_NAME, quality=entries)
    return _invariance(arguments.models, pixels)


def _float_model(cache: Path) -> bytes:
    graph = Graph("float32")
    packages = PackageCache(cache, Lock.read(LOCK_FILE).packages)
    write_graph(graph, read_weights(packages.read), FloatArithmetic(graph))
    return graph.serialize()


def _accuracy(probabilities: np.ndarray, classes: list[int | None]) -> float:
    """Share of the labelled photos whose most probable class is the right one."""
    best = probabilities.argmax(axis=1)
    hits = [int(found) == right for found, right in zip(best, classes, strict=True) if right is not None]
    return round(sum(hits) / len(hits), 3)


def _agreement(int8: np.ndarray, float32: np.ndarray, dataset: str) -> list[dict[str, Any]]:
    best = float32.argmax(axis=1)
    rows = np.arange(len(best))
    same = float((int8.argmax(axis=1) == best).mean())
    shift = float(np.abs(int8[rows, best] - float32[rows, best]).mean())
    return [
        _entry("same top-1 class as float32", round(same, 3), dataset),
        _entry("mean change of float32's top-1 probability", round(shift, 4), dataset),
    ]


def _entry(metric: str, value: float, dataset: str) -> dict[str, Any]:
    return {"metric": metric, "value": value, "dataset": dataset, "command": _COMMAND}


def _invariance(models: Path, pixels: np.ndarray) -> int:
    alone = ImageClassifier(models / _NAME).probabilities(pixels, batch=1)
    differing = 0
    for threads in (1, 2):
        classifier = ImageClassifier(models / _NAME, threads)
        for batch in (1, 2, 3, 8, 32):
            differing += not np.array_equal(classifier.probabilities(pixels, batch), alone)
    print(f"bit-equal to batch 1 on one thread: {10 - differing} of 10 combinations of batch size and threads")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
