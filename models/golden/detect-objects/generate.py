"""Regenerate the golden file from a built model folder.

    PYTHONPATH=models python3 models/golden/detect-objects/generate.py --models OUT --photos DIR --cache DIR \
        [--out FOLDER]

photos.json    file bytes -> pixels by Pillow as models/quality/object_detector.py does -> boxes of score 0.35 or more,
               in pixels of the upright photo. `pixelsSha256` tells a difference in decoding or resizing from one in the
               graph. cat.jpg is in test/assets."""

import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from object_detector import Detection, ObjectDetector, read_letterbox  # noqa: E402
from photo_rows import parse_arguments, photo_paths  # noqa: E402
from rows import write_rows  # noqa: E402

from modelpack.files import sha256_file, sha256_of  # noqa: E402

_MIN_SCORE = 0.35


def main() -> None:
    arguments = parse_arguments(__doc__, _HERE)
    detector = ObjectDetector(arguments.models / "nanodet-g")
    paths = photo_paths(arguments)
    rows = [_photo(detector, path) for path in paths]
    write_rows(arguments.out / "photos.json", rows)
    print(f"{len(rows)} photos, {sum(len(row['detections']) for row in rows)} things")


def _photo(detector: ObjectDetector, path: Path) -> dict[str, Any]:
    pixels, _ = read_letterbox(path, detector.manifest["image"])
    return {
        "file": path.name,
        "sha256": sha256_file(path),
        "pixelsSha256": sha256_of(pixels.tobytes()),
        "detections": [_row(detection) for detection in detector.detect(path, _MIN_SCORE)],
    }


def _row(detection: Detection) -> dict[str, Any]:
    left, top, right, bottom = detection.box
    box = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {
        "label": detection.label,
        "score": round(detection.score, 6),
        "box": {name: round(value, 3) for name, value in box.items()},
    }


if __name__ == "__main__":
    main()
