"""Random weights that are the same everywhere: one generator, uniform numbers, drawn in the order of the calls."""

import numpy as np


class Weights:
    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.PCG64(seed))

    def matrix(self, rows: int, columns: int, gain: float = 1.0) -> np.ndarray:
        """float32 [rows, columns], uniform, of variance gain^2 / rows: activations keep their size."""
        return self._uniform((rows, columns), gain * (3.0 / rows) ** 0.5)

    def vector(self, size: int, bound: float = 0.1) -> np.ndarray:
        return self._uniform((size,), bound)

    def signs(self, rows: int, columns: int) -> np.ndarray:
        """float32 [rows, columns] of plus and minus 1: vectors of one length, so that no token is everybody's nearest."""
        return np.where(self._generator.random((rows, columns)) < 0.5, -1.0, 1.0).astype(np.float32)

    def _uniform(self, shape: tuple[int, ...], bound: float) -> np.ndarray:
        return ((self._generator.random(shape) * 2.0 - 1.0) * bound).astype(np.float32)
