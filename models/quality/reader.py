"""Answer questions with the reader, as the server does: all windows, best span, lowest null logit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bert_session import BertSession
from qa_windows import Window, by_length, collate, windows
from tokenizers import Tokenizer

MAX_ANSWER_TOKENS = 30


@dataclass(frozen=True)
class Answer:
    """`logit` = start + end logit of the best span; `null` = start + end logit of [CLS], the lowest of all windows."""

    text: str
    logit: float
    null: float


def read_all(
    examples: list[dict[str, Any]], tokenizer: Tokenizer, session: BertSession, batch: int = 8
) -> list[Answer]:
    """One answer per example (fields question, context)."""
    rows = [w for n, e in enumerate(examples) for w in windows(n, e["question"], e["context"], tokenizer)]
    found: dict[int, Answer] = {}
    for chosen in by_length(rows, batch):
        for window, start, end in zip(chosen, *session.run(collate(chosen)), strict=True):
            context = examples[window.example]["context"]
            logit, first, last = best_span(window, start, end)
            text = context[window.offsets[first][0] : window.offsets[last][1]]
            new = Answer(text, logit, float(start[0] + end[0]))
            old = found.get(window.example, new)
            best = max(old, new, key=lambda answer: answer.logit)
            found[window.example] = Answer(best.text, best.logit, min(old.null, new.null))
    return [found[number] for number in range(len(examples))]


def best_span(window: Window, start: np.ndarray, end: np.ndarray) -> tuple[float, int, int]:
    """(logit, first, last token), counted from the window's first passage token."""
    count = len(window.offsets)
    part = slice(window.first, window.first + count)
    first, last = np.ogrid[:count, :count]
    allowed = (last >= first) & (last < first + MAX_ANSWER_TOKENS)
    sums = np.where(allowed, start[part, None] + end[None, part], -np.inf)
    best = int(sums.argmax())
    return float(sums.flat[best]), best // count, best % count


def invariance(rows: list[Window], session: BertSession) -> tuple[int, float]:
    """(rows whose logits differ, largest difference) between alone, among 31 others, and with more padding."""
    alone = [session.run(collate([row])) for row in rows]
    differing, largest = set(), 0.0
    for width in (0, 256, 300):
        for begin in range(0, len(rows), 32):
            outputs = session.run(collate(rows[begin : begin + 32], width))
            for offset, row in enumerate(rows[begin : begin + 32]):
                for expected, got in zip(alone[begin + offset], outputs, strict=True):
                    gap = float(np.abs(expected[0] - got[offset, : len(row.ids)]).max())
                    largest = max(largest, gap)
                    if gap > 0:
                        differing.add(begin + offset)
    return len(differing), largest
