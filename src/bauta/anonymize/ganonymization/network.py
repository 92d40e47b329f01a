"""GANonymization's generator: the U-Net of pix2pix (Isola et al., CVPR 2017, appendix 6.1.1).

Hellmann et al., "GANonymization: A GAN-based Face Anonymization Framework for Preserving Emotional
Expressions", ACM TOMM 21(1), 2025.
"""

import torch
from torch import nn

DOWN = (64, 128, 256, 512, 512, 512, 512, 512)
UP = (512, 512, 512, 512, 256, 128, 64)
SLOPE = 0.2


class Down(nn.Module):
    """Strided convolution without bias, instance norm (without parameters), leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)]
        if norm:
            layers.append(nn.InstanceNorm2d(outputs))
        self.model = nn.Sequential(*layers, nn.LeakyReLU(SLOPE))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H/2, W/2)."""
        return self.model(x)


class Up(nn.Module):
    """Transposed convolution without bias, instance norm, ReLU; the skip is appended to the output."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.InstanceNorm2d(outputs), nn.ReLU()
        )

    def forward(self, x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) and (N, C, 2H, 2W) to (N, outputs + C, 2H, 2W)."""
        return torch.cat([self.model(x), skip], dim=1)


class UNetGenerator(nn.Module):
    """The network of 17 tensors and 54,404,099 parameters.

    The first and the last downsampling have no norm; at 256 pixels the output of the last is 1×1. The dropout
    that it was trained with is omitted, because this is inference only.
    """

    def __init__(self) -> None:
        super().__init__()
        for number, (inputs, outputs) in enumerate(zip((3, *DOWN), DOWN, strict=False), start=1):
            setattr(self, f"down{number}", Down(inputs, outputs, norm=1 < number < len(DOWN)))
        inputs = DOWN[-1]
        for number, outputs in enumerate(UP, start=1):
            setattr(self, f"up{number}", Up(inputs, outputs))
            inputs = outputs + DOWN[-1 - number]
        self.final = nn.Sequential(
            nn.Upsample(scale_factor=2),
            nn.ZeroPad2d((1, 0, 1, 0)),
            nn.Conv2d(inputs, 3, 4, padding=1),
            nn.Tanh(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Landmark drawings (N, 3, S, S) in [-1, 1] to RGB heads of the same shape and range."""
        skips = []
        for number in range(1, len(DOWN) + 1):
            x = getattr(self, f"down{number}")(x)
            skips.append(x)
        for number in range(1, len(UP) + 1):
            x = getattr(self, f"up{number}")(x, skips[-1 - number])
        return self.final(x)
