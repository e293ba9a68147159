"""The other data sets, one reader each. Every reader takes the folder of its repository's checkout."""

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import squad
from record import Record, make_record

_LONGEST_PASSAGE = 1100  # characters that are kept of a long document round the answer


def squadshifts(folder: Path) -> Iterator[Record]:
    for name in ("new_wiki", "amazon_reviews", "reddit"):
        yield from squad.read_json(folder / "datasets" / f"{name}_v1.0.json", f"squadshifts_{name}")


def qed(folder: Path) -> Iterator[Record]:
    for line in (folder / "qed-dev.jsonlines").read_text("utf-8").splitlines():
        row = json.loads(line)
        spans = [span for group in row["original_nq_answers"] for span in group]
        if spans:
            texts, starts = [span["string"] for span in spans], [span["start"] for span in spans]
            ident, question, context = row["example_id"], row["question_text"], row["paragraph_text"]
            record = make_record("qed_dev", ident, question, context, texts, starts, row["title_text"])
            if record:
                yield record


def natural_questions(folder: Path, skip: set[str]) -> Iterator[Record]:
    """`skip`: questions that QED holds already."""
    with gzip.open(folder / "qa_data" / "nq-open-oracle.jsonl.gz", "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            row = json.loads(line)
            gold = row["nq_annotated_gold"]
            context = gold.get("chunked_long_answer") or row["ctxs"][0]["text"]
            if len(context) > 4000:
                context = row["ctxs"][0]["text"]
            answers = [text for text in gold["short_answers"] if text in context]
            answers = answers or [text for text in row["answers"] if text in context]
            if answers and row["question"] not in skip:
                title = gold["title"]
                record = make_record("nq_open_oracle", f"nqo-{number}", row["question"], context, answers, title=title)
                if record:
                    yield record


def covidqa(folder: Path) -> Iterator[Record]:
    """Scientific papers, cropped round the answer at sentence ends."""
    chooser = random.Random(7)
    seen = set()
    for name in ("200423_covidQA.json", "200421_covidQA.json"):
        for record in squad.read_json(folder / "data" / "question-answering" / name, "covidqa"):
            key = (record["question"], record["answer_text"])
            if record["answer_text"] and len(record["answer_text"]) <= 300 and key not in seen:
                seen.add(key)
                yield _crop({**record, "answers": [record["answer_text"]]}, chooser)


def tweetqa(folder: Path) -> Iterator[Record]:
    """Only questions whose answer stands word for word, and once, in the tweet."""
    for split in ("train", "dev"):
        for row in json.loads((folder / "origin_data" / f"{split}.json").read_text("utf-8")):
            answers = row.get("Answer") or []
            found = []
            for answer in [answers] if isinstance(answers, str) else answers:
                pattern = r"(?<!\w)" + re.escape(answer.strip()) + r"(?!\w)"
                matches = list(re.finditer(pattern, row["Tweet"], re.IGNORECASE))
                found += [(match[0], match.start()) for match in matches if len(matches) == 1]
            if found:
                texts, starts = [text for text, _ in found], [start for _, start in found]
                record = make_record("tweetqa", row["qid"], row["Question"], row["Tweet"], texts, starts)
                if record:
                    yield record


def _crop(record: Record, chooser: random.Random) -> Record:
    context, start, length = record["context"], record["answer_start"], len(record["answer_text"])
    if len(context) <= _LONGEST_PASSAGE:
        return record
    left = max(0, start - chooser.randint(0, max(0, _LONGEST_PASSAGE - length)))
    right = min(len(context), left + _LONGEST_PASSAGE)
    if left:
        sentence = re.search(r"[.!?]\s+", context[left:start])
        left = left + sentence.end() if sentence else context.rfind(" ", 0, start) + 1
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)", context[start + length : right])]
    if ends and right < len(context):
        right = start + length + ends[-1]
    return {**record, "context": context[left:right], "answer_start": start - left}
