"""Question-answering records to model inputs: windows over long passages, padded batches. The server's pipeline does
the same; this is the Python side for measuring and calibrating."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

Batch = dict[str, np.ndarray]
_CLS, _SEP = 101, 102
MAX_TOKENS, STRIDE, MAX_QUESTION_TOKENS = 256, 128, 48


@dataclass(frozen=True)
class Window:
    """[CLS] question [SEP] part of the passage [SEP]. `offsets` are the passage tokens' places in the passage;
    `first` is the position of the first passage token."""

    example: int
    ids: list[int]
    first: int
    offsets: list[tuple[int, int]]


def read_examples(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def read_tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def windows(
    number: int, question: str, passage: str, tokenizer: Tokenizer, max_tokens: int = MAX_TOKENS, stride: int = STRIDE
) -> list[Window]:
    """All windows of one question, max_tokens long; neighbours share `stride` tokens."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:MAX_QUESTION_TOKENS]
    text = tokenizer.encode(passage, add_special_tokens=False)
    head = [_CLS, *asked, _SEP]
    room = max_tokens - len(head) - 1
    found, start = [], 0
    while True:
        end = min(start + room, len(text.ids))
        found.append(Window(number, [*head, *text.ids[start:end], _SEP], len(head), text.offsets[start:end]))
        if end == len(text.ids):
            return found
        start += max(1, room - stride)


def collate(rows: list[Window], width: int = 0) -> Batch:
    """int32 [batch, sequence] inputs, padded with zeros to the longest row or to `width`."""
    shape = (len(rows), max(width, *(len(row.ids) for row in rows)))
    ids, mask, types = (np.zeros(shape, np.int32) for _ in range(3))
    for number, row in enumerate(rows):
        length = len(row.ids)
        ids[number, :length] = row.ids
        mask[number, :length] = 1
        types[number, row.first : length] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def by_length(rows: list[Window], size: int) -> list[list[Window]]:
    """Batches of neighbours in length, so that little is padded."""
    ordered = sorted(rows, key=lambda row: len(row.ids))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
