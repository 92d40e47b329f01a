"""A light U-Net (Ronneberger et al., MICCAI 2015) for face parsing, by S. Enkel, trained on CelebAMask-HQ."""

import torch
from torch import nn
from torch.nn import functional

from bauta.contract import CropContract
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.parse.segment import Segmenter
from bauta.registry import Card

CARD = Card(
    name="light_unet",
    kind="parser",
    implementation="bauta.parse.light_unet:light_unet",
    about="A light U-Net trained on CelebAMask-HQ.",
    files=("light_unet",),
    gpu=True,
    source="Ronneberger et al., U-Net, MICCAI 2015",
)


SIZE = 256
CLASSES = 19


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.ReLU(),
    )


class LightUNetwork(nn.Module):
    """Two stages down and up again, 467,123 parameters, with the keys of the published file."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1, self.enc2 = _block(3, 32), _block(32, 64)
        self.bottleneck = _block(64, 128)
        self.up1, self.dec1 = nn.ConvTranspose2d(128, 64, 2, stride=2), _block(128, 64)
        self.up2, self.dec2 = nn.ConvTranspose2d(64, 32, 2, stride=2), _block(64, 32)
        self.out = nn.Conv2d(32, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (N, 19, H, W) of images (N, 3, H, W); H and W are multiples of 4."""
        fine = self.enc1(x)
        coarse = self.enc2(functional.max_pool2d(fine, 2))
        coarsest = self.bottleneck(functional.max_pool2d(coarse, 2))
        coarse = self.dec1(torch.cat([self.up1(coarsest), coarse], dim=1))
        return self.out(self.dec2(torch.cat([self.up2(coarse), fine], dim=1)))


def light_unet(contract: CropContract, models: ModelStore) -> Segmenter:
    """Load the parser, which sees the whole crop at 256×256 RGB with values in [−1, 1].

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path("light_unet")
    network = load_strictly(LightUNetwork(), load_weights(path), path)
    half = (0.5, 0.5, 0.5)
    return Segmenter(contract, network, "light_unet", size=SIZE, mean=half, std=half)
