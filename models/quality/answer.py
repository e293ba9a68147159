"""Quality of the reader on the held-out questions (twelve SQuAD articles): EM, F1, abstaining, batch invariance.

    PYTHONPATH=models python3 models/quality/answer.py --models OUT --data ../shared/data/qa [--record]
        [--weights ../shared/models/qa-reader]

--weights scores the float model too. EM and F1 are over answerable questions with the best span always given.

Abstaining: P(no answer) = 1 / (1 + exp(-(slope * (null - span) + intercept))); null = lowest [CLS] logit of all
windows, span = logit of the best span. The fit is on the held-out questions (on what it was trained on the reader is too
sure of itself); what is reported of it comes from fits that leave out the article they are tested on."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from bert_session import BertSession
from logistic import fit, probability
from measured import record
from qa_windows import read_examples, read_tokenizer, windows
from reader import Answer, invariance, read_all
from squad_metric import score

_NAME = "qa-reader"
_FILE = "eval.jsonl.gz"
_DATASET = "SQuAD 1.1 and 2.0 dev, twelve held-out articles, 2167 answerable and 2213 unanswerable questions"
_COMMAND = "PYTHONPATH=models python3 models/quality/answer.py --models OUT --data ../shared/data/qa"
_INVARIANCE_ROWS = 192


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {_FILE}")
    parser.add_argument("--weights", type=Path, help="folder with the float weights, to compare")
    parser.add_argument("--record", action="store_true", help=f"write models/{_NAME}/measured.json")
    arguments = parser.parse_args()
    examples = read_examples(arguments.data / _FILE)
    tokenizer = read_tokenizer(arguments.models / _NAME / "tokenizer.json")
    session = BertSession.of_model(arguments.models / _NAME)
    answers = read_all(examples, tokenizer, session)
    found = {**span_scores(examples, answers), **abstaining_scores(examples, answers)}
    if arguments.weights:
        floats = read_all(examples, tokenizer, _float_session(arguments.weights))
        found |= {f"float {name}": value for name, value in span_scores(examples, floats).items()}
        same = [a.text == b.text for a, b in zip(answers, floats, strict=True)]
        found["share of answers as float"] = round(float(np.mean(same)), 4)
    chosen = examples[:: len(examples) // _INVARIANCE_ROWS]
    rows = [windows(0, row["question"], row["context"], tokenizer)[0] for row in chosen]
    differing, largest = invariance(rows, session)
    print(f"invariance: {differing} of {len(rows)} rows differ, by {largest:.1e} at most")
    slope, intercept = fit(_margins(answers), _unanswerable(examples))
    no_answer = {"slope": round(slope, 4), "intercept": round(intercept, 4)}
    print(found, no_answer)
    if arguments.record:
        quality = [{"metric": k, "value": v, "dataset": _DATASET, "command": _COMMAND} for k, v in found.items()]
        record(_NAME, quality=quality, noAnswer=no_answer)


def span_scores(examples: list[dict[str, Any]], answers: list[Answer]) -> dict[str, float]:
    """Percent, over the answerable questions."""
    pairs = zip(examples, answers, strict=True)
    scores = [score(answer.text, row["answers"]) for row, answer in pairs if row["answers"]]
    exact, f1 = 100 * np.mean(scores, axis=0)
    return {"EM": round(float(exact), 2), "F1": round(float(f1), 2)}


def abstaining_scores(examples: list[dict[str, Any]], answers: list[Answer]) -> dict[str, float]:
    """Cross-validated by article: ranking (ROC AUC), Brier score, and SQuAD 2.0 F1 when P(no answer) > 0.5 abstains."""
    margins, absent = _margins(answers), _unanswerable(examples)
    titles = np.array([row["title"] for row in examples])
    chance = np.zeros(len(examples))
    for title in np.unique(titles):
        held = titles == title
        chance[held] = probability(margins[held], *fit(margins[~held], absent[~held]))
    f1 = [
        (float(not row["answers"]) if p > 0.5 else score(answer.text, row["answers"])[1] if row["answers"] else 0.0)
        for row, answer, p in zip(examples, answers, chance, strict=True)
    ]
    return {
        "no-answer ROC AUC": round(_auc(margins, absent), 4),
        "no-answer Brier score": round(float(np.square(chance - absent).mean()), 4),
        "SQuAD 2.0 F1 at noAnswerScore 0.5": round(100 * float(np.mean(f1)), 2),
    }


def _margins(answers: list[Answer]) -> np.ndarray:
    return np.array([answer.null - answer.logit for answer in answers])


def _unanswerable(examples: list[dict[str, Any]]) -> np.ndarray:
    return np.array([0.0 if row["answers"] else 1.0 for row in examples])


def _auc(values: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive ranks above a negative."""
    ranks = values.argsort().argsort() + 1
    count = positive.sum()
    return float((ranks[positive == 1].sum() - count * (count + 1) / 2) / (count * (len(values) - count)))


def _float_session(weights: Path) -> BertSession:
    from modelpack.recipes.bert_float import Float
    from modelpack.recipes.qa_reader import read_weights, reader

    return BertSession(reader(*read_weights(weights), Float()).serialize())


if __name__ == "__main__":
    main()
