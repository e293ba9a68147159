"""Regenerate the golden files of the WordPiece tokenizer and the sentence embedder.

    python3 models/golden/embed/generate.py --models OUT [--out FOLDER]

wordpiece-texts.json  odd strings for WordPiece, kept by hand; before them come ../translate/hard-texts.json
sentences.json        40 plain sentences, kept by hand
tokens.json           of the odd strings in that order, without [CLS] and [SEP]: token ids, and where each token stands
                      (`starts`, `ends` in UTF-16 code units)
vectors.json          one vector per sentence, five decimals, from the shipped int8 graph at batch 1

Text that spells a special token is text here, as in the server: `tokenizers` is given no added tokens. CPUs that differ
in how they multiply floats may differ in a vector's last decimals."""

import argparse
import json
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path += [str(_HERE.parent), str(_HERE.parent.parent / "quality")]

from bert_session import BertSession  # noqa: E402
from qa_windows import Window, collate  # noqa: E402
from rows import read_rows, utf16_length, write_rows  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

_CLS, _SEP = 101, 102


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that modelpack built into")
    parser.add_argument("--out", type=Path, default=_HERE, help="where to write, beside this script by default")
    arguments = parser.parse_args()
    folder = arguments.models / "minilm-l6"
    tokenizer = _plain_tokenizer(folder / "tokenizer.json")
    texts = read_rows(_HERE.parent / "translate" / "hard-texts.json") + read_rows(_HERE / "wordpiece-texts.json")
    write_rows(arguments.out / "tokens.json", [_tokens(tokenizer, text) for text in texts])
    session = BertSession.of_model(folder)
    vectors = []
    for sentence in read_rows(_HERE / "sentences.json"):
        row = Window(0, [_CLS, *_ids(tokenizer, sentence), _SEP], 0, [])
        vectors.append([round(float(value), 5) for value in session.run(collate([row]))[0][0]])
    write_rows(arguments.out / "vectors.json", vectors)
    print(f"{len(texts)} token lists, {len(vectors)} vectors")


def _plain_tokenizer(path: Path) -> Tokenizer:
    content = json.loads(path.read_text("utf-8"))
    return Tokenizer.from_str(json.dumps({**content, "added_tokens": [], "truncation": None, "padding": None}))


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def _tokens(tokenizer: Tokenizer, text: str) -> dict[str, list[int]]:
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return {
        "ids": encoding.ids,
        "starts": [utf16_length(text[:start]) for start, _ in encoding.offsets],
        "ends": [utf16_length(text[:end]) for _, end in encoding.offsets],
    }


if __name__ == "__main__":
    main()
