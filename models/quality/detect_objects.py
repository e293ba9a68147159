"""How good object detection is, and whether an answer depends on who shares its batch (exit code 1 if so).

    PYTHONPATH=models python3 models/quality/detect_objects.py --models OUT --data DIR [--record] [--served FILE]

DIR holds images/*.jpg and boxes/*.txt, which lists one thing a line: class, centre x, centre y, width, height, as parts
of the photo's size.

FILE holds what a server found in the same photos with a score of 0.05 or more, as JSON by file name; it is scored beside
what is found here, and `npm run bench:detect` makes it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from measured import record
from object_detector import Detection, ObjectDetector, iou, read_letterbox
from PIL import Image

_NAME = "nanodet-g"
_COMMAND = "PYTHONPATH=models python3 models/quality/detect_objects.py --models OUT --data ../shared/data/vision/coco-val"
# COCO's: 0.5, 0.55, ... 0.95.
_OVERLAPS = [0.5 + 0.05 * step for step in range(10)]
_FLOOR, _SERVED = 0.05, 0.35

Truth = list[tuple[str, np.ndarray]]
# Score, whether it is right, and the class, of everything found.
Finding = tuple[float, bool, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled photos")
    parser.add_argument("--served", type=Path, help="what a server found, to be scored as well")
    parser.add_argument("--record", action="store_true", help=f"write models/{_NAME}/measured.json")
    arguments = parser.parse_args()
    detector = ObjectDetector(arguments.models / _NAME)
    paths = sorted((arguments.data / "images").glob("*.jpg"))
    truths = {
        path.name: read_truth(path, arguments.data / "boxes" / f"{path.stem}.txt", detector.labels) for path in paths
    }
    values = score({path.name: detector.detect(path, _FLOOR) for path in paths}, truths)
    dataset = f"{len(paths)} photos of COCO val2017, {sum(map(len, truths.values()))} things; few, to compare and not to quote"
    entries = [_entry(metric, value, dataset) for metric, value in values.items()]
    for entry in entries:
        print(f"{entry['metric']}: {entry['value']} ({entry['dataset']})")
    if arguments.served is not None:
        for metric, value in score(read_served(arguments.served), truths).items():
            print(f"{metric}, as served: {round(value, 3)} ({100 * (value - values[metric]):+.2f} points)")
    if arguments.record:
        record(_NAME, quality=entries)
    return _invariance(detector, paths[:8])


def read_truth(photo: Path, boxes: Path, labels: list[str]) -> Truth:
    with Image.open(photo) as opened:
        size = np.array([*opened.size, *opened.size])
    rows = [line.split() for line in boxes.read_text("utf-8").splitlines()] if boxes.exists() else []
    truth = []
    for index, *numbers in rows:
        x, y, width, height = map(float, numbers)
        truth.append((labels[int(index)], np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]) * size))
    return truth


def read_served(file: Path) -> dict[str, list[Detection]]:
    """Best first, as the server gives them; boxes as in the API."""
    found = json.loads(file.read_text("utf-8"))

    def detection(row: dict[str, Any]) -> Detection:
        x, y, width, height = (row["box"][name] for name in ("x", "y", "width", "height"))
        return Detection(row["label"], row["score"], (x, y, x + width, y + height))

    return {name: [detection(row) for row in rows] for name, rows in found.items()}


def score(found: dict[str, list[Detection]], truths: dict[str, Truth]) -> dict[str, float]:
    """By metric."""
    things: dict[str, int] = {}
    for truth in truths.values():
        for label, _ in truth:
            things[label] = things.get(label, 0) + 1
    findings = {
        overlap: [finding for name, truth in truths.items() for finding in match(found[name], truth, overlap)]
        for overlap in _OVERLAPS
    }
    averages = [mean_average_precision(findings[overlap], things) for overlap in _OVERLAPS]
    served = [finding for finding in findings[_OVERLAPS[0]] if finding[0] >= _SERVED]
    right = sum(finding[1] for finding in served)
    return {
        "mean average precision at IoU 0.5": averages[0],
        "mean average precision at IoU 0.5 to 0.95": sum(averages) / len(averages),
        f"precision at score {_SERVED}": right / len(served),
        f"recall at score {_SERVED}": right / sum(things.values()),
    }


def match(found: list[Detection], truth: Truth, overlap: float) -> list[Finding]:
    """A detection is right when it lies on a thing of its class that no better detection took."""
    free = list(truth)
    findings = []
    for label, certainty, box in found:
        fits = [(iou(np.array(box), other), i) for i, (name, other) in enumerate(free) if name == label]
        best, index = max(fits, default=(0.0, -1))
        if best >= overlap:
            free.pop(index)
        findings.append((certainty, best >= overlap, label))
    return findings


def mean_average_precision(findings: list[Finding], things: dict[str, int]) -> float:
    """Mean over the classes that occur, of the area under precision by recall, precision made to fall."""
    averages = []
    for label, count in things.items():
        hits = [right for _, right, name in sorted(findings, reverse=True) if name == label]
        found = np.cumsum(hits)
        precision = found / np.arange(1, len(hits) + 1)
        falling = np.maximum.accumulate(precision[::-1])[::-1]
        averages.append(float(falling[np.array(hits, bool)].sum()) / count if hits else 0.0)
    return sum(averages) / len(averages)


def _entry(metric: str, value: float, dataset: str) -> dict[str, Any]:
    return {"metric": metric, "value": round(value, 3), "dataset": dataset, "command": _COMMAND}


def _invariance(detector: ObjectDetector, paths: list[Path]) -> int:
    pixels = np.stack([read_letterbox(path, detector.manifest["image"])[0] for path in paths])
    together = detector.run(pixels)
    alone = [np.concatenate(outputs) for outputs in zip(*(detector.run(one[None]) for one in pixels), strict=True)]
    same = all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))
    print(f"{len(paths)} photos alone and in one batch: {'the same bits' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
