"""BiSeNet (Yu et al., ECCV 2018) as trained on CelebAMask-HQ in zllrunning/face-parsing.PyTorch."""

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet18

from bauta.contract import CropContract
from bauta.inference.inputs import IMAGENET_MEAN, IMAGENET_STD
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.parse.segment import Segmenter
from bauta.registry import Card

CARD = Card(
    name="bisenet",
    kind="parser",
    implementation="bauta.parse.bisenet:bisenet",
    about="BiSeNet trained on CelebAMask-HQ.",
    files=("bisenet",),
    gpu=True,
    source="Yu et al., BiSeNet, ECCV 2018",
)


SIZE = 512
CLASSES = 19


class ConvBnRelu(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        return functional.relu(self.bn(self.conv(x)))


class AttentionRefinement(nn.Module):
    """Features weighted by their own mean over the image (section 3.2 of the paper)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = ConvBnRelu(inputs, outputs)
        self.conv_atten = nn.Conv2d(outputs, outputs, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        features = self.conv(x)
        mean = features.mean(dim=(2, 3), keepdim=True)
        return features * torch.sigmoid(self.bn_atten(self.conv_atten(mean)))


class ContextPath(nn.Module):
    """ResNet-18, with its coarse features upsampled to an eighth of the image."""

    def __init__(self) -> None:
        super().__init__()
        self.resnet = resnet18(weights=None)
        del self.resnet.fc
        self.arm16 = AttentionRefinement(256, 128)
        self.arm32 = AttentionRefinement(512, 128)
        self.conv_head32 = ConvBnRelu(128, 128)
        self.conv_head16 = ConvBnRelu(128, 128)
        self.conv_avg = ConvBnRelu(512, 128, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images to the trunk's features and the context at 1/8 of their size, both (N, 128, H/8, W/8)."""
        trunk = self.resnet
        x = trunk.maxpool(trunk.relu(trunk.bn1(trunk.conv1(x))))
        at8 = trunk.layer2(trunk.layer1(x))
        at16 = trunk.layer3(at8)
        at32 = trunk.layer4(at16)
        # The mean is constant in space, so broadcasting it in the sum equals nearest-neighbour upsampling.
        context = self.arm32(at32) + self.conv_avg(at32.mean(dim=(2, 3), keepdim=True))
        context = self.conv_head32(functional.interpolate(context, size=at16.shape[2:]))
        context = self.arm16(at16) + context
        return at8, self.conv_head16(functional.interpolate(context, size=at8.shape[2:]))


class FeatureFusion(nn.Module):
    """Fuses details and context, weighted by channel (section 3.3 of the paper)."""

    def __init__(self) -> None:
        super().__init__()
        self.convblk = ConvBnRelu(256, 256, 1)
        self.conv1 = nn.Conv2d(256, 64, 1, bias=False)
        self.conv2 = nn.Conv2d(64, 256, 1, bias=False)

    def forward(self, details: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Twice (N, 128, H, W) to (N, 256, H, W)."""
        features = self.convblk(torch.cat([details, context], dim=1))
        mean = features.mean(dim=(2, 3), keepdim=True)
        return features * torch.sigmoid(self.conv2(functional.relu(self.conv1(mean)))) + features


class OutputHead(nn.Module):
    """Outputs the scores of the classes."""

    def __init__(self, inputs: int, middle: int) -> None:
        super().__init__()
        self.conv = ConvBnRelu(inputs, middle)
        self.conv_out = nn.Conv2d(middle, CLASSES, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) to (N, 19, H, W)."""
        return self.conv_out(self.conv(x))


class BiSeNetwork(nn.Module):
    """The network of 191 tensors and 13,300,416 parameters; two of its heads were only used in training."""

    def __init__(self) -> None:
        super().__init__()
        self.cp = ContextPath()
        self.ffm = FeatureFusion()
        self.conv_out = OutputHead(256, 256)
        self.conv_out16 = OutputHead(128, 64)
        self.conv_out32 = OutputHead(128, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (N, 19, H, W) of images (N, 3, H, W); H and W are multiples of 32."""
        scores = self.conv_out(self.ffm(*self.cp(x)))
        return functional.interpolate(scores, size=x.shape[2:], mode="bilinear", align_corners=True)


def bisenet(contract: CropContract, models: ModelStore) -> Segmenter:
    """Load the parser, which sees the whole crop at 512×512 RGB with ImageNet's mean and standard deviation.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path("bisenet")
    network = load_strictly(BiSeNetwork(), load_weights(path), path)
    return Segmenter(contract, network, "bisenet", size=SIZE, mean=IMAGENET_MEAN, std=IMAGENET_STD)
