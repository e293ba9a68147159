"""Regenerate the golden files from a built model folder and the texts beside this script.

    python3 models/golden/translate/generate.py --models OUT [--out FOLDER]

hard-texts.json          odd strings, kept by hand                      -> tokens.<pair>.json: ids by SentencePiece
sentences.<source>.json  200 plain sentences, kept by hand              -> outputs.<pair>.json: greedy translations
normalisation is SentencePiece's own; ids carry no end token. Translations come from the shipped int8 graphs at batch 1;
another CPU family may round differently and change a word here and there (see models/README.md)."""

import argparse
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from rows import read_rows, write_rows  # noqa: E402
from translator import Translator  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--out", type=Path, default=_HERE, help="where to write, beside this script by default")
    arguments = parser.parse_args()
    models, out = arguments.models, arguments.out
    hard = read_rows(_HERE / "hard-texts.json")
    for source, target in (("en", "pt"), ("pt", "en")):
        pair = f"{source}-{target}"
        translator = Translator(models / f"translate-{pair}")
        write_rows(out / f"tokens.{pair}.json", [translator.vocabulary.encode(text) for text in hard])
        outputs = []
        for sentence in read_rows(_HERE / f"sentences.{source}.json"):
            ids = translator.decode_batch([translator.tokenize(sentence)])[0]
            outputs.append({"text": translator.vocabulary.decode(ids), "ids": ids})
        write_rows(out / f"outputs.{pair}.json", outputs)
        print(f"{pair}: {len(hard)} token lists, {len(outputs)} translations", flush=True)


if __name__ == "__main__":
    main()
