"""Random views of a batch: one affine map for picture and mask, then light, contrast and noise."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

_TURN = math.pi / 7
_SMALL = 0.03  # share of the picture below which a defect is looked at from close by, half of the time


class Augmenter:
    """`grey`: the camera sees no colours, so none are varied."""

    def __init__(self, generator: torch.Generator, grey: bool):
        self._generator = generator
        self._grey = grey

    def __call__(self, pixels: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """float [n, 3, h, w] in [-1, 1] and classes [n, h, w] -> the same of other views."""
        grid = affine_grid(self._maps(classes), [len(pixels), 1, *classes.shape[1:]], align_corners=False)
        x = grid_sample(pixels, grid, "bilinear", "reflection", align_corners=False)
        y = grid_sample(classes[:, None].float(), grid, "nearest", "reflection", align_corners=False)
        return self._light(x), y[:, 0].long()

    def _maps(self, classes: Tensor) -> Tensor:
        n = len(classes)
        across, down = torch.exp(self._uniform(n, -0.4, 0.25)), torch.exp(self._uniform(n, -0.4, 0.25))
        x, y = self._uniform(n, -0.2, 0.2), self._uniform(n, -0.2, 0.2)
        for index in range(n):
            self._approach(classes[index], index, across, down, x, y)
        quarters = self._uniform(n, 0, 8).floor().clamp(max=4)  # none in half of the views
        angle = self._uniform(n, -_TURN, _TURN) + quarters * (math.pi / 2)
        mirror = torch.sign(self._uniform(n, -1, 1))
        top = torch.stack([across * mirror * angle.cos(), -across * angle.sin(), x], 1)
        bottom = torch.stack([down * mirror * angle.sin(), down * angle.cos(), y], 1)
        return torch.stack([top, bottom], 1)

    def _approach(self, mask: Tensor, index: int, across: Tensor, down: Tensor, x: Tensor, y: Tensor) -> None:
        found = mask > 0
        if not 0 < float(found.float().mean()) < _SMALL or float(self._uniform(1, 0, 1)) < 0.5:
            return
        spots = found.nonzero()
        spot = spots[torch.randint(len(spots), (), generator=self._generator)]
        zoom = float(self._uniform(1, 0.4, 0.8))
        centre = spot / mask.shape[-1] * 2 - 1 + self._uniform(2, -0.5, 0.5) * zoom
        across[index] *= zoom
        down[index] *= zoom
        y[index], x[index] = centre[0], centre[1]

    def _light(self, x: Tensor) -> Tensor:
        def each(low: float, high: float) -> Tensor:
            return self._uniform(len(x), low, high)[:, None, None, None]

        z = ((x + 1) / 2).clamp(0, 1) ** torch.exp(each(-0.35, 0.35))
        z = (z - 0.5) * each(0.7, 1.3) + 0.5 + each(-0.15, 0.15)
        if not self._grey:
            tint = torch.empty(len(x), 3, 1, 1).uniform_(0.9, 1.1, generator=self._generator)
            dim = torch.where(each(0, 1) < 0.2, each(0.1, 1), torch.ones(()))
            z = torch.where(each(0, 1) < 0.1, 1 - z, z) * tint * dim
        noise = torch.randn(len(x), 1, *x.shape[2:], generator=self._generator)
        return (z + noise * each(0, 0.03)).clamp(0, 1) * 2 - 1

    def _uniform(self, n: int, low: float, high: float) -> Tensor:
        return torch.empty(n).uniform_(low, high, generator=self._generator)
