"""Batching curve of a BERT model (minilm-l6, qa-reader): rows per CPU second by batch size and length, one thread.

    python3 models/quality/bert_speed.py NAME --models OUT --machine "CPU name" [--record]

CPU time and not wall time: the figure then means the same on a busy machine. Speed does not depend on the tokens."""

import argparse
import time
from pathlib import Path

import numpy as np
from bert_session import BertSession
from measured import record

_LENGTHS = (16, 32, 64, 128, 256)
_BATCHES = (1, 2, 4, 8, 16, 32)
_ROUNDS = 5
_RUNS_TOKENS = 4096  # so many tokens are read in every round
# Throughput within this share of the best counts as the best: the largest such batch is the bound, because a host
# gains from fewer, larger messages what the caches lose.
_TOLERANCE = 0.05
_TYPICAL_LENGTH = {"minilm-l6": 64, "qa-reader": 128}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(_TYPICAL_LENGTH))
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--machine", required=True, help="CPU model and instruction sets, for the manifest")
    parser.add_argument("--record", action="store_true", help="write models/NAME/measured.json")
    arguments = parser.parse_args()
    curve = measure(BertSession.of_model(arguments.models / arguments.name))
    for point in curve:
        print(point)
    typical = [point for point in curve if point["length"] == _TYPICAL_LENGTH[arguments.name]]
    best = max(point["itemsPerSecond"] for point in typical)
    largest = int(max(p["batch"] for p in typical if p["itemsPerSecond"] >= best * (1 - _TOLERANCE)))
    print(f"maxBatch {largest}")
    if arguments.record:
        batching = {"machine": arguments.machine, "threads": 1, "curve": curve, "maxBatch": largest}
        record(arguments.name, batching=batching)


def measure(session: BertSession) -> list[dict[str, float]]:
    """One point per batch size and length; the best of several rounds."""
    best: dict[tuple[int, int], float] = {}
    for _ in range(_ROUNDS):
        for length in _LENGTHS:
            for batch in _BATCHES:
                seconds = _seconds_per_run(session, batch, length)
                best[batch, length] = min(best.get((batch, length), seconds), seconds)
    return [
        {
            "batch": batch,
            "length": length,
            "millisecondsPerRun": round(1000 * seconds, 2),
            "itemsPerSecond": round(batch / seconds, 1),
        }
        for (batch, length), seconds in best.items()
    ]


def _seconds_per_run(session: BertSession, batch: int, length: int) -> float:
    ids = np.random.default_rng(1).integers(1000, 30000, (batch, length)).astype(np.int32)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    runs = max(1, _RUNS_TOKENS // ids.size)
    session.run(inputs)
    started = time.process_time()
    for _ in range(runs):
        session.run(inputs)
    return (time.process_time() - started) / runs


if __name__ == "__main__":
    main()
