"""Regenerate the golden files from a built model folder.

    PYTHONPATH=models python3 models/golden/classify-image/generate.py --models OUT --photos DIR --cache DIR \
        [--out FOLDER]

patterns.json  no photo needed: pixel i of the flat uint8 [224, 224, 3] is the top byte of the 32-bit product
               (i + seed) x 2654435761. Any host of the graph must get these probabilities from these pixels.
photos.json    file bytes -> pixels by Pillow as models/quality/image_classifier.py does -> probabilities.
               `pixelsSha256` tells a difference in decoding or resizing from one in the graph. `class` is the right
               class, where it is known: not what the model answers. cat.jpg is in test/assets.

Probabilities hold to 1e-5 on every CPU (the sums are integers, only the softmax is float)."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from image_classifier import ImageClassifier  # noqa: E402
from photo_rows import parse_arguments, photo_paths  # noqa: E402
from rows import write_rows  # noqa: E402

from modelpack import photos  # noqa: E402
from modelpack.files import sha256_file, sha256_of  # noqa: E402

_SEEDS = (1, 2, 3)
_TOP = 5


def main() -> None:
    arguments = parse_arguments(__doc__, _HERE)
    classifier = ImageClassifier(arguments.models / "efficientnet-lite0")
    paths = photo_paths(arguments)
    write_rows(arguments.out / "patterns.json", [{"seed": seed, "top": _top(classifier, pattern(seed))} for seed in _SEEDS])
    write_rows(arguments.out / "photos.json", [_photo(classifier, path) for path in paths])
    print(f"{len(_SEEDS)} patterns, {len(paths)} photos")


def pattern(seed: int) -> np.ndarray:
    """uint8 [224, 224, 3], the same in any language with 32-bit products."""
    flat = (np.arange(224 * 224 * 3, dtype=np.uint64) + seed) * 2654435761 & 0xFFFFFFFF
    return (flat >> 24).astype(np.uint8).reshape(224, 224, 3)


def _photo(classifier: ImageClassifier, path: Path) -> dict[str, Any]:
    pixels = classifier.pixels(path)
    return {
        "file": path.name,
        "sha256": sha256_file(path),
        "class": photos.labelled_class(path),
        "pixelsSha256": sha256_of(pixels.tobytes()),
        "top": _top(classifier, pixels),
    }


def _top(classifier: ImageClassifier, pixels: np.ndarray) -> list[dict[str, Any]]:
    probabilities = classifier.probabilities(pixels[None])[0]
    best = np.argsort(-probabilities, kind="stable")[:_TOP]
    return [
        {"index": int(index), "label": classifier.labels[index], "score": round(float(probabilities[index]), 6)}
        for index in best
    ]


if __name__ == "__main__":
    main()
