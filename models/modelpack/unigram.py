"""tokenizer.json (the format of the `tokenizers` libraries) from a SentencePiece unigram model."""

import base64
import json
from typing import Any

from .errors import PackError
from .readers.sentencepiece_model import CONTROL, NORMAL, UNKNOWN, Piece, SentencePieceModel

_METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}


def tokenizer_json(model: SentencePieceModel) -> bytes:
    """Ids are the .spm's own. No post-processor: the host appends the end token itself."""
    if not (model.add_dummy_prefix and model.remove_extra_whitespaces):
        raise PackError("the .spm has unusual whitespace settings: teach modelpack.unigram about them")
    unknown = next(index for index, piece in enumerate(model.pieces) if piece.kind == UNKNOWN)
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(model.charsmap).decode()},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
                {"type": "Strip", "strip_left": True, "strip_right": True},
            ],
        },
        "pre_tokenizer": _METASPACE,
        "post_processor": None,
        "decoder": _METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": unknown,
            "vocab": [[_text(piece), piece.score] for piece in model.pieces],
            "byte_fallback": False,
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _text(piece: Piece) -> str:
    """SentencePiece never reads "</s>" or "<unk>" out of a text; these libraries would, and end the sentence there.
    A space in front makes the piece impossible to meet: spaces are replaced before pieces are looked up."""
    if piece.kind == NORMAL:
        return piece.text
    if piece.kind in (CONTROL, UNKNOWN):
        return f" {piece.text}"
    raise PackError(f"piece {piece.text!r} is of kind {piece.kind}: teach modelpack.unigram about it")
