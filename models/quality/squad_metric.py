"""The SQuAD metric: exact match and word F1 after dropping case, punctuation and articles."""

import re
import string
from collections import Counter


def normalise(text: str) -> str:
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def score(prediction: str, references: list[str]) -> tuple[float, float]:
    """(exact match, F1), each the best over the references."""
    exact = max(float(normalise(prediction) == normalise(reference)) for reference in references)
    return exact, max(_f1(prediction, reference) for reference in references)


def _f1(prediction: str, reference: str) -> float:
    found, wanted = normalise(prediction).split(), normalise(reference).split()
    if not found or not wanted:
        return float(found == wanted)
    common = sum((Counter(found) & Counter(wanted)).values())
    return 2 * common / (len(found) + len(wanted))
