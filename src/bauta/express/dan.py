"""DAN, Distract Your Attention (Wen et al., Biomimetics 8(2), 2023), with the keys of its official files."""

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet18

from bauta.contract import CropContract
from bauta.express.torch_teacher import TorchTeacher, model_state
from bauta.inference.face_view import FER2013_BOX, FaceView
from bauta.inference.torch_network import load_strictly
from bauta.labels import LABEL_SPACES
from bauta.models.store import ModelStore
from bauta.registry import Card

CARDS = (
    Card(
        name="dan7",
        kind="teacher",
        implementation="bauta.express.dan:dan7",
        about="DAN trained on RAF-DB.",
        files=("dan7",),
        gpu=True,
        space="dan7",
        source="Wen et al., Distract Your Attention, Biomimetics 8(2), 2023",
    ),
    Card(
        name="dan8",
        kind="teacher",
        implementation="bauta.express.dan:dan8",
        about="DAN trained on AffectNet.",
        files=("dan8",),
        gpu=True,
        space="dan8",
        source="Wen et al., Distract Your Attention, Biomimetics 8(2), 2023",
    ),
)


FEATURES = 512


def _convolution(inputs: int, outputs: int, kernel: tuple[int, int]) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs))


class SpatialAttention(nn.Module):
    """Weights each position by the responses of kernels of three shapes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1x1 = _convolution(FEATURES, 256, (1, 1))
        self.conv_3x3 = _convolution(256, FEATURES, (3, 3))
        self.conv_1x3 = _convolution(256, FEATURES, (1, 3))
        self.conv_3x1 = _convolution(256, FEATURES, (3, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 512, H, W) to features of the same shape."""
        narrow = self.conv1x1(x)
        seen = self.conv_3x3(narrow) + self.conv_1x3(narrow) + self.conv_3x1(narrow)
        return x * functional.relu(seen).sum(dim=1, keepdim=True)


class ChannelAttention(nn.Module):
    """Weights each channel of the mean over all positions."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Sequential(
            nn.Linear(FEATURES, 32),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Linear(32, FEATURES),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 512, H, W) to a vector (N, 512)."""
        mean = x.mean(dim=(2, 3))
        return mean * self.attention(mean)


class CrossAttentionHead(nn.Module):
    """Spatial attention, then channel attention."""

    def __init__(self) -> None:
        super().__init__()
        self.sa = SpatialAttention()
        self.ca = ChannelAttention()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, 512, H, W) to a vector (N, 512)."""
        return self.ca(self.sa(x))


class DanNetwork(nn.Module):
    """ResNet-18 with four attention heads, fused by a log-softmax over the heads.

    Args:
        classes: Number of classes.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*list(resnet18(weights=None).children())[:-2])
        self.cat_head0 = CrossAttentionHead()
        self.cat_head1 = CrossAttentionHead()
        self.cat_head2 = CrossAttentionHead()
        self.cat_head3 = CrossAttentionHead()
        self.fc = nn.Linear(FEATURES, classes)
        self.bn = nn.BatchNorm1d(classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, classes) of images (N, 3, 224, 224)."""
        features = self.features(x)
        heads = (self.cat_head0, self.cat_head1, self.cat_head2, self.cat_head3)
        answers = torch.stack([head(features) for head in heads], dim=1)
        return self.bn(self.fc(functional.log_softmax(answers, dim=1).sum(dim=1)))


VIEW = FaceView(224, 224, FER2013_BOX)


def open_dan(contract: CropContract, models: ModelStore, space: str) -> TorchTeacher:
    """Load DAN on RGB 224×224 views with ImageNet's mean and standard deviation.

    DAN was trained on the aligned images of RAF-DB and the face boxes of AffectNet; the view is FER-2013's
    frame, which shows about as much of a face.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        space: `dan7` for the weights trained on RAF-DB, `dan8` for those trained on AffectNet; also the label
            space.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path(space)
    network = load_strictly(DanNetwork(len(LABEL_SPACES[space].classes)), model_state(path, "DAN"), path)
    return TorchTeacher(network, VIEW, space, contract)


def dan7(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load DAN trained on RAF-DB, 7 classes."""
    return open_dan(contract, models, "dan7")


def dan8(contract: CropContract, models: ModelStore) -> TorchTeacher:
    """Load DAN trained on AffectNet, 8 classes."""
    return open_dan(contract, models, "dan8")
