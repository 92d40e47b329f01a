"""Inception-ResNet-v1 (Szegedy et al., AAAI 2017, arXiv:1602.07261, figures 10 to 15) with 512 dimensions.

Names and shapes of the tensors are those of the weights of facenet-pytorch.
"""

from collections.abc import Sequence

import torch
from torch import nn

DIMENSIONS = 512
EPSILON = 1e-3
"""Epsilon of the batch norms, as in the TensorFlow original."""

Kernel = int | tuple[int, int]


class InceptionResnetV1(nn.Module):
    """The network, from float32 (N, 3, 160, 160) to (N, 512)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1a = _Conv(3, 32, 3, stride=2)
        self.conv2d_2a = _Conv(32, 32, 3)
        self.conv2d_2b = _Conv(32, 64, 3, padding=1)
        self.maxpool_3a = nn.MaxPool2d(3, 2)
        self.conv2d_3b = _Conv(64, 80, 1)
        self.conv2d_4a = _Conv(80, 192, 3)
        self.conv2d_4b = _Conv(192, 256, 3, stride=2)
        self.repeat_1 = nn.Sequential(*(_block35() for _ in range(5)))
        self.mixed_6a = _Concatenated(
            _Conv(256, 384, 3, stride=2),
            nn.Sequential(_Conv(256, 192, 1), _Conv(192, 192, 3, padding=1), _Conv(192, 256, 3, stride=2)),
            nn.MaxPool2d(3, 2),
        )
        self.repeat_2 = nn.Sequential(*(_block17() for _ in range(10)))
        self.mixed_7a = _Concatenated(
            nn.Sequential(_Conv(896, 256, 1), _Conv(256, 384, 3, stride=2)),
            nn.Sequential(_Conv(896, 256, 1), _Conv(256, 256, 3, stride=2)),
            nn.Sequential(_Conv(896, 256, 1), _Conv(256, 256, 3, padding=1), _Conv(256, 256, 3, stride=2)),
            nn.MaxPool2d(3, 2),
        )
        self.repeat_3 = nn.Sequential(*(_block8(0.2) for _ in range(5)))
        self.block8 = _block8(1.0, rectified=False)
        self.last_linear = nn.Linear(1792, DIMENSIONS, bias=False)
        self.last_bn = nn.BatchNorm1d(DIMENSIONS, eps=EPSILON)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Compute embeddings of any norm."""
        features = self.maxpool_3a(self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(images))))
        features = self.conv2d_4b(self.conv2d_4a(self.conv2d_3b(features)))
        features = self.mixed_6a(self.repeat_1(features))
        features = self.mixed_7a(self.repeat_2(features))
        features = self.block8(self.repeat_3(features))
        return self.last_bn(self.last_linear(features.mean(dim=(2, 3))))


class _Conv(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(
        self, channels: int, out: int, kernel: Kernel, *, stride: int = 1, padding: Kernel = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=EPSILON)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.bn(self.conv(features)))


class _Concatenated(nn.Module):
    """Parallel branches `branch0`, `branch1`, …, whose channels are concatenated."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        for index, branch in enumerate(branches):
            self.add_module(f"branch{index}", branch)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(features) for branch in self.children()], dim=1)


class _ResidualBlock(nn.Module):
    """Branches whose concatenated channels are projected to the input's, scaled and added to it."""

    def __init__(
        self, branches: Sequence[nn.Module], joined: int, out: int, scale: float, rectified: bool
    ) -> None:
        super().__init__()
        for index, branch in enumerate(branches):
            self.add_module(f"branch{index}", branch)
        self.conv2d = nn.Conv2d(joined, out, 1)
        self._branches, self._scale, self._rectified = len(branches), scale, rectified

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        joined = torch.cat([self.get_submodule(f"branch{i}")(features) for i in range(self._branches)], dim=1)
        result = features + self._scale * self.conv2d(joined)
        return torch.relu(result) if self._rectified else result


def _block35() -> _ResidualBlock:
    branches = (
        _Conv(256, 32, 1),
        nn.Sequential(_Conv(256, 32, 1), _Conv(32, 32, 3, padding=1)),
        nn.Sequential(_Conv(256, 32, 1), _Conv(32, 32, 3, padding=1), _Conv(32, 32, 3, padding=1)),
    )
    return _ResidualBlock(branches, 96, 256, 0.17, rectified=True)


def _block17() -> _ResidualBlock:
    branches = (
        _Conv(896, 128, 1),
        nn.Sequential(
            _Conv(896, 128, 1),
            _Conv(128, 128, (1, 7), padding=(0, 3)),
            _Conv(128, 128, (7, 1), padding=(3, 0)),
        ),
    )
    return _ResidualBlock(branches, 256, 896, 0.1, rectified=True)


def _block8(scale: float, *, rectified: bool = True) -> _ResidualBlock:
    branches = (
        _Conv(1792, 192, 1),
        nn.Sequential(
            _Conv(1792, 192, 1),
            _Conv(192, 192, (1, 3), padding=(0, 1)),
            _Conv(192, 192, (3, 1), padding=(1, 0)),
        ),
    )
    return _ResidualBlock(branches, 384, 1792, scale, rectified)
