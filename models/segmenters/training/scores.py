"""How well the network does on a split while it trains. The shipped graph is measured by models/quality."""

from dataclasses import dataclass

import numpy as np
import torch
from network import autocast
from pictures import Split
from torch.nn.functional import interpolate

_BATCH = 16


@dataclass(frozen=True)
class Scores:
    """`iou` of each class over all pixels together; `any_iou` of all that is not ground; `pictures` is the average
    precision of telling pictures with a defect from those without, nan where the split has one kind only."""

    iou: list[float]
    any_iou: float
    pictures: float

    def total(self) -> float:
        """What the best checkpoint is chosen by."""
        return self.any_iou if np.isnan(self.pictures) else (self.any_iou + self.pictures) / 2


def normalised(pixels: np.ndarray) -> torch.Tensor:
    return ((torch.from_numpy(pixels).float().movedim(-1, 1) - 127) / 128).contiguous()


@torch.no_grad()
def score(network: torch.nn.Module, split: Split, classes: int) -> Scores:
    network.eval()
    confusion = np.zeros((classes, classes), np.int64)
    shared = joint = 0
    peaks: list[float] = []
    for start in range(0, len(split.pixels), _BATCH):
        truth = split.classes[start : start + _BATCH]
        with autocast():
            logits = network(normalised(split.pixels[start : start + _BATCH]))
        share = interpolate(logits.softmax(1), scale_factor=2, mode="bilinear", align_corners=False).numpy()
        found = 1 - share[:, 0] >= 0.5
        kind = np.where(found, share[:, 1:].argmax(1) + 1, 0)
        confusion += np.bincount(truth.ravel() * np.int64(classes) + kind.ravel(), minlength=classes**2).reshape(
            classes, classes
        )
        shared += int((found & (truth > 0)).sum())
        joint += int((found | (truth > 0)).sum())
        largest = np.sort((1 - share[:, 0]).reshape(len(truth), -1), axis=1)[:, -64:]
        peaks += largest.mean(1).tolist()
    right = np.diag(confusion)
    iou = right / np.maximum(confusion.sum(0) + confusion.sum(1) - right, 1)
    defective = (split.classes > 0).any((1, 2))
    return Scores(iou.tolist(), shared / max(joint, 1), average_precision(np.array(peaks), defective))


def average_precision(scores: np.ndarray, truth: np.ndarray) -> float:
    if truth.all() or not truth.any():
        return float("nan")
    ordered = truth[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return float(precision[ordered].mean())
