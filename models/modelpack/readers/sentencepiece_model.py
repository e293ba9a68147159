"""Reader of SentencePiece .spm files (a protobuf message), as far as a unigram tokenizer needs it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# Field numbers of sentencepiece_model.proto.
_PIECES, _NORMALIZER = 1, 3
_PIECE_TEXT, _PIECE_SCORE, _PIECE_TYPE = 1, 2, 3
_CHARSMAP, _ADD_DUMMY_PREFIX, _REMOVE_EXTRA_WHITESPACES = 2, 3, 4

NORMAL, UNKNOWN, CONTROL = 1, 2, 3


@dataclass(frozen=True)
class Piece:
    text: str
    score: float
    kind: int


@dataclass(frozen=True)
class SentencePieceModel:
    """charsmap: the compiled normalisation table, opaque bytes."""

    pieces: list[Piece]
    charsmap: bytes
    add_dummy_prefix: bool
    remove_extra_whitespaces: bool


def read_sentencepiece(data: bytes) -> SentencePieceModel:
    pieces: list[Piece] = []
    normalizer: dict[int, bytes | int] = {}
    for field, value in _fields(data):
        if field == _PIECES and isinstance(value, bytes):
            pieces.append(_piece(value))
        elif field == _NORMALIZER and isinstance(value, bytes):
            normalizer = dict(_fields(value))
    charsmap = normalizer.get(_CHARSMAP, b"")
    return SentencePieceModel(
        pieces,
        charsmap if isinstance(charsmap, bytes) else b"",
        bool(normalizer.get(_ADD_DUMMY_PREFIX, 1)),
        bool(normalizer.get(_REMOVE_EXTRA_WHITESPACES, 1)),
    )


def _piece(data: bytes) -> Piece:
    text, score, kind = "", 0.0, NORMAL
    for field, value in _fields(data):
        if field == _PIECE_TEXT and isinstance(value, bytes):
            text = value.decode()
        elif field == _PIECE_SCORE and isinstance(value, bytes):
            score = struct.unpack("<f", value)[0]
        elif field == _PIECE_TYPE and isinstance(value, int):
            kind = value
    return Piece(text, score, kind)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """(field number, value): integers for varints, raw bytes for everything else."""
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        wire = key & 7
        if wire == 0:
            value, offset = _varint(data, offset)
            yield key >> 3, value
            continue
        if wire == 2:
            length, offset = _varint(data, offset)
        else:
            length = {1: 8, 5: 4}[wire]
        yield key >> 3, data[offset : offset + length]
        offset += length


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
        shift += 7
