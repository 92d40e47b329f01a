"""Layers of DeepPrivacy2's generator: StyleGAN2's (Karras et al., CVPR 2020) without demodulation."""

import math
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

SLOPE = 0.2
ROOT_2 = math.sqrt(2.0)
CLAMP = 256.0

Resampling = Literal["none", "up", "down"]


def filtered(
    x: torch.Tensor, kernel: torch.Tensor, padding: tuple[int, int, int, int], gain: float
) -> torch.Tensor:
    """Zero-pad (left, right, top, bottom) and filter each channel separately: (N, C, H, W)."""
    channels = x.shape[1]
    weight = (kernel * gain).expand(channels, 1, *kernel.shape)
    return functional.conv2d(functional.pad(x, padding), weight, groups=channels)


def zeros_between(x: torch.Tensor) -> torch.Tensor:
    """Insert a zero after every pixel in both directions: (N, C, H, W) to (N, C, 2H, 2W)."""
    count, channels, height, width = x.shape
    spread = functional.pad(x.reshape(count, channels, height, 1, width, 1), (0, 1, 0, 0, 0, 1))
    return spread.reshape(count, channels, 2 * height, 2 * width)


def convolve(
    x: torch.Tensor, weight: torch.Tensor, kernel: torch.Tensor | None, resampling: Resampling
) -> torch.Tensor:
    """Zero-padded convolution that preserves, halves or doubles the size.

    Args:
        x: (N, inputs, H, W).
        weight: (outputs, inputs, k, k), k 1 or 3.
        kernel: The low-pass filter, (4, 4) with sum 1, used where the size changes; files hold it as
            [1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 64.
        resampling: Whether the size is preserved, halved or doubled.
    """
    wide = weight.shape[-1] > 1
    if kernel is None or resampling == "none":
        return functional.conv2d(x, weight, padding=weight.shape[-1] // 2)
    if resampling == "down":
        if wide:
            return functional.conv2d(filtered(x, kernel, (2, 2, 2, 2), 1.0), weight, stride=2)
        return functional.conv2d(filtered(x, kernel, (1, 1, 1, 1), 1.0)[:, :, ::2, ::2], weight)
    if wide:
        # A transposed convolution correlates with the flipped kernel, as the weights expect.
        grown = functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        return filtered(grown, kernel, (1, 1, 1, 1), 4.0)
    return filtered(zeros_between(functional.conv2d(x, weight)), kernel, (2, 1, 2, 1), 4.0)


class Linear(nn.Module):
    """Fully connected layer whose weights are stored before their scaling.

    Args:
        inputs: Features in.
        outputs: Features out.
        activate: Whether a leaky ReLU times √2 follows.
        rate: The learning rate multiplier of weights and bias.
    """

    def __init__(self, inputs: int, outputs: int, *, activate: bool = False, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.activate, self.rate = activate, rate
        self.scale = rate / math.sqrt(inputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs) to (N, outputs)."""
        y = functional.linear(x, self.weight * self.scale, self.bias * self.rate)
        return functional.leaky_relu(y, SLOPE) * ROOT_2 if self.activate else y


class Conv(nn.Module):
    """Modulation, convolution with resampling, norm, bias, activation, gain and clamping, in this order.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        kernel: Side of the weights, 1 or 3.
        resampling: Whether the size is preserved, halved or doubled.
        bias: Whether a bias is added.
        activate: Whether a leaky ReLU times √2 is applied.
        gain: Factor after the activation.
        clamp: Whether values are clamped to ±256 times the gain.
        norm: Whether an instance norm without parameters is applied.
        style: Size of the style that scales and shifts each input channel, or None.
    """

    resample_filter: torch.Tensor | None

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        resampling: Resampling = "none",
        bias: bool = True,
        activate: bool = True,
        gain: float = 1.0,
        clamp: bool = True,
        norm: bool = False,
        style: int | None = None,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None
        self.register_buffer("resample_filter", None if resampling == "none" else torch.empty(4, 4))
        self.affine = None if style is None else Linear(style, inputs)
        self.affine_beta = None if style is None else Linear(style, inputs)
        self.scale = 1.0 / math.sqrt(inputs * kernel * kernel)
        self.resampling, self.activate, self.gain, self.clamp, self.norm = (
            resampling,
            activate,
            gain,
            clamp,
            norm,
        )

    def forward(self, x: torch.Tensor, w: torch.Tensor | None = None) -> torch.Tensor:
        """(N, inputs, H, W), and styles (N, style) where it is modulated, to (N, outputs, H', W')."""
        if self.affine is not None and self.affine_beta is not None and w is not None:
            x = x * self.affine(w)[:, :, None, None] + self.affine_beta(w)[:, :, None, None]
        x = convolve(x, self.weight * self.scale, self.resample_filter, self.resampling)
        if self.norm:
            x = functional.instance_norm(x)
        if self.bias is not None:
            x = x + self.bias[:, None, None]
        if self.activate:
            x = functional.leaky_relu(x, SLOPE) * ROOT_2
        x = x * self.gain
        return x.clamp(-CLAMP * self.gain, CLAMP * self.gain) if self.clamp else x


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and a 1×1 skip; the size is halved in the first or doubled in the second."""

    def __init__(
        self, inputs: int, outputs: int, *, resampling: Resampling, gain: float, style: int | None = None
    ) -> None:
        super().__init__()
        first: Resampling = "down" if resampling == "down" else "none"
        second: Resampling = "up" if resampling == "up" else "none"
        decodes = style is not None
        self.skip = Conv(
            inputs, outputs, 1, resampling=resampling, bias=False, activate=False, gain=gain, clamp=False
        )
        self.conv0 = Conv(inputs, outputs, 3, resampling=first, norm=decodes, style=style)
        self.conv1 = Conv(outputs, outputs, 3, resampling=second, norm=decodes, style=style, gain=gain)

    def forward(self, x: torch.Tensor, w: torch.Tensor | None = None) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H', W')."""
        return self.skip(x) + self.conv1(self.conv0(x, w), w)
