"""QAMR: crowd questions about single sentences, from treebank tokens."""

import random
from collections import defaultdict
from pathlib import Path

from record import Record, make_record

_BRACKETS_AND_QUOTES = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"',
}  # fmt: skip
_GLUED_LEFT = {".", ",", ";", ":", "?", "!", ")", "]", "}", "%", "n't"}
_GLUED_RIGHT = {"(", "[", "{", "$", "#"}
_MOST_PER_SENTENCE, _LONGEST_ANSWER = 4, 15


def read_qamr(folder: Path) -> list[Record]:
    """At most four questions a sentence; the passage is that sentence among up to three others."""
    chooser = random.Random(11)
    lines = (folder / "data" / "wiki-sentences.tsv").read_text("utf-8").splitlines()
    sentences = dict(line.split("\t", 1) for line in lines if "\t" in line)
    records: list[Record] = []
    for split in ("dev", "test"):
        asked: dict[str, list[tuple[str, list[int]]]] = defaultdict(list)
        for line in (folder / "data" / "filtered" / f"{split}.tsv").read_text("utf-8").splitlines():
            sentence, _, _, _, _, question, answer, *_ = line.split("\t")
            places = [int(place) for place in answer.split()]
            if places and places == list(range(places[0], places[-1] + 1)) and len(places) <= _LONGEST_ANSWER:
                asked[sentence].append((question, places))
        for sentence in sorted(asked):
            records += _of_sentence(sentence, asked, sentences, chooser)
    return records


def _of_sentence(
    sentence: str, asked: dict[str, list[tuple[str, list[int]]]], sentences: dict[str, str], chooser: random.Random
) -> list[Record]:
    text, spans = detokenise(sentences[sentence].split())
    others = [detokenise(sentences[other].split())[0] for other in chooser.sample(sorted(asked), 3)]
    chooser.shuffle(asked[sentence])
    found = []
    for number, (question, places) in enumerate(asked[sentence][:_MOST_PER_SENTENCE]):
        extra = chooser.randint(0, len(others))
        where = chooser.randint(0, extra)
        before = "".join(f"{other} " for other in others[:where])
        after = "".join(f" {other}" for other in others[where:extra])
        begin, end = spans[places[0]][0], spans[places[-1]][1]
        answer, start = text[begin:end], len(before) + begin
        record = make_record("qamr", f"{sentence}-{number}", question, before + text + after, [answer], [start])
        if record:
            found.append(record)
    return found


def detokenise(tokens: list[str]) -> tuple[str, list[tuple[int, int]]]:
    """Plain text of treebank tokens, and the (start, end) of each token in it."""
    text, spans, glue = "", [], True
    for token in tokens:
        word = _BRACKETS_AND_QUOTES.get(token, token)
        if not glue and not (word in _GLUED_LEFT or word.startswith("'") or token == "''"):
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
        glue = word in _GLUED_RIGHT or token == "``"
    return text, spans
