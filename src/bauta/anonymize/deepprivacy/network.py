"""The first DeepPrivacy's generator (Hukkelås, Mester & Lindseth, ISVC 2019), as DeepPrivacy2 packages it."""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

SIZE = 128
LATENT = 512
KEYPOINTS = 7
SLOPE = 0.2
WIDTHS = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128}
"""Side of the features in pixels → number of channels at that side in the decoder's output."""


class Conv(nn.Module):
    """Convolution with an equalised learning rate: weights are stored before the division by √(fan-in)."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.scale = 1.0 / math.sqrt(inputs * kernel * kernel)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W), zero-padded."""
        return functional.conv2d(x, self.weight * self.scale, self.bias, padding=self.weight.shape[-1] // 2)


class Normed(nn.Module):
    """Leaky ReLU, then pixel norm: each pixel's channels are divided by their root mean square."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to the same shape."""
        x = functional.leaky_relu(x, SLOPE)
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-7)


class Block(nn.Module):
    """Convolutions of 3×3 or 1×1, each with activation and norm."""

    def __init__(self, *widths: int, kernel: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            # The file counts activation and norm as two layers.
            layers += [Conv(inputs, outputs, kernel), Normed(), nn.Identity()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, first width, H, W) to (N, last width, H, W)."""
        return self.layers(x)


class Skip(nn.Module):
    """Joins the decoder's features with the encoder's of the same size."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = Block(2 * channels, channels, kernel=1)

    def forward(self, x: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """Twice (N, channels, H, W) to one of them."""
        return self.conv(torch.cat([x, skip], dim=1))


class Linear(nn.Module):
    """Fully connected layer with an equalised learning rate; the file has a second layer, which is unused."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.linear = nn.Linear(inputs, outputs)
        self.scale = 1.0 / math.sqrt(inputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs) to (N, outputs)."""
        return functional.linear(x, self.weight * self.scale, self.bias)


class PoseLayers(nn.Module):
    """Features of the keypoints."""

    def __init__(self) -> None:
        super().__init__()
        smallest = min(WIDTHS)
        self.pose_preprocessor = nn.Sequential(
            nn.Identity(),
            Linear(2 * KEYPOINTS, 128),
            nn.LeakyReLU(SLOPE),
            Linear(128, 16 * smallest * smallest),
            nn.LeakyReLU(SLOPE),
        )

    def forward(self, keypoints: torch.Tensor) -> torch.Tensor:
        """(N, 7, 2) as fractions of the image to (N, 16, 4, 4)."""
        flat = keypoints.flatten(1).clamp(-1.0, 1.0) * 2.0 - 1.0
        return self.pose_preprocessor(flat).view(-1, 16, min(WIDTHS), min(WIDTHS))


class MsgGenerator(nn.Module):
    """The published network: 80 tensors, 47,387,586 parameters."""

    def __init__(self) -> None:
        super().__init__()
        sides = list(WIDTHS)
        self.from_rgb = nn.Sequential(Conv(5, WIDTHS[SIZE], 1), Normed())
        self.encoder, self.decoder, self.rgb_convolutions = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        self.decoder["pose_fcnn"] = PoseLayers()
        for side in sides:
            inner = WIDTHS[max(side // 2, min(sides))]
            self.encoder[f"basic_block{side}"] = Block(WIDTHS[side], WIDTHS[side], inner)
            inputs = inner
            if side == min(sides):
                inputs += LATENT // (side * side) + 16
            else:
                self.decoder[f"skip_connection{side}"] = Skip(inner)
            self.decoder[f"basic_block{side}"] = Block(inputs, inputs, WIDTHS[side])
            self.rgb_convolutions[str(side)] = Conv(WIDTHS[side], 3, 1)

    def forward(
        self, condition: torch.Tensor, mask: torch.Tensor, keypoints: torch.Tensor, z: torch.Tensor
    ) -> torch.Tensor:
        """Fill the hole in images.

        Args:
            condition: (N, 3, 128, 128), RGB in [-1, 1], 0 in the hole.
            mask: (N, 1, 128, 128), 0 in the hole, 1 elsewhere.
            keypoints: (N, 7, 2), x and y as fractions of the image.
            z: Latents (N, 512).

        Returns:
            (N, 3, 128, 128): the condition outside the hole and values nominally in [-1, 1] inside it.
        """
        x = self.from_rgb(torch.cat([condition, mask, 1.0 - mask], dim=1))
        skips = {}
        for side in sorted(WIDTHS, reverse=True):
            x = skips[side] = self.encoder[f"basic_block{side}"](x)
            if side > min(WIDTHS):
                x = functional.avg_pool2d(x, 2)
        x = torch.cat([x, z.view(-1, LATENT // 16, 4, 4), self.decoder["pose_fcnn"](keypoints)], dim=1)
        rgb: torch.Tensor | None = None
        for side in WIDTHS:
            if side > min(WIDTHS):
                x = self.decoder[f"skip_connection{side}"](
                    functional.interpolate(x, scale_factor=2), skips[side]
                )
            x = self.decoder[f"basic_block{side}"](x)
            own = self.rgb_convolutions[str(side)](x)
            rgb = own if rgb is None else functional.interpolate(rgb, scale_factor=2) + own
        if rgb is None:
            return condition
        return condition * mask + (1.0 - mask) * rgb / len(WIDTHS)
