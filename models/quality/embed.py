"""The int8 sentence embedder beside its float original: cosine, rank agreement, batch invariance.

    PYTHONPATH=models python3 models/quality/embed.py --models OUT --cache CACHE --data ../shared/data [--record]

Texts: the FLORES lines and held-out questions and passages, neither seen by the calibration. Rank agreement is over
each text's neighbours among all others."""

import argparse
import random
from pathlib import Path

import numpy as np
from bert_session import BertSession
from measured import record
from modelpack.recipes.bert_float import Float
from modelpack.recipes.minilm import embedder, read_weights
from modelpack.sources import PackageCache
from modelpack.workspace import Workspace
from qa_windows import Window, by_length, collate, read_examples, read_tokenizer

_NAME = "minilm-l6"
_DATASET = "300 FLORES devtest lines, 200 questions and 100 passages of SQuAD dev"
_COMMAND = "PYTHONPATH=models python3 models/quality/embed.py --models OUT --cache CACHE --data ../shared/data"
_MAX_TOKENS = 256
_NEIGHBOURS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--cache", type=Path, required=True, help="package cache, for the float weights")
    parser.add_argument("--data", type=Path, required=True, help="folder with translation/ and qa/")
    parser.add_argument("--record", action="store_true", help=f"write models/{_NAME}/measured.json")
    arguments = parser.parse_args()
    rows = tokenise(_texts(arguments.data), arguments.models / _NAME / "tokenizer.json")
    session = BertSession.of_model(arguments.models / _NAME)
    ours = embed(rows, session)
    theirs = embed(rows, _float_session(arguments.cache))
    found = {**_cosines(ours, theirs), **_ranks(ours, theirs)}
    print(found)
    differing, largest = _invariance(rows, ours, session)
    print(f"invariance: {differing} of {len(rows)} vectors differ, by {largest:.1e} at most")
    if arguments.record:
        quality = [{"metric": k, "value": v, "dataset": _DATASET, "command": _COMMAND} for k, v in found.items()]
        record(_NAME, quality=quality)


def tokenise(texts: list[str], tokenizer_file: Path) -> list[Window]:
    tokenizer = read_tokenizer(tokenizer_file)
    tokenizer.enable_truncation(_MAX_TOKENS)
    return [Window(number, encoding.ids, 0, []) for number, encoding in enumerate(tokenizer.encode_batch(texts))]


def embed(rows: list[Window], session: BertSession) -> np.ndarray:
    """float32 [rows, 384], every row alone."""
    return np.concatenate([session.run(collate([row]))[0] for row in rows])


def _texts(data: Path) -> list[str]:
    lines = (data / "translation" / "flores-devtest-300.en").read_text("utf-8").splitlines()
    held = read_examples(data / "qa" / "eval.jsonl.gz")
    questions = random.Random(1).sample(sorted({row["question"] for row in held}), 200)
    return lines + questions + random.Random(2).sample(sorted({row["context"] for row in held}), 100)


def _float_session(cache: Path) -> BertSession:
    workspace = Workspace(PackageCache(cache, {}, learn=True), Path(), Path())
    return BertSession(embedder(read_weights(workspace), Float()).serialize())


def _cosines(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    cosine = (ours * theirs).sum(axis=1)
    return {
        "cosine to float, mean": round(float(cosine.mean()), 5),
        "cosine to float, lowest": round(float(cosine.min()), 5),
    }


def _ranks(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """Share of nearest neighbours in common, and Spearman's correlation over all pairs."""
    similar = [vectors @ vectors.T for vectors in (ours, theirs)]
    pairs = np.triu_indices(len(ours), 1)
    ranks = [matrix[pairs].argsort().argsort() for matrix in similar]
    for matrix in similar:
        np.fill_diagonal(matrix, -2)
    nearest = [np.argsort(-matrix, axis=1)[:, :_NEIGHBOURS] for matrix in similar]
    common = [len(set(a) & set(b)) / _NEIGHBOURS for a, b in zip(*nearest, strict=True)]
    return {
        "same nearest neighbour as float": round(float((nearest[0][:, 0] == nearest[1][:, 0]).mean()), 4),
        f"of float's {_NEIGHBOURS} nearest": round(float(np.mean(common)), 4),
        "Spearman correlation of all pairs": round(float(np.corrcoef(*ranks)[0, 1]), 5),
    }


def _invariance(rows: list[Window], alone: np.ndarray, session: BertSession) -> tuple[int, float]:
    """(vectors that differ, largest difference): alone, among neighbours in length, among strangers, much padded."""
    differing, largest = set(), 0.0
    shuffled = random.Random(3).sample(rows, len(rows))
    strangers = [shuffled[start : start + 32] for start in range(0, len(rows), 32)]
    for batches, width in ((by_length(rows, 16), 0), (strangers, 0), (by_length(rows, 32), 300)):
        for batch in batches:
            for row, vector in zip(batch, session.run(collate(batch, width))[0], strict=True):
                gap = float(np.abs(vector - alone[row.example]).max())
                largest = max(largest, gap)
                if gap > 0:
                    differing.add(row.example)
    return len(differing), largest


if __name__ == "__main__":
    main()
