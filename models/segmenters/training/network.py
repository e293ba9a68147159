"""EfficientNet-Lite0 without its classifier, and a light U-Net decoder on top: 3.1 M parameters.

The names of the parameters are those of the weights file that `export_weights.py` writes and the recipe reads."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelpack.recipes.efficientnet_layers import STAGES

_SKIPS = (112, 40, 24, 16)  # channels at strides 16, 8, 4, 2
_WIDTHS = (128, 64, 40, 32)  # of the decoder at the same strides


def autocast() -> torch.autocast:
    """bfloat16 where the CPU reckons in it: with AVX2 a step took 11.6 s of it and 1.3 s of float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.backends.cpu.get_cpu_capability().startswith("AVX512"))


class ConvNorm(nn.Module):
    """Convolution and batch normalisation; padding as TensorFlow's SAME, which is lopsided where the stride is 2."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1, relu6: bool = True
    ):
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)
        self.relu6 = relu6
        over = kernel - stride
        self.border = (over // 2, over - over // 2) * 2 if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        padded = functional.pad(x, self.border) if self.border else x
        y = self.bn(self._convolve(padded))
        return functional.relu6(y) if self.relu6 else y

    def _convolve(self, x: Tensor) -> Tensor:
        """Not in bfloat16 where a depthwise convolution halves: its way back takes six times as long there, which was an
        eighth of a step."""
        if self.border is None or self.conv.groups == 1:
            return self.conv(x)
        with torch.autocast("cpu", enabled=False):
            return self.conv(x.float()).to(x.dtype)


class Bottleneck(nn.Module):
    def __init__(self, kernel: int, expansion: int, inputs: int, outputs: int, stride: int):
        super().__init__()
        inner = inputs * expansion
        self.expand = ConvNorm(inputs, inner) if expansion > 1 else None
        self.dw = ConvNorm(inner, inner, kernel, stride, groups=inner)
        self.project = ConvNorm(inner, outputs, relu6=False)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.dw(self.expand(x) if self.expand else x))
        return x + y if self.residual else y


class Up(nn.Module):
    """Twice the size, joined with the encoder's values of that size, two separable convolutions."""

    def __init__(self, inputs: int, skip: int, width: int):
        super().__init__()
        self.reduce = ConvNorm(inputs, width)
        self.lateral = ConvNorm(skip, width)
        self.dw1 = ConvNorm(2 * width, 2 * width, 3, groups=2 * width)
        self.pw1 = ConvNorm(2 * width, width)
        self.dw2 = ConvNorm(width, width, 3, groups=width)
        self.pw2 = ConvNorm(width, width)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        larger = functional.interpolate(self.reduce(x), scale_factor=2, mode="nearest")
        joined = torch.cat([larger, self.lateral(skip)], 1)
        return self.pw2(self.dw2(self.pw1(self.dw1(joined))))


class Segmenter(nn.Module):
    def __init__(self, classes: int):
        super().__init__()
        self.stem = ConvNorm(3, 32, 3, 2)
        blocks: list[Bottleneck] = []
        self.taps: list[int] = []  # the last block before each halving
        for kernel, repeats, expansion, inputs, outputs, stride in STAGES:
            if stride == 2:
                self.taps.append(len(blocks) - 1)
            blocks.append(Bottleneck(kernel, expansion, inputs, outputs, stride))
            blocks += [Bottleneck(kernel, expansion, outputs, outputs, 1) for _ in range(repeats - 1)]
        self.blocks = nn.ModuleList(blocks)
        below = (320, *_WIDTHS)
        self.ups = nn.ModuleList(Up(below[i], skip, _WIDTHS[i]) for i, skip in enumerate(_SKIPS))
        self.head = nn.Conv2d(_WIDTHS[-1], classes, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(value - 127) / 128, [n, 3, height, width] -> logits [n, classes, height / 2, width / 2]."""
        x, skips = self.stem(pixels), []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.taps:
                skips.append(x)
        for up, skip in zip(self.ups, reversed(skips), strict=True):
            x = up(x, skip)
        return self.head(x).float()

    def encoder(self) -> list[nn.Parameter]:
        return [*self.stem.parameters(), *self.blocks.parameters()]

    def decoder(self) -> list[nn.Parameter]:
        return [*self.ups.parameters(), *self.head.parameters()]
