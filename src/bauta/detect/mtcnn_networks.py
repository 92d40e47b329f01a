"""The three networks of MTCNN (Zhang et al., IEEE SPL 2016), as facenet-pytorch ported them to PyTorch.

Names and shapes of the tensors are those of the files in `mtcnn_weights/`, which are facenet-pytorch's
(T. Esler, MIT licence, beside them). The operations and their order are the same, so the outputs agree bit
for bit.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class _Flatten(nn.Module):
    """(N, C, H, W) to (N, W * H * C), the order of Caffe, from which the weights come."""

    def forward(self, values: Tensor) -> Tensor:
        """Flatten each map."""
        return values.permute(0, 3, 2, 1).contiguous().view(values.shape[0], -1)


class CascadeNetwork(nn.Module):
    """A trunk and its output layers.

    Args:
        trunk: Layers by name, in their order.
        score: Name and layer of the two values whose softmax is the probability of a face.
        others: Names and layers of the regressions: of the box and, in the last network, of the points.
    """

    def __init__(
        self, trunk: Mapping[str, nn.Module], score: tuple[str, nn.Module], others: Mapping[str, nn.Module]
    ) -> None:
        super().__init__()
        for name, layer in {**trunk, **dict([score]), **others}.items():
            self.add_module(name, layer)
        self._trunk, self._score, self._others = tuple(trunk), score[0], tuple(others)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Compute the probability of a face, and the regressions.

        Args:
            images: float32 (N, 3, H, W) in RGB, -1 to 1.

        Returns:
            Probabilities (N,) and each regression (N, C); for the first network, which slides over the image,
            (N, H', W') and (N, C, H', W').
        """
        values = images
        for name in self._trunk:
            values = getattr(self, name)(values)
        score = torch.softmax(getattr(self, self._score)(values), dim=1)[:, 1]
        return score, *(getattr(self, name)(values) for name in self._others)


def _pool(side: int) -> nn.Module:
    return nn.MaxPool2d(side, 2, ceil_mode=True)


def proposal_network() -> CascadeNetwork:
    """Create P-Net, which slides over the image with a window of 12 pixels and a step of 2."""
    trunk = {
        "conv1": nn.Conv2d(3, 10, kernel_size=3),
        "prelu1": nn.PReLU(10),
        "pool1": _pool(2),
        "conv2": nn.Conv2d(10, 16, kernel_size=3),
        "prelu2": nn.PReLU(16),
        "conv3": nn.Conv2d(16, 32, kernel_size=3),
        "prelu3": nn.PReLU(32),
    }
    heads = {"conv4_2": nn.Conv2d(32, 4, kernel_size=1)}
    return CascadeNetwork(trunk, ("conv4_1", nn.Conv2d(32, 2, kernel_size=1)), heads)


def refinement_network() -> CascadeNetwork:
    """Create R-Net, which sees windows of 24 pixels."""
    trunk = {
        "conv1": nn.Conv2d(3, 28, kernel_size=3),
        "prelu1": nn.PReLU(28),
        "pool1": _pool(3),
        "conv2": nn.Conv2d(28, 48, kernel_size=3),
        "prelu2": nn.PReLU(48),
        "pool2": _pool(3),
        "conv3": nn.Conv2d(48, 64, kernel_size=2),
        "prelu3": nn.PReLU(64),
        "flatten": _Flatten(),
        "dense4": nn.Linear(576, 128),
        "prelu4": nn.PReLU(128),
    }
    return CascadeNetwork(trunk, ("dense5_1", nn.Linear(128, 2)), {"dense5_2": nn.Linear(128, 4)})


def output_network() -> CascadeNetwork:
    """Create O-Net, which sees windows of 48 pixels and finds five points in them."""
    trunk = {
        "conv1": nn.Conv2d(3, 32, kernel_size=3),
        "prelu1": nn.PReLU(32),
        "pool1": _pool(3),
        "conv2": nn.Conv2d(32, 64, kernel_size=3),
        "prelu2": nn.PReLU(64),
        "pool2": _pool(3),
        "conv3": nn.Conv2d(64, 64, kernel_size=3),
        "prelu3": nn.PReLU(64),
        "pool3": _pool(2),
        "conv4": nn.Conv2d(64, 128, kernel_size=2),
        "prelu4": nn.PReLU(128),
        "flatten": _Flatten(),
        "dense5": nn.Linear(1152, 256),
        "prelu5": nn.PReLU(256),
    }
    heads = {"dense6_2": nn.Linear(256, 4), "dense6_3": nn.Linear(256, 10)}
    return CascadeNetwork(trunk, ("dense6_1", nn.Linear(256, 2)), heads)
