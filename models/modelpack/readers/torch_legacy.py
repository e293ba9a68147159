"""Read a state dict in torch's legacy file format (torch.save before 1.6) with numpy alone.

The file is four pickles (magic, protocol version, system info, state dict), the pickled list of storage keys, and then
each storage as its element count (int64, little endian) followed by raw little-endian data. A pickle can name any
callable, so the unpickler knows only the three kinds of name that a state dict needs and refuses the rest."""

import collections
import io
import pickle
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import PackError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL_VERSION = 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass
class _Storage:
    """A flat buffer that tensors are views of; its data come after the pickles."""

    dtype: np.dtype
    count: int
    data: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Tensor:
    """A view: offset, shape and strides, all in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        """A contiguous copy; the strides come from the file, so the bounds are checked first."""
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if min((self.offset, *self.shape, *self.strides), default=0) < 0 or last >= len(self.storage.data):
            raise PackError("the weights file is damaged: a tensor reaches outside its storage")
        step = self.storage.dtype.itemsize
        start = self.storage.data[self.offset :]
        return np.lib.stride_tricks.as_strided(start, self.shape, [stride * step for stride in self.strides]).copy()


class _StateDictUnpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise PackError(f"the weights file asks for {module}.{name}, which a state dict does not need: refused")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, count = pid[:5]
        if kind != "storage":
            raise PackError(f"the weights file refers to a {kind!r}: refused")
        return self.storages.setdefault(key, _Storage(dtype, count))


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_autograd: object
) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


def read_state_dict(content: bytes) -> dict[str, np.ndarray]:
    """Tensor name -> array, in the order of the file."""
    stream = io.BytesIO(content)
    unpickler = _StateDictUnpickler(stream)
    header = [_StateDictUnpickler(stream).load() for _ in range(3)]
    if header[:2] != [_MAGIC, _PROTOCOL_VERSION]:
        raise PackError("not a weights file in torch's legacy format")
    tensors: dict[str, _Tensor] = unpickler.load()
    for key in _StateDictUnpickler(stream).load():
        storage = unpickler.storages[key]
        (count,) = struct.unpack("<q", stream.read(8))
        if count != storage.count:
            raise PackError("the weights file is damaged: a storage has another length than announced")
        storage.data = np.frombuffer(stream.read(count * storage.dtype.itemsize), storage.dtype)
    if stream.read(1):
        raise PackError("the weights file is damaged: it goes on after its last storage")
    return {name: tensor.array() for name, tensor in tensors.items()}
