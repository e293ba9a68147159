"""SQuAD: JSON documents in its format, and the development articles from the pages of SQuAD-explorer."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

from record import Record, make_record

# Held out for measuring: whole articles, present in versions 1.1 and 2.0.
HELD_OUT = {
    "Amazon_rainforest", "Black_Death", "Economic_inequality", "Force", "Geology", "Huguenot",
    "Normans", "Oxygen", "Packet_switching", "Private_school", "Steam_engine", "Warsaw",
}  # fmt: skip

_PARAGRAPH = re.compile(r'<div class="para-wrap">.*?<pre>(.*?)</pre>(.*?)(?=<div class="para-wrap">|$)', re.S)
_QUESTION = re.compile(
    r'<div class="qa-wrap" data-id="(\w+)">.*?<strong class="question">(.*?)</strong>(.*?)(?=<div class="qa-wrap"|$)',
    re.S,
)
_ANSWER = re.compile(r'<span class="answer">(.*?)</span>', re.S)


def read_json(path: Path, source: str) -> Iterator[Record]:
    """Records of a document in SQuAD's format."""
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for entry in paragraph["qas"]:
                answers = [answer for answer in entry.get("answers", []) if answer["text"].strip()]
                texts = [answer["text"] for answer in answers]
                starts = [answer["answer_start"] for answer in answers]
                context, title = paragraph["context"], article.get("title")
                record = make_record(source, entry["id"], entry["question"], context, texts, starts, title)
                if record:
                    yield record


def read_development(explorer: Path, xquad: Path) -> tuple[list[Record], list[Record]]:
    """(training, held-out) records of both versions, references merged; XQuAD knows the exact place of some answers."""
    found: dict[str, Record] = {}
    for version in ("1.1", "v2.0"):
        for page in sorted((explorer / "explore" / version / "dev").glob("*.html")):
            for record in _read_page(page) if page.stem != "index" else ():
                known = found.setdefault(record["id"], record)
                known["answers"] = list(dict.fromkeys(known["answers"] + record["answers"]))
    for exact in read_json(xquad / "xquad.en.json", "squad_dev"):
        record = found.get(exact["id"])
        if record and record["context"] == exact["context"]:
            record.update(answer_text=exact["answer_text"], answer_start=exact["answer_start"])
    records = list(found.values())
    return (
        [record for record in records if record["title"] not in HELD_OUT],
        [record for record in records if record["title"] in HELD_OUT],
    )


def _read_page(page: Path) -> Iterator[Record]:
    """The pages show answers without their places."""
    for shown, rest in _PARAGRAPH.findall(page.read_text("utf-8")):
        for ident, question, tail in _QUESTION.findall(rest):
            answers = [answer for answer in map(html.unescape, _ANSWER.findall(tail)) if answer.strip()]
            if answers or "no-answer" in tail:
                source = "squad_dev" if answers else "squad_dev_v2_unanswerable"
                record = make_record(
                    source, ident, html.unescape(question), html.unescape(shown), answers, title=page.stem
                )
                if record:
                    yield record
