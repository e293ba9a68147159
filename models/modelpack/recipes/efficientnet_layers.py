"""EfficientNet-Lite0 as data: its convolutions in order, batch normalisation folded in.

Architecture: Tan and Le 2019 (arXiv:1905.11946) in the Lite variant of Google's TPU repository: no squeeze-and-excite,
ReLU6 instead of swish, stem and head not scaled. Only elementwise float64 arithmetic here, whose result is the same on
every CPU."""

from dataclasses import dataclass

import numpy as np

SIZE = 224  # pixels per side
BATCH_NORM_EPSILON = 1e-3

# kernel, repeats, expansion, channels in, channels out, stride of the first repeat
STAGES = [
    (3, 1, 1, 32, 16, 1),
    (3, 2, 6, 16, 24, 2),
    (5, 2, 6, 24, 40, 2),
    (3, 3, 6, 40, 80, 2),
    (5, 3, 6, 80, 112, 1),
    (5, 4, 6, 112, 192, 2),
    (3, 1, 6, 192, 320, 1),
]


@dataclass(frozen=True)
class Convolution:
    """weight: float64 [out, in / groups, kernel, kernel]; bias: float64 [out];
    pads: top, left, bottom, right; relu6: the output is clipped to [0, 6].
    `name` is the name of the output in calibration.json."""

    name: str
    weight: np.ndarray
    bias: np.ndarray
    stride: int
    pads: tuple[int, int, int, int]
    groups: int
    relu6: bool


@dataclass(frozen=True)
class Block:
    """Inverted bottleneck: expand (1x1), depthwise, project (1x1); `residual` adds the input to the result."""

    name: str
    convolutions: list[Convolution]
    residual: bool


@dataclass(frozen=True)
class Network:
    """classifier_weight: float32 [1000, 1280]; classifier_bias: float32 [1000]."""

    stem: Convolution
    blocks: list[Block]
    head: Convolution
    classifier_weight: np.ndarray
    classifier_bias: np.ndarray


class Layers:
    """Takes tensors out of the state dict one layer at a time, following the side of the feature map."""

    def __init__(self, state: dict[str, np.ndarray], side: int) -> None:
        self.state = state
        self.side = side

    def convolution(
        self, name: str, weight: str, norm: str, stride: int = 1, depthwise: bool = False, relu6: bool = True
    ) -> Convolution:
        kernel = self._take(f"{weight}.weight")
        gain, shift, mean, variance = (
            self._take(f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gain / np.sqrt(variance + BATCH_NORM_EPSILON)
        return Convolution(
            name,
            kernel * factor[:, None, None, None],
            shift - mean * factor,
            stride,
            self._same_pads(kernel.shape[-1], stride),
            kernel.shape[0] if depthwise else 1,
            relu6,
        )

    def _take(self, name: str) -> np.ndarray:
        return self.state[name].astype(np.float64)

    def _same_pads(self, kernel: int, stride: int) -> tuple[int, int, int, int]:
        """TensorFlow's SAME padding, which the weights were trained with: with stride 2 the extra row and column
        are at the bottom and right."""
        before_side = self.side
        self.side = -(-before_side // stride)
        total = max((self.side - 1) * stride + kernel - before_side, 0)
        before, after = total // 2, total - total // 2
        return (before, before, after, after)


def read_network(state: dict[str, np.ndarray]) -> Network:
    """The network from the state dict of the package."""
    layers = Layers(state, SIZE)
    stem = layers.convolution("stem", "_conv_stem", "_bn0", stride=2)
    blocks: list[Block] = []
    for kernel, repeats, expansion, channels_in, channels_out, stride in STAGES:
        for repeat in range(repeats):
            first = repeat == 0
            blocks.append(_block(layers, len(blocks), expansion, stride if first else 1, not first))
            width = (channels_in if first else channels_out) * expansion
            depthwise = blocks[-1].convolutions[-2].weight.shape
            if depthwise != (width, 1, kernel, kernel):
                raise ValueError(f"{blocks[-1].name}: depthwise weights of shape {depthwise}, expected width {width}")
    head = layers.convolution("head", "_conv_head", "_bn1")
    return Network(stem, blocks, head, state["_fc.weight"], state["_fc.bias"])


def _block(layers: Layers, index: int, expansion: int, stride: int, residual: bool) -> Block:
    source, name = f"_blocks.{index}.", f"block{index}"
    convolutions: list[Convolution] = []
    if expansion != 1:
        convolutions.append(layers.convolution(f"{name}.expand", f"{source}_expand_conv", f"{source}_bn0"))
    convolutions.append(
        layers.convolution(
            f"{name}.depthwise", f"{source}_depthwise_conv", f"{source}_bn1", stride=stride, depthwise=True
        )
    )
    convolutions.append(
        layers.convolution(f"{name}.project", f"{source}_project_conv", f"{source}_bn2", relu6=False)
    )
    return Block(name, convolutions, residual)
