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
# Throughput within this share of the best counts as the best: the smallest such batch is the bound, because a host
# keeps the memory of its largest run (110 MB less at 2 and 4 than at 16), and several runs travel in one message. Each
# is answered by one of its own: a run has two images at least.
_TOLERANCE = 0.01
_SMALLEST = 2


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
    shared = [point for point in curve if point["batch"] >= _SMALLEST]
    enough = (1 - _TOLERANCE) * max(point["itemsPerSecond"] for point in shared)
    smallest = min(point["batch"] for point in shared if point["itemsPerSecond"] >= enough)
    print(f"maxBatch {smallest}")
    if arguments.record:
        batching = {"machine": arguments.machine, "threads": 1, "curve": curve, "maxBatch": smallest}
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
