"""Regenerate the golden files from a built model folder and the texts beside this script.

    python3 models/golden/translate/generate.py --models OUT

hard-texts.json          odd strings, kept by hand                      -> tokens.<pair>.json: ids by SentencePiece
sentences.<source>.json  200 plain sentences, kept by hand              -> outputs.<pair>.json: greedy translations
normalisation is SentencePiece's own; ids carry no end token. Translations come from the shipped int8 graphs at batch 1;
another CPU family may round differently and change a word here and there (see models/README.md)."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent.parent / "quality"))

from translator import Translator  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    models = parser.parse_args().models
    hard = _read("hard-texts.json")
    for source, target in (("en", "pt"), ("pt", "en")):
        pair = f"{source}-{target}"
        translator = Translator(models / f"translate-{pair}")
        _write(f"tokens.{pair}.json", [translator.vocabulary.encode(text) for text in hard])
        outputs = []
        for sentence in _read(f"sentences.{source}.json"):
            ids = translator.decode_batch([translator.tokenize(sentence)])[0]
            outputs.append({"text": translator.vocabulary.decode(ids), "ids": ids})
        _write(f"outputs.{pair}.json", outputs)
        print(f"{pair}: {len(hard)} token lists, {len(outputs)} translations", flush=True)


def _read(name: str) -> list[str]:
    return json.loads((_HERE / name).read_text("utf-8"))


def _write(name: str, rows: list[Any]) -> None:
    """One row per line, so that a change reads well in a diff."""
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    (_HERE / name).write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
