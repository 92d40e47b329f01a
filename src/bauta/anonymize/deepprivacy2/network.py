"""DeepPrivacy2's face generator (Hukkelås & Lindseth, WACV 2023), a U-Net of StyleGAN2's layers."""

import math

import torch
from torch import nn

from bauta.anonymize.deepprivacy2.layers import Conv, Linear, ResidualBlock

LATENT = 512
STYLE = 512
SMALLEST = 8
MAPPING_RATE = 0.01
ENCODER_GAIN = math.sqrt(1 / 2)
DECODER_GAIN = math.sqrt(1 / 3)


class StyleNet(nn.Module):
    """Maps latents to styles, and holds the mean style."""

    w_avg: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.fc0 = Linear(LATENT, STYLE, activate=True, rate=MAPPING_RATE)
        self.fc1 = Linear(STYLE, STYLE, activate=True, rate=MAPPING_RATE)
        self.register_buffer("w_avg", torch.empty(STYLE))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """(N, 512) to (N, 512)."""
        return self.fc1(self.fc0(z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-8)))


class StyleGanUnet(nn.Module):
    """The published networks: FDF256 (147 tensors, 43,131,523 parameters), FDF128 (123 and 42,569,987).

    Args:
        size: Side of the images in pixels, a power of 2.
        channels: Channels at that side.
        most: Largest multiple of `channels`; each halving of the side doubles them up to this limit.
    """

    def __init__(self, size: int, channels: int, most: int) -> None:
        super().__init__()
        levels = int(math.log2(size // SMALLEST)) + 1
        widths = [channels * min(2**level, most) for level in range(levels)]
        self.size, self.levels = size, levels
        self.style_net = StyleNet()
        self.from_rgb = Conv(4, channels, 1, clamp=False)
        self.encoder = nn.ModuleList(
            ResidualBlock(
                widths[level],
                widths[min(level + 1, levels - 1)],
                resampling="down" if level else "none",
                gain=ENCODER_GAIN,
            )
            for level in range(levels)
        )
        inputs = [widths[-1], *reversed(widths[1:])]
        outputs = [*reversed(widths[1:]), widths[0]]
        self.decoder = nn.ModuleList(
            ResidualBlock(
                inputs[level],
                outputs[level],
                resampling="up" if level < levels - 1 else "none",
                gain=DECODER_GAIN,
                style=STYLE,
            )
            for level in range(levels)
        )
        for level in range(1, levels):
            skip = Conv(inputs[level], inputs[level], 1, norm=True, gain=DECODER_GAIN)
            setattr(self, f"unet_block{level}", skip)
        self.to_rgb = Conv(channels, 3, 1, activate=False)

    def forward(self, condition: torch.Tensor, mask: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """Fill the hole in images.

        Args:
            condition: (N, 3, size, size), RGB in [-1, 1], 0 in the hole.
            mask: (N, 1, size, size), 0 in the hole, 1 elsewhere.
            w: Styles (N, 512).

        Returns:
            (N, 3, size, size): the condition outside the hole and values nominally in [-1, 1] inside it.
        """
        x = self.from_rgb(torch.cat([condition, mask], dim=1))
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        for level, block in enumerate(self.decoder):
            if level > 0:
                x = x + getattr(self, f"unet_block{level}")(skips[-1 - level])
            x = block(x, w)
        return condition * mask + (1.0 - mask) * self.to_rgb(x)


def fdf256() -> StyleGanUnet:
    """Create the network that was trained on FDF256."""
    return StyleGanUnet(256, channels=64, most=8)


def fdf128() -> StyleGanUnet:
    """Create the network that was trained on FDF (128 pixels)."""
    return StyleGanUnet(128, channels=128, most=4)
