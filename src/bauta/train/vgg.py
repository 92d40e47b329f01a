"""A narrow VGG for grey images that sees local contrast only."""

import torch
from torch import nn
from torch.nn import functional

from bauta.labels import EXPRESSIONS

NEIGHBOURHOOD = 9
"""Side in pixels of the square over which local contrast is normalised, a fifth of a view."""

CONVOLUTIONS = (2, 2, 3, 3)
"""Number of 3×3 convolutions of each stage, after configuration B of the paper and its deeper ones."""


class Vgg(nn.Module):
    """A VGG (Simonyan and Zisserman, ICLR 2015, table 1) with batch norm and one input channel.

    The paper's three dense layers are replaced by the mean over positions and one dense layer, as Lin et al.,
    "Network in network", ICLR 2014, section 3.2, suggest. Local contrast is normalised first, so that neither
    the brightness of a face, nor a colour cast or a shadow on half of it, carries a class.

    Args:
        width: Channels of the first stage; each further stage has twice as many. 64 in the paper.
        mirrored: Whether to return the mean logits of the image and its mirror image.
        classes: Number of outputs.
    """

    def __init__(self, width: int, *, mirrored: bool = False, classes: int = len(EXPRESSIONS)) -> None:
        super().__init__()
        self.mirrored = mirrored
        layers: list[nn.Module] = []
        channels = 1
        for stage, number in enumerate(CONVOLUTIONS):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(number):
                layers += _convolution(channels, width << stage)
                channels = width << stage
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(channels, classes)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Logits float32 (N, classes) of grey views float32 (N, 1, H, W) in [0, 1]."""
        if self.mirrored and not self.training:
            return (self._logits(views) + self._logits(views.flip(3))) / 2
        return self._logits(views)

    def _logits(self, views: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(local_contrast(views)).mean((2, 3)))


def local_contrast(views: torch.Tensor) -> torch.Tensor:
    """Normalise local contrast.

    Each pixel has the mean of its neighbourhood subtracted and is divided by the neighbourhood's standard
    deviation, or by the mean of these over the image where that is larger, so that flat skin stays flat.

    Source: Jarrett et al., "What is the best multi-stage architecture for object recognition?", ICCV 2009,
    section 2.1, with a square window instead of a Gaussian one.

    Args:
        views: float32 (N, 1, H, W) in [0, 1].

    Returns:
        float32 (N, 1, H, W); 0 for a constant image.
    """
    centred = views - _mean(views)
    deviation = _mean(centred.square()).sqrt()
    return centred / (torch.maximum(deviation, deviation.mean((2, 3), keepdim=True)) + 1e-3)


def _mean(images: torch.Tensor) -> torch.Tensor:
    """Mean over the neighbourhood of each pixel, as far as the image reaches."""
    return functional.avg_pool2d(images, NEIGHBOURHOOD, 1, NEIGHBOURHOOD // 2, count_include_pad=False)


def _convolution(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, 1, 1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]
