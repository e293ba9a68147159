"""Reader of Marian's binary model files (.bin, version 1) with intgemm int8 matrices.

Layout: u64 version, u64 count, then per tensor {u64 name length, type, rank, data length}, all names (NUL ended), all
shapes (i32), u64 padding length and padding, then the data blobs back to back. A blob may be longer than its tensor
(padded to 256 bytes). An int8 blob holds its elements and right after them one float32 multiplier: w = q / multiplier.
"""

import math
import struct
from dataclasses import dataclass

import numpy as np

from ..errors import PackError

_FLOAT32 = 0x0404
_INTGEMM8 = 0x4101
_ALPHA_SUFFIX = "_QuantMultA"


@dataclass(frozen=True)
class Int8Matrix:
    """w = values / multiplier; values int8, [inputs, outputs] ([words, width] for the embedding table)."""

    values: np.ndarray
    multiplier: float


@dataclass(frozen=True)
class MarianModel:
    """alphas: static activation multipliers (x_int8 = round(x * alpha)) by the name of the matrix they feed; "none"
    is the output layer's."""

    floats: dict[str, np.ndarray]
    matrices: dict[str, Int8Matrix]
    alphas: dict[str, float]


def read_marian(data: bytes) -> MarianModel:
    version, count = struct.unpack_from("<QQ", data, 0)
    if version != 1:
        raise PackError(f"Marian file of version {version}, this reader knows 1: check the recipe's pins")
    headers = [struct.unpack_from("<QQQQ", data, 16 + 32 * index) for index in range(count)]
    offset = 16 + 32 * count
    names = []
    for name_length, *_ in headers:
        names.append(data[offset : offset + name_length].rstrip(b"\0").decode())
        offset += name_length
    shapes = []
    for _, _, rank, _ in headers:
        shapes.append(struct.unpack_from(f"<{rank}i", data, offset))
        offset += 4 * rank
    offset += 8 + struct.unpack_from("<Q", data, offset)[0]

    model = MarianModel({}, {}, {})
    for name, shape, (_, kind, _, length) in zip(names, shapes, headers, strict=True):
        _add(model, name, shape, kind, data[offset : offset + length])
        offset += length
    if offset != len(data):
        raise PackError(f"Marian file ends at byte {len(data)}, its header says {offset}: the file is damaged")
    return model


def _add(model: MarianModel, name: str, shape: tuple[int, ...], kind: int, blob: bytes) -> None:
    size = math.prod(shape)
    if name.endswith(_ALPHA_SUFFIX):
        if kind == _FLOAT32:  # the embedding's has the int8 type and no meaning
            model.alphas[name.removesuffix(_ALPHA_SUFFIX)] = struct.unpack_from("<f", blob)[0]
    elif kind == _FLOAT32:
        model.floats[name] = np.frombuffer(blob, np.float32, size).reshape(shape)
    elif kind == _INTGEMM8:
        values = np.frombuffer(blob, np.int8, size)
        # All matrices but the embedding are stored transposed, though the header gives [inputs, outputs].
        values = values.reshape(shape) if name == "Wemb" else values.reshape(shape[::-1]).T
        model.matrices[name] = Int8Matrix(values, struct.unpack_from("<f", blob, size)[0])
