"""AdaFace (Kim et al., CVPR 2022, arXiv:2204.00964): quality-adaptive margin, 512 dimensions.

The networks see the 112-pixel ArcFace crop in **BGR**, x / 255 and then (x − 0.5) / 0.5. Their trunks are the
improved ResNets of ArcFace (Deng et al., CVPR 2019, section 3.2.2).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.recognize.torch_embedder import TorchEmbedder, TorchInput, load_strictly
from bauta.recognize.views import FaceView

DIMENSIONS = 512
STAGE_CHANNELS = (64, 128, 256, 512)
BLOCKS_50 = (3, 4, 14, 3)
BLOCKS_101 = (3, 13, 30, 3)

PREFIX = "model."
"""What the names of the network's tensors begin with in a PyTorch Lightning checkpoint."""


def adaface_ir50(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """IR-50 trained on MS1MV2.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("adaface_ir50", BLOCKS_50, contract, models)


def adaface_ir101(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """IR-101 trained on WebFace12M.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("adaface_ir101", BLOCKS_101, contract, models)


def _load(name: str, blocks: tuple[int, ...], contract: CropContract, models: ModelStore) -> TorchEmbedder:
    weights = trunk_weights(load_weights(models.path(name)), name)
    module = load_strictly(AdaFaceTrunk(blocks), weights, name)
    return TorchEmbedder(contract, module, TorchInput(FaceView(), 127.5, 127.5, bgr=True), DIMENSIONS)


def trunk_weights(content: Mapping[str, Any], name: str) -> dict[str, torch.Tensor]:
    """The network's tensors of a Lightning checkpoint, or of the bare state dict of one.

    Raises:
        ModelError: there are none.
    """
    tensors = content.get("state_dict", content)
    weights = {key.removeprefix(PREFIX): value for key, value in tensors.items() if key.startswith(PREFIX)}
    if not weights:
        raise ModelError(f"model '{name}': expected tensors whose names begin with '{PREFIX}', got none")
    return weights


class AdaFaceTrunk(nn.Module):
    """From float32 (N, 3, 112, 112) to (N, 512).

    Args:
        blocks: Residual blocks of the four stages; each stage halves the sides in its first.
    """

    def __init__(self, blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)
        )
        units, channels = [], 64
        for out, number in zip(STAGE_CHANNELS, blocks, strict=True):
            for index in range(number):
                units.append(_ResidualBlock(channels, out, 2 if index == 0 else 1))
                channels = out
        self.body = nn.Sequential(*units)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(512),
            nn.Dropout(0.4),
            nn.Flatten(),
            nn.Linear(512 * 7 * 7, DIMENSIONS),
            nn.BatchNorm1d(DIMENSIONS, affine=False),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Vectors whose length tells the quality of the image."""
        return self.output_layer(self.body(self.input_layer(images)))


class _ResidualBlock(nn.Module):
    """Batch norm, convolution, batch norm, PReLU, strided convolution, batch norm, and a shortcut."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module = nn.MaxPool2d(1, stride)
        if channels != out:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.PReLU(out),
            nn.Conv2d(out, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.res_layer(features) + self.shortcut_layer(features)
