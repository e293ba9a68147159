"""How good a segmenter is on held-out pictures, and whether an answer depends on who shares its batch (exit code 1 if
so). Masks are measured as they are served: at the size of the picture, small regions left out.

    PYTHONPATH=models python3 models/quality/segment_image.py NAME --models OUT --data DIR [--record]
    PYTHONPATH=models python3 models/quality/segment_image.py NAME --models OUT --data DIR --choose

DIR holds images/*.jpg, masks/*.png with a class a pixel, classes.txt, val.txt and test.txt. A class that is no label of
the model belongs to its first one after the ground. --choose finds the threshold and the
least area on the validation pictures and writes them to models/NAME/segmentation.json."""

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from image_segmenter import ImageSegmenter, connected, enlarged, find_regions, is_marked, read_upright, stretched
from measured import record
from PIL import Image

_MODELS = Path(__file__).resolve().parent.parent
_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SHARES = (0.0, 0.0002, 0.0005, 0.001, 0.002, 0.004)


class Picture(NamedTuple):
    scores: np.ndarray  # uint8 [labels, h, w]
    seen: tuple[int, int]  # width and height of what the model saw
    truth: np.ndarray  # index of the label, [height, width]


class Counts(NamedTuple):
    """IoU over all pixels together, mean of the pictures' Dice; pictures with marks rightly, with marks wrongly, and
    without marks wrongly."""

    iou: float
    dice: float
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)

    def chosen_by(self) -> float:
        """The mean of IoU and, where there are pictures without anything to find, the pictures' F1."""
        f1 = 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)
        return (self.iou + f1) / 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="the model, such as surface-defects")
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures and masks")
    parser.add_argument("--choose", action="store_true", help="write models/NAME/segmentation.json")
    parser.add_argument("--record", action="store_true", help="write models/NAME/measured.json")
    arguments = parser.parse_args()
    segmenter = ImageSegmenter(arguments.models / arguments.name)
    if arguments.choose:
        choose(arguments.name, read_pictures(segmenter, arguments.data, "val"))
        return 0
    rules = segmenter.manifest["segmentation"]
    pictures = read_pictures(segmenter, arguments.data, "test")
    marks = [_marks(picture, rules["threshold"]) for picture in pictures]
    counts = measure(pictures, marks, rules["minAreaShare"])
    values = {"IoU of all that is marked": counts.iou, "mean Dice of a picture that has something": counts.dice}
    if counts.right + counts.missed < len(pictures):
        values["precision of a picture's verdict"] = counts.precision
        values["recall of a picture's verdict"] = counts.recall
    values |= by_label(segmenter.labels, pictures, rules)
    folder = arguments.data.name
    command = f"PYTHONPATH=models python3 models/quality/segment_image.py {arguments.name} --models OUT --data ../shared/data/vision/{folder}"
    dataset = f"{len(pictures)} held-out pictures of {folder}"
    entries = [
        {"metric": metric, "value": round(value, 3), "dataset": dataset, "command": command}
        for metric, value in values.items()
    ]
    for entry in entries:
        print(f"{entry['metric']}: {entry['value']} ({dataset})")
    if arguments.record:
        record(arguments.name, quality=entries)
    return _invariance(segmenter, arguments.data)


def read_pictures(segmenter: ImageSegmenter, data: Path, split: str) -> list[Picture]:
    classes = (data / "classes.txt").read_text("utf-8").split()
    label_of = np.array([segmenter.labels.index(name) if name in segmenter.labels else 1 for name in classes])
    pictures = []
    for name in (data / f"{split}.txt").read_text("utf-8").split():
        pixels = stretched(read_upright(data / "images" / f"{name}.jpg"), segmenter.manifest["image"])
        truth = label_of[np.asarray(Image.open(data / "masks" / f"{name}.png"))]
        pictures.append(Picture(segmenter.run(pixels[None])[0], pixels.shape[1::-1], truth))
    return pictures


def choose(name: str, pictures: list[Picture]) -> None:
    results = []
    for threshold in _THRESHOLDS:
        marks = [_marks(picture, threshold) for picture in pictures]
        results += [(measure(pictures, marks, share), threshold, share) for share in _SHARES]
    best, threshold, share = max(results, key=lambda result: result[0].chosen_by())
    content = {"threshold": threshold, "minAreaShare": share}
    (_MODELS / name / "segmentation.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(f"{content}: IoU {best.iou:.3f}, precision {best.precision:.3f}, recall {best.recall:.3f} of {len(pictures)}")


def measure(pictures: list[Picture], marks: list[np.ndarray], min_area_share: float) -> Counts:
    """`marks` as of `_marks`, one a picture."""
    shared = joint = right = wrong = missed = 0
    dices = []
    for picture, numbers in zip(pictures, marks, strict=True):
        large = np.bincount(numbers.ravel()) >= min_area_share * numbers.size
        large[0] = False
        marked, truth = large[numbers], picture.truth > 0
        both = int((marked & truth).sum())
        shared, joint = shared + both, joint + int((marked | truth).sum())
        right, wrong = right + (marked.any() and truth.any()), wrong + (marked.any() and not truth.any())
        missed += truth.any() and not marked.any()
        if truth.any():
            dices.append(2 * both / int(marked.sum() + truth.sum()))
    return Counts(shared / max(joint, 1), float(np.mean(dices)), int(right), int(wrong), int(missed))


def _marks(picture: Picture, threshold: float) -> np.ndarray:
    """The number of its connected marks at each pixel; 0 is ground."""
    height, width = picture.truth.shape
    ground = enlarged(picture.scores[:1], (width, height), picture.seen)[0]
    return connected(is_marked(ground, threshold))[0]


def by_label(labels: list[str], pictures: list[Picture], rules: dict[str, float]) -> dict[str, float]:
    """For each label its IoU over all pixels together, and the share of pictures with it where a mark, of whatever label,
    touches it. None where there is one label only, which is all marks."""
    if len(labels) == 2:
        return {}
    shared, joint, there, touched = np.zeros((4, len(labels)), np.int64)
    for picture in pictures:
        kinds = _kinds(picture, rules["threshold"], rules["minAreaShare"])
        for kind in range(1, len(labels)):
            a, b = kinds == kind, picture.truth == kind
            shared[kind] += (a & b).sum()
            joint[kind] += (a | b).sum()
            there[kind] += b.any()
            touched[kind] += (b & (kinds > 0)).any()
    values = {}
    for kind in range(1, len(labels)):
        values[f"IoU of {labels[kind]}"] = float(shared[kind] / max(joint[kind], 1))
        values[f"pictures with {labels[kind]} where a mark touches it"] = float(touched[kind] / max(there[kind], 1))
    return values


def _kinds(picture: Picture, threshold: float, min_area_share: float) -> np.ndarray:
    height, width = picture.truth.shape
    kinds = np.zeros((height, width), np.uint8)
    for region in find_regions(enlarged(picture.scores, (width, height), picture.seen), threshold, min_area_share):
        kinds[region.mask] = region.kind
    return kinds


def _invariance(segmenter: ImageSegmenter, data: Path) -> int:
    names = (data / "test.txt").read_text("utf-8").split()[:8]
    paths = [data / "images" / f"{name}.jpg" for name in names]
    pixels = np.stack([stretched(read_upright(path), segmenter.manifest["image"]) for path in paths])
    same = np.array_equal(segmenter.run(pixels, len(pixels)), segmenter.run(pixels, 1))
    print(f"{len(paths)} pictures alone and in one batch: {'the same bits' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
