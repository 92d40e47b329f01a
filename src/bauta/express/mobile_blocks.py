"""Blocks of MobileFaceNet (Chen et al., CCBR 2018), with the keys that its PyTorch versions share."""

import torch
from torch import nn


class LinearBlock(nn.Module):
    """A convolution and a batch normalisation."""

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int] = (1, 1), *, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, outputs, H', W')."""
        return self.bn(self.conv(x))


class ConvBlock(nn.Module):
    """A convolution of odd size, a batch normalisation and a PReLU with a slope a channel."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.prelu = nn.PReLU(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, outputs, H / stride, W / stride)."""
        return self.prelu(self.bn(self.conv(x)))


class DepthWise(nn.Module):
    """An inverted residual: wider by 1×1, filtered channel by channel with 3×3, narrower by 1×1."""

    def __init__(self, inputs: int, outputs: int, width: int, stride: int, *, residual: bool = False) -> None:
        super().__init__()
        self.conv = ConvBlock(inputs, width)
        self.conv_dw = ConvBlock(width, width, 3, stride=stride, groups=width)
        self.project = LinearBlock(width, outputs)
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, outputs, H / stride, W / stride)."""
        y = self.project(self.conv_dw(self.conv(x)))
        return x + y if self.residual else y


class Stage(nn.Module):
    """A sequence of blocks under the key `model`."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.model = nn.Sequential(*blocks)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, C, H, W) to features of the same shape."""
        return self.model(x)


def residual_stage(channels: int, width: int, blocks: int) -> Stage:
    """A stage of residual blocks."""
    return Stage(*(DepthWise(channels, channels, width, 1, residual=True) for _ in range(blocks)))
