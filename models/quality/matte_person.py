"""How well person-matting covers people, and what its gate is worth; and whether an answer depends on who shares its
batch (exit code 1 if so).

    PYTHONPATH=models python3 models/quality/matte_person.py --models OUT --data DIR [--record]
    PYTHONPATH=models python3 models/quality/matte_person.py --models OUT --data DIR --compare

DIR holds images/*.jpg and masks/*.png, in which 1 is person. --compare shows other thresholds and margins of the gate, by
which the manifest's were chosen; it is few pictures for a choice, and neighbouring values do about as well."""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gated_segmenter import GatedSegmenter
from image_segmenter import find_regions, read_upright, stretched
from measured import record
from PIL import Image

_NAME, _PERSON = "person-matting", 1
_COMMAND = "PYTHONPATH=models python3 models/quality/matte_person.py --models OUT --data ../shared/data/vision/coco-val"
_LEAST_SHARE = 0.01  # of a picture, below which its IoU is chance
_MIN_SCORES, _MARGINS = (0.25, 0.3, 0.35, 0.4, 0.45), (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)


class Photo(NamedTuple):
    path: Path
    truth: np.ndarray  # bool [height, width]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help="folder of photos and masks")
    parser.add_argument("--compare", action="store_true", help="other gates, too")
    parser.add_argument("--record", action="store_true", help=f"write models/{_NAME}/measured.json")
    arguments = parser.parse_args()
    segmenter = GatedSegmenter(arguments.models, _NAME)
    photos = [_read(path, arguments.data) for path in sorted((arguments.data / "images").glob("*.jpg"))]
    if arguments.compare:
        return compare(segmenter, photos)
    people = sum(photo.truth.mean() >= _LEAST_SHARE for photo in photos)
    with_people = f"{people} photos of COCO val2017 with people on at least 1 % of the pixels; few, to compare and not to quote"
    without = f"{sum(not photo.truth.any() for photo in photos)} photos of COCO val2017 without people"
    entries = []
    for how, marks in (("as served", served), ("at all of the photo, gated", gated_whole), ("at all of the photo", whole)):
        overlap, empty = measure(segmenter, photos, marks)
        entries += [_entry(f"mean IoU, {how}", overlap, with_people), _entry(f"empty answers, {how}", empty, without)]
    for entry in entries:
        print(f"{entry['metric']}: {entry['value']} ({entry['dataset']})")
    if arguments.record:
        record(_NAME, quality=entries)
    return _invariance(segmenter, photos[:8])


def served(segmenter: GatedSegmenter, photo: Photo) -> np.ndarray:
    return _marked(segmenter, segmenter.values(photo.path))


def gated_whole(segmenter: GatedSegmenter, photo: Photo) -> np.ndarray:
    found = segmenter.places(photo.path, photo.truth.shape[::-1])
    return whole(segmenter, photo) if found else np.zeros_like(photo.truth)


def whole(segmenter: GatedSegmenter, photo: Photo) -> np.ndarray:
    return _marked(segmenter, segmenter.segmenter.values(read_upright(photo.path)))


def measure(segmenter: GatedSegmenter, photos: list[Photo], marks: Any) -> tuple[float, float]:
    """Mean IoU of the photos with people, and the share of those without that are left empty."""
    overlaps, empty = [], []
    for photo in photos:
        share = photo.truth.mean()
        if 0 < share < _LEAST_SHARE:
            continue
        marked = marks(segmenter, photo)
        if share > 0:
            overlaps.append((marked & photo.truth).sum() / (marked | photo.truth).sum())
        else:
            empty.append(not marked.any())
    return float(np.mean(overlaps)), float(np.mean(empty))


def compare(segmenter: GatedSegmenter, photos: list[Photo]) -> int:
    for score in _MIN_SCORES:
        for margin in _MARGINS:
            segmenter.gate = {**segmenter.rules["gate"], "minScore": score, "margin": margin}
            overlap, empty = measure(segmenter, photos, served)
            print(f"minScore {score}, margin {margin}: mean IoU {overlap:.3f}, empty where nobody is {empty:.3f}")
    return 0


def _read(path: Path, data: Path) -> Photo:
    return Photo(path, np.asarray(Image.open(data / "masks" / f"{path.stem}.png")) == _PERSON)


def _marked(segmenter: GatedSegmenter, values: np.ndarray) -> np.ndarray:
    marked = np.zeros(values.shape[1:], bool)
    for region in find_regions(values, segmenter.rules["threshold"], segmenter.rules["minAreaShare"]):
        marked |= region.mask
    return marked


def _entry(metric: str, value: float, dataset: str) -> dict[str, Any]:
    return {"metric": metric, "value": round(value, 3), "dataset": dataset, "command": _COMMAND}


def _invariance(segmenter: GatedSegmenter, photos: list[Photo]) -> int:
    model = segmenter.segmenter
    pixels = np.stack([stretched(read_upright(photo.path), model.manifest["image"]) for photo in photos])
    same = np.array_equal(model.run(pixels, len(pixels)), model.run(pixels, 1))
    print(f"{len(photos)} photos alone and in one batch: {'the same bits' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
