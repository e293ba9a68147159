"""Regenerate the golden files from built model folders.

    PYTHONPATH=models python3 models/golden/segment-image/generate.py --models OUT --photos DIR --cache DIR \
        [--out FOLDER]

photos.json    file bytes -> pixels by Pillow as models/quality/image_segmenter.py does -> for each segmenter the 8
               largest regions of at least 0.02 % of the photo, their masks as pycocotools writes them. `pixelsSha256`
               tells a difference in decoding or resizing from one in the graph. cat.jpg is in test/assets."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from gated_segmenter import GatedSegmenter  # noqa: E402
from image_segmenter import Region, find_regions, read_upright, stretched  # noqa: E402
from photo_rows import parse_arguments, photo_paths  # noqa: E402
from pycocotools import mask as coco  # noqa: E402
from rows import write_rows  # noqa: E402

from modelpack.files import sha256_file, sha256_of  # noqa: E402

_MODELS = ("cell-nuclei", "person-matting", "surface-defects")
_MOST, _MIN_AREA_SHARE = 8, 0.0002


def main() -> None:
    arguments = parse_arguments(__doc__, _HERE)
    segmenters = {name: GatedSegmenter(arguments.models, name) for name in _MODELS}
    rows = [_photo(segmenters, path) for path in photo_paths(arguments)]
    write_rows(arguments.out / "photos.json", rows)
    print(f"{len(rows)} photos")


def _photo(segmenters: dict[str, GatedSegmenter], path: Path) -> dict[str, Any]:
    image = segmenters[_MODELS[0]].segmenter.manifest["image"]
    return {
        "file": path.name,
        "sha256": sha256_file(path),
        "pixelsSha256": sha256_of(stretched(read_upright(path), image).tobytes()),
        "regions": {name: _regions(segmenter, path) for name, segmenter in segmenters.items()},
    }


def _regions(segmenter: GatedSegmenter, path: Path) -> list[dict[str, Any]]:
    found = find_regions(segmenter.values(path), segmenter.rules["threshold"], _MIN_AREA_SHARE)
    return [_row(segmenter.segmenter.labels, region) for region in found[:_MOST]]


def _row(labels: list[str], region: Region) -> dict[str, Any]:
    rle = coco.encode(np.asfortranarray(region.mask.astype(np.uint8)))
    x, y, width, height = (int(side) for side in coco.toBbox(rle))
    return {
        "label": labels[region.kind],
        "score": round(region.score, 6),
        "box": {"x": x, "y": y, "width": width, "height": height},
        "area": int(coco.area(rle)),
        "rle": {"size": list(rle["size"]), "counts": rle["counts"].decode()},
    }


if __name__ == "__main__":
    main()
