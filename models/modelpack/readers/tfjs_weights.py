"""Weights of a TensorFlow.js graph model: a JSON file that names them in order, and the bytes one after the other."""

import json
from math import prod

import numpy as np

from ..errors import PackError

_DTYPES = {"float32": "<f4", "float16": "<f2", "int32": "<i4"}


def read_tfjs_weights(model: bytes, data: bytes) -> dict[str, np.ndarray]:
    """By name, as they are stored: what was narrowed to float16 stays float16. Scaled integers are not read."""
    weights: dict[str, np.ndarray] = {}
    offset = 0
    for group in json.loads(model)["weightsManifest"]:
        for entry in group["weights"]:
            stored = entry.get("quantization", entry)["dtype"]
            if stored not in _DTYPES:
                raise PackError(f"{entry['name']} is stored as {stored}; this reader knows {', '.join(_DTYPES)}")
            dtype = np.dtype(_DTYPES[stored])
            count = prod(entry["shape"])
            weights[entry["name"]] = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
            offset += count * dtype.itemsize
    if offset != len(data):
        raise PackError(f"the weights end at byte {offset} of {len(data)}: the two files do not belong together")
    return weights
