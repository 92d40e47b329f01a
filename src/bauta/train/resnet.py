"""A narrow ResNet-18 for grey images."""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from bauta.labels import EXPRESSIONS


class BasicBlock(nn.Module):
    """Two 3×3 convolutions with a shortcut (He et al., CVPR 2016, figure 2)."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (N, channels_out, H / stride, W / stride)."""
        hidden = functional.relu(self.norm1(self.conv1(images)))
        return functional.relu(self.norm2(self.conv2(hidden)) + self.shortcut(images))


def _paper_stem(width: int) -> nn.Sequential:
    """Reduce the side to a quarter, as in the paper, for views of about 112 pixels."""
    return nn.Sequential(
        nn.Conv2d(1, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    )


def _small_stem(width: int) -> nn.Sequential:
    """Halve the side with two small convolutions (He et al., CVPR 2019, ResNet-C), for 48 pixels."""
    return nn.Sequential(
        nn.Conv2d(1, width // 2, 3, 1, 1, bias=False),
        nn.BatchNorm2d(width // 2),
        nn.ReLU(),
        nn.Conv2d(width // 2, width, 3, 1, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


Stem = Literal["paper", "small"]

STEMS: Mapping[Stem, Callable[[int], nn.Sequential]] = {"paper": _paper_stem, "small": _small_stem}


class ResNet18(nn.Module):
    """ResNet-18 (He et al., CVPR 2016, table 1) with one input channel and a configurable width.

    It standardises each image, so brightness and contrast do not matter and a constant image gives constant
    logits.

    Args:
        width: Channels of the first stage; 64 in the paper.
        stem: How the image is reduced before the first stage, a name in `STEMS`.
        mirrored: Whether to return the mean logits of the image and its mirror image.
        classes: Number of outputs.
    """

    def __init__(
        self,
        width: int,
        *,
        stem: Stem = "paper",
        mirrored: bool = False,
        classes: int = len(EXPRESSIONS),
    ) -> None:
        super().__init__()
        self.mirrored = mirrored
        self.stem = STEMS[stem](width)
        channels = [width, width, 2 * width, 4 * width, 8 * width]
        blocks: list[nn.Module] = []
        for stage in range(4):
            stride = 1 if stage == 0 else 2
            blocks.append(BasicBlock(channels[stage], channels[stage + 1], stride))
            blocks.append(BasicBlock(channels[stage + 1], channels[stage + 1], 1))
        self.stages = nn.Sequential(*blocks)
        self.head = nn.Linear(channels[-1], classes)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Logits float32 (N, classes) of grey views float32 (N, 1, H, W) in [0, 1]."""
        if self.mirrored and not self.training:
            return (self._logits(views) + self._logits(views.flip(3))) / 2
        return self._logits(views)

    def stages_of(self, views: torch.Tensor) -> list[torch.Tensor]:
        """Features after each block, (N, channels, h, w); the head uses the average of the last ones."""
        centred = views - views.mean((2, 3), keepdim=True)
        deviation = centred.square().mean((2, 3), keepdim=True).sqrt()
        found = [self.stem(centred / (deviation + 1e-3))]
        for block in self.stages:
            found.append(block(found[-1]))
        return found[1:]

    def _logits(self, views: torch.Tensor) -> torch.Tensor:
        return self.head(self.stages_of(views)[-1].mean((2, 3)))
