"""AdaFace (Kim et al., CVPR 2022, arXiv:2204.00964): quality-adaptive margin, 512 dimensions.

The networks see the 112-pixel ArcFace crop in **BGR**, x / 255 and then (x − 0.5) / 0.5. Their backbones are
the improved ResNets of ArcFace (Deng et al., CVPR 2019, section 3.2.2).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView
from bauta.models.reason import plain
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_lightning
from bauta.recognize.torch_embedder import TorchEmbedder, TorchInput, load_strictly
from bauta.registry import Card

CARDS = (
    Card(
        name="adaface_ir101",
        kind="recognizer",
        implementation="bauta.recognize.adaface:adaface_ir101",
        about="AdaFace, IR-101 trained on WebFace12M.",
        files=("adaface_ir101",),
        gpu=True,
        source="Kim et al., AdaFace, CVPR 2022",
    ),
    Card(
        name="adaface_ir50",
        kind="recognizer",
        implementation="bauta.recognize.adaface:adaface_ir50",
        about="AdaFace, IR-50 trained on MS1MV2.",
        files=("adaface_ir50",),
        gpu=True,
        source="Kim et al., AdaFace, CVPR 2022",
    ),
)


DIMENSIONS = 512
STAGE_CHANNELS = (64, 128, 256, 512)
BLOCKS_50 = (3, 4, 14, 3)
BLOCKS_101 = (3, 13, 30, 3)

PREFIX = "model."
"""Prefix of the network's tensor names in a PyTorch Lightning checkpoint."""

FIRST = "input_layer.0.weight"
"""Name of a tensor that every AdaFace network contains."""


def adaface_ir50(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """Load IR-50 trained on MS1MV2.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("adaface_ir50", BLOCKS_50, contract, models)


def adaface_ir101(contract: CropContract, models: ModelStore) -> TorchEmbedder:
    """Load IR-101 trained on WebFace12M.

    Raises:
        ModelError: the file is missing, is not the expected one, or does not fit the network.
    """
    return _load("adaface_ir101", BLOCKS_101, contract, models)


def _load(name: str, blocks: tuple[int, ...], contract: CropContract, models: ModelStore) -> TorchEmbedder:
    weights = trunk_weights(load_lightning(models.path(name)), name)
    module = load_strictly(AdaFaceTrunk(blocks), weights, name)
    return TorchEmbedder(contract, module, TorchInput(FaceView(), 127.5, 127.5, bgr=True), DIMENSIONS)


def trunk_weights(state: Mapping[str, Any], name: str) -> dict[str, torch.Tensor]:
    """The network's tensors, from a Lightning checkpoint or from a file that holds only the network.

    Raises:
        ModelError: the file contains no such tensors.
    """
    if FIRST in state:
        return dict(state)
    weights = {key.removeprefix(PREFIX): value for key, value in state.items() if key.startswith(PREFIX)}
    if not weights:
        raise ModelError(
            f"model '{name}': expected tensors like '{FIRST}' or '{PREFIX}{FIRST}', got "
            f"{plain(', '.join(list(state)[:3]))[:200] or 'none'}: the file belongs to another network"
        )
    return weights


class AdaFaceTrunk(nn.Module):
    """The backbone, from float32 (N, 3, 112, 112) to (N, 512).

    Args:
        blocks: Number of residual blocks in each of the four stages; the first of a stage halves the sides.
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
        """Compute embeddings, whose norm indicates the quality of the image."""
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
