"""Sample inputs for calibrating the BERT encoders, from the training part of the question-answering data."""

import random
import re
from pathlib import Path

from qa_windows import Batch, Window, by_length, collate, read_examples, read_tokenizer, windows

_MODELS = Path(__file__).resolve().parent.parent
_TOKENIZER = _MODELS / "qa-reader" / "tokenizer.json"  # the same vocabulary in both models
_QUESTIONS = {"squad_dev": 300, "squadshifts": 100, "qed": 60, "covidqa": 40}
_SENTENCES = {"squad_dev": 400, "squadshifts": 400, "tweetqa": 200}
_BATCH = 8


def question_batches(data: Path) -> list[Batch]:
    """500 question and passage windows."""
    tokenizer, chooser = read_tokenizer(_TOKENIZER), random.Random(3)
    files = ((read_examples(data / f"{name}.jsonl.gz"), count) for name, count in _QUESTIONS.items())
    chosen = [row for examples, count in files for row in chooser.sample(examples, count)]
    rows = [windows(number, row["question"], row["context"], tokenizer)[0] for number, row in enumerate(chosen)]
    return [collate(batch) for batch in by_length(rows, _BATCH)]


def sentence_batches(data: Path) -> list[Batch]:
    """About 2,100 texts: a sentence and a question of each record, and a tenth of the whole passages."""
    tokenizer, chooser = read_tokenizer(_TOKENIZER), random.Random(4)
    texts: list[str] = []
    for name, count in _SENTENCES.items():
        for row in chooser.sample(read_examples(data / f"{name}.jsonl.gz"), count):
            texts += [row["question"], chooser.choice(re.split(r"(?<=[.!?])\s+", row["context"]))]
            if chooser.random() < 0.1:
                texts.append(row["context"])
    rows = [Window(number, tokenizer.encode(text).ids[:256], 0, []) for number, text in enumerate(texts)]
    batches = [collate(batch) for batch in by_length(rows, 2 * _BATCH)]
    return [{name: batch[name] for name in ("input_ids", "attention_mask")} for batch in batches]
