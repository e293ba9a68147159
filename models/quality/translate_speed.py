"""Batching curve of the translation models: sentences per CPU second by batch size, one thread, on our own sentences.

    python3 models/quality/translate_speed.py --models OUT --machine "CPU name" [--record]

CPU time and not wall time: the figure then means the same on a busy machine."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from measured import record
from translator import Translator

_SENTENCES = Path(__file__).resolve().parent.parent / "golden" / "translate"
_BATCHES = (1, 2, 4, 8, 16, 32, 64)
_REPEATS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--machine", required=True, help="CPU model and instruction sets, for the manifest")
    parser.add_argument("--record", action="store_true", help="write models/<name>/measured.json")
    arguments = parser.parse_args()
    for source, target in (("en", "pt"), ("pt", "en")):
        name = f"translate-{source}-{target}"
        sentences = json.loads((_SENTENCES / f"sentences.{source}.json").read_text("utf-8"))
        curve = measure(Translator(arguments.models / name), sentences)
        for point in curve:
            print(f"{name}: {point}", flush=True)
        fastest = max(curve, key=lambda point: point["itemsPerSecond"])
        batching = {"machine": arguments.machine, "threads": 1, "curve": curve, "maxBatch": fastest["batch"]}
        if arguments.record:
            record(name, batching=batching)


def measure(translator: Translator, sentences: list[str]) -> list[dict[str, Any]]:
    """One point per batch size. A run is the whole translation of one batch: encoder and all steps."""
    ids = sorted((translator.tokenize(sentence) for sentence in sentences), key=len)
    length = round(sum(map(len, ids)) / len(ids))
    best = dict.fromkeys(_BATCHES, float("inf"))
    for _ in range(_REPEATS):
        for size in _BATCHES:
            started = time.process_time()
            for start in range(0, len(ids), size):
                translator.decode_batch(ids[start : start + size])
            best[size] = min(best[size], time.process_time() - started)
    return [
        {
            "batch": size,
            "length": length,
            "millisecondsPerRun": round(1000 * seconds * size / len(ids), 2),
            "itemsPerSecond": round(len(ids) / seconds, 1),
        }
        for size, seconds in best.items()
    ]


if __name__ == "__main__":
    main()
