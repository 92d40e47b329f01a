"""The U-Net of wiktorlazarski/head-segmentation, which segments the heads that GANonymization is trained on.

Its state-dict keys are those of `segmentation_models_pytorch.Unet` with a ResNet-34 encoder.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet34

from bauta.contract import CropContract
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_lightning
from bauta.parse.segment import Segmenter
from bauta.registry import Card

CARD = Card(
    name="head_segmentation",
    kind="parser",
    implementation="bauta.parse.head_segmentation:head_segmentation",
    about="Head against background.",
    files=("head_segmentation",),
    gpu=True,
    source="wiktorlazarski/head-segmentation",
)


SIZE = 512
CLASSES = 2
WIDTHS = (512, 256, 128, 64, 32)
"""Channels of the decoder's stages: the side of the input, halved at each stage."""

SKIPS = (256, 128, 64, 64, 0)
PREFIX = "neural_net."


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class DecoderBlock(nn.Module):
    """Upsamples by two and joins the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = _convolution(inputs + skip, outputs)
        self.conv2 = _convolution(outputs, outputs)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, 2H, 2W)."""
        x = functional.interpolate(x, scale_factor=2.0)
        return self.conv2(self.conv1(x if skip is None else torch.cat([x, skip], dim=1)))


class Decoder(nn.Module):
    """Five stages from 1/32 of the image's size to its full size."""

    def __init__(self) -> None:
        super().__init__()
        inputs = (512, *WIDTHS[:-1])
        self.blocks = nn.ModuleList(map(DecoderBlock, inputs, SKIPS, WIDTHS))

    def forward(self, features: list[torch.Tensor]) -> torch.Tensor:
        """The encoder's five features, finest first, to (N, 32, H, W)."""
        x, skips = features[-1], [*features[-2::-1], None]
        for block, skip in zip(self.blocks, skips, strict=True):
            x = block(x, skip)
        return x


class HeadNetwork(nn.Module):
    """The network of 278 tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = resnet34(weights=None)
        del self.encoder.fc
        self.decoder = Decoder()
        self.segmentation_head = nn.Sequential(nn.Conv2d(WIDTHS[-1], CLASSES, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (N, 2, H, W) of images (N, 3, H, W); H and W are multiples of 32."""
        trunk = self.encoder
        features = [trunk.relu(trunk.bn1(trunk.conv1(x)))]
        x = trunk.maxpool(features[0])
        for layer in (trunk.layer1, trunk.layer2, trunk.layer3, trunk.layer4):
            x = layer(x)
            features.append(x)
        return self.segmentation_head(self.decoder(features))


def head_segmentation(contract: CropContract, models: ModelStore) -> Segmenter:
    """Load the parser, which separates head and background on the whole crop.

    Its input is 512×512 RGB with ImageNet's mean and standard deviation.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path("head_segmentation")
    network = load_strictly(HeadNetwork(), _state(load_lightning(path)), path)
    return Segmenter(contract, network, "head_segmentation", size=SIZE, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def _state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The network's tensors, from a Lightning checkpoint or from a file that holds only the network."""
    return {name.removeprefix(PREFIX): state[name] for name in state if name != "criterion.weight"}
