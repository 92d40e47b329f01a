"""A narrow ResNet-18 for grey images."""

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


class ResNet18(nn.Module):
    """ResNet-18 (He et al., CVPR 2016, table 1) with one input channel and a width.

    It standardises each image itself, so that brightness and contrast do not matter and a constant image
    gives constant logits.

    Args:
        width: Channels of the first stage; 64 in the paper.
        classes: Number of outputs.
    """

    def __init__(self, width: int, classes: int = len(EXPRESSIONS)) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
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
        centred = views - views.mean((2, 3), keepdim=True)
        deviation = centred.square().mean((2, 3), keepdim=True).sqrt()
        features = self.stages(self.stem(centred / (deviation + 1e-3)))
        return self.head(features.mean((2, 3)))
