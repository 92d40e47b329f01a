"""The network of DDAMFN (Zhang et al., Electronics 12(17), 2023), with the keys of its official files."""

import torch
from torch import nn
from torch.nn import functional

from bauta.express.mobile_blocks import ConvBlock, LinearBlock, Stage


class MixedConvolution(nn.Module):
    """Depthwise convolutions of several sizes, each for a part of the channels."""

    def __init__(self, split: dict[int, int], stride: int) -> None:
        super().__init__()
        self.split = list(split.values())
        self.mixed_depthwise_conv = nn.ModuleList(
            nn.Conv2d(width, width, size, stride, size // 2, groups=width, bias=False)
            for size, width in split.items()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, C, H, W) to features (N, C, H / stride, W / stride)."""
        parts = zip(self.mixed_depthwise_conv, torch.split(x, self.split, dim=1), strict=True)
        return torch.cat([convolve(part) for convolve, part in parts], dim=1)


class CoordinateAttention(nn.Module):
    """Gates of rows and columns (Hou et al., Coordinate Attention, CVPR 2021).

    Args:
        channels: Channels of the features.
        learned: Whether rows and columns of 7×7 features are summed with learned weights and the gates are
            the result; otherwise they are averaged, and the features are weighted by the gates.
    """

    def __init__(self, channels: int, *, learned: bool = False) -> None:
        super().__init__()
        narrow = max(8, channels // 32)
        self.learned = learned
        if learned:
            self.Linear_h = LinearBlock(channels, channels, (1, 7), groups=channels)
            self.Linear_w = LinearBlock(channels, channels, (7, 1), groups=channels)
        self.conv1 = nn.Conv2d(channels, narrow, 1)
        self.bn1 = nn.BatchNorm2d(narrow)
        self.conv2 = nn.Conv2d(narrow, channels, 1)
        self.conv3 = nn.Conv2d(narrow, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, C, H, W) to features, or to gates in [0, 1], of the same shape."""
        if self.learned:
            rows, columns = self.Linear_h(x), self.Linear_w(x)
        else:
            rows, columns = x.mean(dim=3, keepdim=True), x.mean(dim=2, keepdim=True)
        joined = torch.cat([rows, columns.transpose(2, 3)], dim=2)
        seen = functional.hardswish(self.bn1(self.conv1(joined)))
        tall, wide = seen.split([rows.shape[2], columns.shape[3]], dim=2)
        gates = self.conv3(wide.transpose(2, 3)).sigmoid() * self.conv2(tall).sigmoid()
        return gates if self.learned else x * gates


class MixedBlock(nn.Module):
    """An inverted residual with mixed convolutions and coordinate attention.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        split: Size of a convolution → channels that it filters.
        stride: Step of the convolutions; with 1, the input is added.
    """

    def __init__(self, inputs: int, outputs: int, split: dict[int, int], stride: int) -> None:
        super().__init__()
        width = sum(split.values())
        self.conv = ConvBlock(inputs, width)
        self.conv_dw = MixedConvolution(split, stride)
        self.CA = CoordinateAttention(width)
        self.project = LinearBlock(width, outputs)
        self.residual = stride == 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, outputs, H / stride, W / stride)."""
        y = self.project(self.CA(self.conv_dw(self.conv(x))))
        return x + y if self.residual else y


def _stage(channels: int, split: dict[int, int], blocks: int) -> Stage:
    return Stage(*(MixedBlock(channels, channels, split, 1) for _ in range(blocks)))


class AttentionHead(nn.Module):
    """An attention under the key `CoordAtt`."""

    def __init__(self) -> None:
        super().__init__()
        self.CoordAtt = CoordinateAttention(512, learned=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 512, 7, 7) to gates of the same shape."""
        return self.CoordAtt(x)


class DdamfnNetwork(nn.Module):
    """A mixed-feature network with two attention heads, of which the larger gate counts.

    Args:
        classes: Number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvBlock(3, 64, 3, stride=2),
            ConvBlock(64, 64, 3, groups=64),
            MixedBlock(64, 64, {3: 64, 5: 32, 7: 32}, 2),
            _stage(64, {3: 96, 5: 32}, 9),
            MixedBlock(64, 128, {3: 128, 5: 64, 7: 64}, 2),
            _stage(128, {3: 192, 5: 64}, 16),
            MixedBlock(128, 256, {3: 256, 5: 256, 7: 256, 9: 256}, 2),
            _stage(256, {3: 172, 5: 170, 7: 170}, 6),
            ConvBlock(256, 512),
        )
        self.cat_head0 = AttentionHead()
        self.cat_head1 = AttentionHead()
        self.Linear = LinearBlock(512, 512, (7, 7), groups=512)
        self.fc = nn.Linear(512, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) of images (N, 3, 112, 112)."""
        x = self.features(x)
        gates = torch.maximum(self.cat_head0(x), self.cat_head1(x))
        return self.fc(self.Linear(x * gates).flatten(1))
