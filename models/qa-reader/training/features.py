"""Records to training windows: [CLS] question [SEP] part of the passage [SEP], and where the answer is in it."""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from record import Record
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "quality"))

from qa_windows import Window, read_examples, windows  # noqa: E402, F401

_POOL = 50  # batches that are sorted by length together


@dataclass(frozen=True)
class Feature:
    """start and end: first and last answer position in window.ids; both 0, [CLS], when the answer is not in it."""

    window: Window
    start: int
    end: int


def features(
    records: list[Record], tokenizer: Tokenizer, max_tokens: int, stride: int, null_share: float, chooser: random.Random
) -> list[Feature]:
    """A pass over the data, drawn anew each time: one window with the answer per record, and of the windows without it
    a share `null_share`, two at most; of unanswerable records the first two windows."""
    found: list[Feature] = []
    for number, record in enumerate(records):
        made = [
            _feature(window, record)
            for window in windows(number, record["question"], record["context"], tokenizer, max_tokens, stride)
        ]
        holding, empty = [f for f in made if f.end > 0], [f for f in made if f.end == 0]
        if holding:
            found.append(chooser.choice(holding))
            empty = [feature for feature in empty if chooser.random() < null_share]
        elif record["answer_start"] >= 0:
            continue  # the answer is longer than a window
        found += empty[:2]
    return found


def batches(found: list[Feature], size: int, chooser: random.Random) -> Iterator[list[Feature]]:
    """Random batches whose rows are of similar length, so that little is padded."""
    order = chooser.sample(found, len(found))
    made: list[list[Feature]] = []
    for start in range(0, len(order), size * _POOL):
        chunk = sorted(order[start : start + size * _POOL], key=lambda feature: len(feature.window.ids))
        made += [chunk[begin : begin + size] for begin in range(0, len(chunk), size)]
    chooser.shuffle(made)
    yield from made


def _feature(window: Window, record: Record) -> Feature:
    begin = record["answer_start"]
    end = begin + len(record["answer_text"])
    inside = [place for place, (left, right) in enumerate(window.offsets) if left < end and right > begin]
    whole = begin >= 0 and inside and window.offsets[0][0] <= begin and end <= window.offsets[-1][1]
    if not whole:
        return Feature(window, 0, 0)
    return Feature(window, window.first + inside[0], window.first + inside[-1])
