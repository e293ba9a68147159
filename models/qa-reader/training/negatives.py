"""Unanswerable records: a question with the most similar passage that does not hold its answer.

    python3 negatives.py --data DATA

Writes DATA/negatives.jsonl.gz. Teaches the reader to abstain when a passage is merely about the right thing."""

import argparse
import gzip
import json
import random
from pathlib import Path

import numpy as np
from features import read_examples
from record import Record
from sklearn.feature_extraction.text import TfidfVectorizer

_SOURCES = ("squad_dev", "squadshifts", "qed", "nq_oracle")
_COUNT, _BLOCK, _CANDIDATES, _LEAST_SIMILAR = 12_000, 500, 12, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    chooser = random.Random(0)
    files = (folder / f"{name}.jsonl.gz" for name in _SOURCES)
    records = [record for path in files for record in read_examples(path) if record["answer_start"] >= 0]
    found = pair(chooser.sample(records, min(_COUNT, len(records))), sorted({r["context"] for r in records}))
    chooser.shuffle(found)
    with gzip.open(folder / "negatives.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in found)
    print(f"{len(found)} unanswerable records")


def pair(records: list[Record], contexts: list[str]) -> list[Record]:
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", max_features=60_000)
    passages = vectorizer.fit_transform(contexts)
    found = []
    for start in range(0, len(records), _BLOCK):
        block = records[start : start + _BLOCK]
        similar = (vectorizer.transform([record["question"] for record in block]) @ passages.T).toarray()
        for record, row in zip(block, similar, strict=True):
            nearest = [contexts[place] for place in np.argsort(-row)[:_CANDIDATES] if row[place] > _LEAST_SIMILAR]
            wrong = next((context for context in nearest if _lacks_answer(record, context)), None)
            if wrong is not None:
                nothing = {"answer_text": "", "answer_start": -1, "answers": []}
                found.append({**record, **nothing, "id": f"negative-{record['id']}", "context": wrong})
    return found


def _lacks_answer(record: Record, context: str) -> bool:
    answers = [*record["answers"], record["answer_text"]]
    return context != record["context"] and not any(answer.lower() in context.lower() for answer in answers)


if __name__ == "__main__":
    main()
