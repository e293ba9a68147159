"""Batching curve of a model that reads images: images per CPU second by batch size, one thread.

    python3 models/quality/image_speed.py NAME --models OUT --machine "CPU name" [--record]

CPU time and not wall time: the figure then means the same on a busy machine. Speed does not depend on the pixels."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from image_classifier import run, session
from measured import record

_BATCHES = (1, 2, 4, 8, 16, 32)
_IMAGES = 64
_REPEATS = 6
# Throughput within this share of the best counts as the best: the largest such batch is the bound, because a host
# gains from fewer, larger messages what the caches lose.
_TOLERANCE = 0.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", help="the model, such as efficientnet-lite0")
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--machine", required=True, help="CPU model and instruction sets, for the manifest")
    parser.add_argument("--record", action="store_true", help="write models/NAME/measured.json")
    arguments = parser.parse_args()
    curve = measure(arguments.models / arguments.name)
    for point in curve:
        print(point)
    best = max(point["itemsPerSecond"] for point in curve)
    largest = max(point["batch"] for point in curve if point["itemsPerSecond"] >= best * (1 - _TOLERANCE))
    print(f"maxBatch {largest}")
    if arguments.record:
        batching = {"machine": arguments.machine, "threads": 1, "curve": curve, "maxBatch": largest}
        record(arguments.name, batching=batching)


def measure(folder: Path) -> list[dict[str, Any]]:
    """One point per batch size; the best of several rounds over the same images."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    model = session(folder / manifest["variants"]["cpu"]["graphs"]["main"])
    image = manifest["image"]
    shape = (_IMAGES, image["height"], image["width"], 3)
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    best = dict.fromkeys(_BATCHES, float("inf"))
    for _ in range(_REPEATS):
        for size in _BATCHES:
            started = time.process_time()
            run(model, pixels, size)
            best[size] = min(best[size], time.process_time() - started)
    return [
        {
            "batch": size,
            "length": 1,
            "millisecondsPerRun": round(1000 * seconds * size / _IMAGES, 2),
            "itemsPerSecond": round(_IMAGES / seconds, 1),
        }
        for size, seconds in best.items()
    ]


if __name__ == "__main__":
    main()
