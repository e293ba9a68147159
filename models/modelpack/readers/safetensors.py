"""Reader of the safetensors format: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, raw data."""

import json
import struct

import numpy as np

_DTYPES = {"F32": "<f4", "F16": "<f2"}


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """Every floating-point tensor as float32; integer tensors (stored position ids) are left out."""
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") in _DTYPES:
            start, end = entry["data_offsets"]
            flat = np.frombuffer(body[start:end], _DTYPES[entry["dtype"]])
            tensors[name] = flat.reshape(entry["shape"]).astype(np.float32)
    return tensors
