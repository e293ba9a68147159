"""Regenerate the golden answers of the reader.

    python3 models/golden/answer/generate.py --models OUT [--out FOLDER]

questions.json  60 questions about short passages of our own, kept by hand; `answer` is what a person would say
                (null: the passage does not say), not what the model must say
outputs.json    from the shipped int8 graph at batch 1: the best span (`text`, `start` and `end` in UTF-16 code units of
                the passage), its start and end logit, and `nullLogit`, the sum of both logits at [CLS]"""

import argparse
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from bert_session import BertSession  # noqa: E402
from qa_windows import collate, read_tokenizer, windows  # noqa: E402
from reader import best_span  # noqa: E402
from rows import read_rows, utf16_length, write_rows  # noqa: E402
from squad_metric import score  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--out", type=Path, default=_HERE, help="where to write, beside this script by default")
    arguments = parser.parse_args()
    folder = arguments.models / "qa-reader"
    tokenizer, session = read_tokenizer(folder / "tokenizer.json"), BertSession.of_model(folder)
    rows = read_rows(_HERE / "questions.json")
    outputs = [_answer(row, tokenizer, session) for row in rows]
    write_rows(arguments.out / "outputs.json", outputs)
    pairs = [(output["text"], row["answer"]) for row, output in zip(rows, outputs, strict=True) if row["answer"]]
    exact = sum(score(text, [answer])[0] for text, answer in pairs)
    print(f"{len(outputs)} answers; {exact:.0f} of {len(pairs)} exactly as a person would say")


def _answer(row: dict[str, Any], tokenizer: Tokenizer, session: BertSession) -> dict[str, Any]:
    """Every passage here fits one window."""
    (window,) = windows(0, row["question"], row["context"], tokenizer)
    start, end = (logits[0] for logits in session.run(collate([window])))
    _, first, last = best_span(window, start, end)
    begin, stop = window.offsets[first][0], window.offsets[last][1]
    return {
        "text": row["context"][begin:stop],
        "start": utf16_length(row["context"][:begin]),
        "end": utf16_length(row["context"][:stop]),
        "startLogit": round(float(start[window.first + first]), 4),
        "endLogit": round(float(end[window.first + last]), 4),
        "nullLogit": round(float(start[0] + end[0]), 4),
    }


if __name__ == "__main__":
    main()
