"""One question with its passage, as every data file holds it."""

import re
from collections import Counter
from typing import Any

Record = dict[str, Any]
"""id, question, context, answer_text, answer_start (-1: no answer in the context), source, answers (all references,
empty when there is none), and sometimes title. context[answer_start:][:len(answer_text)] == answer_text."""

_NEAR = 120  # characters on either side that speak for a place


def make_record(
    source: str,
    ident: object,
    question: str,
    context: str,
    answers: list[str],
    starts: list[int] | None = None,
    title: str | None = None,
) -> Record | None:
    """None when no place for the answer is found. The answer trained on is the majority's, the shortest on a tie."""
    record: Record = {"id": str(ident), "question": " ".join(question.split()), "context": context}
    record |= {"answer_text": "", "answer_start": -1, "source": source, "answers": list(dict.fromkeys(answers))}
    if title:
        record["title"] = title
    if not answers:
        return record
    votes = Counter(answers)
    places: list[int | None] = list(starts) if starts else [None] * len(answers)
    text, start = min(zip(answers, places, strict=True), key=lambda pair: (-votes[pair[0]], len(pair[0])))
    if start is None or context[start : start + len(text)] != text:
        start = _locate(context, text, question)
    if start < 0:
        return None
    return {**record, "answer_text": text, "answer_start": start}


def check(records: list[Record]) -> None:
    """Every answer stands where it is said to stand."""
    for record in records:
        start, text = record["answer_start"], record["answer_text"]
        fine = record["context"][start : start + len(text)] == text if start >= 0 else text == ""
        if not fine or (start >= 0 and not text):
            raise ValueError(f"record {record['id']} of {record['source']}: the answer is not at {start}")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _locate(context: str, answer: str, question: str) -> int:
    """Place of the answer, whole words preferred; of several, where most words of the question are near. -1: none."""
    starts = [match.start() for match in re.finditer(re.escape(answer), context)]
    starts = [start for start in starts if _stands_alone(context, start, answer)] or starts
    asked = set(words(question))
    return max(
        starts,
        key=lambda start: len(asked & set(words(context[max(0, start - _NEAR) : start + len(answer) + _NEAR]))),
        default=-1,
    )


def _stands_alone(context: str, start: int, answer: str) -> bool:
    end = start + len(answer)
    before = start > 0 and context[start - 1].isalnum() and answer[0].isalnum()
    after = end < len(context) and context[end].isalnum() and answer[-1].isalnum()
    return not before and not after
