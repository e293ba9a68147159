"""Build the training and held-out files from checkouts of the data sets' repositories (see README.md).

    python3 build_data.py --repositories DIR --out DATA

DIR/<owner>/<name> is the checkout of github's owner/name. Nothing that shares text with the held-out articles is
kept."""

import argparse
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import squad
from qamr import read_qamr
from record import Record, check, words
from sources import covidqa, natural_questions, qed, squadshifts, tweetqa

_RUN = 8  # words in a row that count as shared text
_SHARED = 0.05  # share of such runs that makes a passage a leak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    folder = arguments.repositories
    explorer, xquad = folder / "rajpurkar" / "SQuAD-explorer", folder / "google-deepmind" / "xquad"
    training, held = squad.read_development(explorer, xquad)
    from_qed = list(qed(folder / "google-research-datasets" / "QED"))
    known = {record["question"] for record in from_qed}
    pools: dict[str, Iterable[Record]] = {
        "squad_dev": training,
        "squadshifts": squadshifts(folder / "modestyachts" / "squadshifts-website"),
        "qed": from_qed,
        "nq_oracle": natural_questions(folder / "nelson-liu" / "lost-in-the-middle", known),
        "covidqa": covidqa(folder / "deepset-ai" / "COVID-QA"),
        "qamr": read_qamr(folder / "uwnlp" / "qamr"),
        "tweetqa": tweetqa(folder / "huangjingxian" / "TweetQA"),
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    _write(arguments.out / "eval.jsonl.gz", held)
    for name, pool in pools.items():
        records = list(pool)
        kept = without_leaks(records, held)
        _write(arguments.out / f"{name}.jsonl.gz", kept)
        print(f"{name}: {len(kept)} kept, {len(records) - len(kept)} dropped as leaks")


def without_leaks(records: list[Record], held: list[Record]) -> list[Record]:
    """Drop records that repeat a held-out question or whose passage shares text with a held-out one."""
    seen = set().union(*(_runs(context) for context in {record["context"] for record in held}))
    asked = {record["question"].lower() for record in held if len(record["question"]) > 25}
    leaking = {}
    for context in {record["context"] for record in records}:
        runs = _runs(context)
        leaking[context] = len(runs & seen) > max(2, _SHARED * len(runs))
    return [r for r in records if not leaking[r["context"]] and r["question"].lower() not in asked]


def _runs(text: str) -> set[str]:
    found = words(text)
    return {" ".join(found[start : start + _RUN]) for start in range(len(found) - _RUN + 1)}


def _write(path: Path, records: list[Record]) -> None:
    check(records)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


if __name__ == "__main__":
    main()
