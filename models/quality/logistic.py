"""Logistic regression on one feature."""

import numpy as np

_STEPS = 30


def probability(x: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(slope * x + intercept)))


def fit(x: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """(slope, intercept) of greatest likelihood, by Newton's method; label is 0 or 1."""
    features = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.zeros(2)
    for _ in range(_STEPS):
        p = probability(x, *weights)
        hessian = (features * (p * (1 - p))[:, None]).T @ features
        weights += np.linalg.solve(hessian, features.T @ (label - p))
    return float(weights[0]), float(weights[1])
