"""What the network is punished for. Logits [n, classes, h, w], classes [n, h, w]; class 0 is the ground."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot


def segmentation_loss(logits: Tensor, classes: Tensor, weight: Tensor) -> Tensor:
    """Weighted cross-entropy, overlap (Dice) of each class in the batch, overlap of all that is not ground, and the kind
    of defect where there is one, each kind counting the same. Without the third, small defects are found late or never;
    without the last, they are all called by one name."""
    total = cross_entropy(logits, classes, weight)
    present = [kind for kind in range(1, logits.shape[1]) if (classes == kind).any()]
    if not present:
        return total
    share = logits.softmax(1)
    truth = one_hot(classes, logits.shape[1]).movedim(-1, 1).float()
    misses = [1 - _dice(share[:, kind], truth[:, kind]) for kind in present]
    total = total + torch.stack(misses).mean() + 1 - _dice(1 - share[:, 0], 1 - truth[:, 0])
    return total + 0.5 * _kind_loss(logits, classes, present) if logits.shape[1] > 2 else total


def _dice(share: Tensor, truth: Tensor) -> Tensor:
    return (2 * (share * truth).sum() + 1) / (share.sum() + truth.sum() + 1)


def _kind_loss(logits: Tensor, classes: Tensor, present: list[int]) -> Tensor:
    loss = cross_entropy(logits[:, 1:], (classes - 1).clamp(min=0), reduction="none")
    return torch.stack([loss[classes == kind].mean() for kind in present]).mean()
