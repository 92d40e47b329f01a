"""MobileFaceNet (Chen et al., CCBR 2018, arXiv:1804.07573) trained on CASIA-WebFace, 112×96 pixels.

The network of Xiaoccer/MobileFaceNet_Pytorch: table 1 of the paper with 64 channels in and 128 dimensions.
"""

import torch
from torch import nn

from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.recognize.torch_embedder import TorchEmbedder, TorchInput, load_strictly
from bauta.registry import Card

CARD = Card(
    name="mobilefacenet_casia",
    kind="recognizer",
    implementation="bauta.recognize.mobilefacenet_casia:mobilefacenet_casia",
    about="MobileFaceNet trained on CASIA-WebFace, a PyTorch module.",
    files=("mobilefacenet_casia",),
    gpu=True,
    source="Chen et al., MobileFaceNets, CCBR 2018",
)


DIMENSIONS = 128

_CUT = 8
VIEW = FaceView(112, 96, (_CUT - 0.5, -0.5, ARCFACE_SIZE - _CUT - 0.5, ARCFACE_SIZE - 0.5))
"""SphereFace's 112×96 crop (Liu et al., CVPR 2017); its template is ArcFace's, 8 pixels to the left."""

STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
"""Expansion, channels, count and first stride of the bottlenecks, as in table 1."""


def mobilefacenet_casia(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """Load the network, whose input is RGB, (x − 127.5) / 128.

    The embeddings of the view and of its mirror image are concatenated to 256 dimensions.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    name = "mobilefacenet_casia"
    path = models.path(name)
    weights = load_weights(path).get("net_state_dict")
    if not isinstance(weights, dict):
        raise ModelError(f"model '{name}': {path} lacks 'net_state_dict'; download it again")
    module = load_strictly(MobileFaceNet(), weights, name)
    return TorchEmbedder(contract, module, TorchInput(VIEW, 127.5, 128.0, flipped=True), DIMENSIONS)


class MobileFaceNet(nn.Module):
    """The network, from float32 (N, 3, 112, 96) to (N, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = _Conv(3, 64, 3, stride=2, padding=1)
        self.dw_conv1 = _Conv(64, 64, 3, padding=1, groups=64)
        blocks, channels = [], 64
        for expansion, out, number, first in STAGES:
            for index in range(number):
                blocks.append(_Bottleneck(channels, out, first if index == 0 else 1, expansion))
                channels = out
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = _Conv(128, 512, 1)
        self.linear7 = _Conv(512, 512, (7, 6), groups=512, linear=True)
        self.linear1 = _Conv(512, DIMENSIONS, 1, linear=True)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Compute embeddings of any norm."""
        features = self.blocks(self.dw_conv1(self.conv1(images)))
        return self.linear1(self.linear7(self.conv2(features))).flatten(1)


class _Conv(nn.Module):
    """Convolution, batch norm and, unless linear, PReLU."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(out)
        if not linear:
            self.prelu = nn.PReLU(out)
        self._linear = linear

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        features = self.bn(self.conv(features))
        return features if self._linear else self.prelu(features)


class _Bottleneck(nn.Module):
    """Inverted residual (Sandler et al., MobileNetV2, CVPR 2018, section 3.3) with PReLU."""

    def __init__(self, channels: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = channels * expansion
        self.conv = nn.Sequential(
            nn.Conv2d(channels, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, out, 1, bias=False),
            nn.BatchNorm2d(out),
        )
        self._residual = stride == 1 and channels == out

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        result = self.conv(features)
        return features + result if self._residual else result
