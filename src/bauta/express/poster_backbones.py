"""The backbones of POSTER++: MobileFaceNet trained on landmarks, and IR-50 trained on identities.

Both end where POSTER++ takes their features; their output layers, which it never uses, are left out.
"""

import torch
from torch import nn

from bauta.express.mobile_blocks import ConvBlock, DepthWise, residual_stage


class MobileFaceNet(nn.Module):
    """MobileFaceNet up to its last features; the landmarks that it was trained on are not computed."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBlock(3, 64, 3, stride=2)
        self.conv2_dw = ConvBlock(64, 64, 3, groups=64)
        self.conv_23 = DepthWise(64, 64, 128, 2)
        self.conv_3 = residual_stage(64, 128, 4)
        self.conv_34 = DepthWise(64, 128, 256, 2)
        self.conv_4 = residual_stage(128, 256, 6)
        self.conv_45 = DepthWise(128, 128, 512, 2)
        self.conv_5 = residual_stage(128, 256, 2)
        self.conv_6_sep = ConvBlock(128, 512)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Images (N, 3, 112, 112) to features (N, 64, 28, 28), (N, 128, 14, 14) and (N, 512, 7, 7)."""
        large = self.conv_3(self.conv_23(self.conv2_dw(self.conv1(x))))
        middle = self.conv_4(self.conv_34(large))
        return large, middle, self.conv_6_sep(self.conv_5(self.conv_45(middle)))


class BottleneckIR(nn.Module):
    """A residual block of IR-50 (Deng et al., ArcFace, CVPR 2019, section 2.2)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if inputs == outputs:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
            nn.PReLU(outputs),
            nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, inputs, H, W) to features (N, outputs, H / stride, W / stride)."""
        return self.res_layer(x) + self.shortcut_layer(x)


def _body(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    first = BottleneckIR(inputs, outputs, 2)
    return nn.Sequential(first, *(BottleneckIR(outputs, outputs, 1) for _ in range(blocks - 1)))


class IR50(nn.Module):
    """IR-50 up to its third stage."""

    def __init__(self) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)
        )
        self.body1 = _body(64, 64, 3)
        self.body2 = _body(64, 128, 4)
        self.body3 = _body(128, 256, 14)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Images (N, 3, 112, 112) to features (N, 64, 56, 56), (N, 128, 28, 28) and (N, 256, 14, 14)."""
        large = self.body1(self.input_layer(x))
        middle = self.body2(large)
        return large, middle, self.body3(middle)
