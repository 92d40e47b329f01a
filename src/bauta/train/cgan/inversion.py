"""The adversary that recovers from a generated face whose it is.

It is trained beside the generator, sees what an attacker sees, and is shown the truth of the training people:
how the proportions of a face differ from everybody's, and what a recognizer says of the photograph. The
generator is trained to leave it nothing, as in the learning of representations that a discriminator cannot
read (Edwards and Storkey, "Censoring representations with an adversary", ICLR 2016, section 3).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bauta.errors import DataError
from bauta.train.cgan.batches import Batch
from bauta.train.cgan.faces import GanFaces

CHANNELS = (24, 48, 96, 128, 128)
"""Channels after each halving of the side."""

MISSING = "generator: expected proportions for the adversary, got none; load them"


class Inverter(nn.Module):
    """A convolutional network from generated faces to what their originals were like.

    Args:
        vector: Length of the recognizer's embeddings.
    """

    def __init__(self, vector: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for out in CHANNELS:
            layers += [
                nn.Conv2d(channels, out, 4, 2, 1, bias=False),
                nn.GroupNorm(4, out),
                nn.LeakyReLU(0.2),
            ]
            channels = out
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(channels * 4, 256)
        self.proportions = nn.Linear(256, 136)
        self.vector = nn.Linear(256, vector)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Standardised proportions (N, 136) and embeddings (N, D) for images (N, 3, S, S) in [-1, 1]."""
        features = functional.adaptive_avg_pool2d(self.features(images), 2).flatten(1)
        hidden = functional.leaky_relu(self.hidden(features), 0.2)
        return self.proportions(hidden).float(), self.vector(hidden).float()


@dataclass(frozen=True)
class Sought:
    """What the adversary looks for, in units in which knowing nothing is zero.

    Attributes:
        mean: float32 (136,), mean proportions of the training faces.
        scale: float32 (136,), 1 / standard deviation of the proportions.
        vector: float32 (D,), mean of the training photographs' embeddings.
    """

    mean: torch.Tensor
    scale: torch.Tensor
    vector: torch.Tensor

    @classmethod
    def of(cls, faces: GanFaces, device: torch.device) -> Self:
        """Measure means and spreads of training faces.

        Raises:
            DataError: the proportions of the faces were not computed.
        """
        if faces.proportions is None:
            raise DataError(MISSING)
        proportions = faces.proportions.reshape(len(faces), -1)
        return cls(
            torch.from_numpy(proportions.mean(axis=0)).to(device),
            torch.from_numpy(1.0 / (proportions.std(axis=0) + 1e-4)).to(device),
            torch.from_numpy(_unit(faces.vectors).mean(axis=0)).to(device),
        )

    def truth(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Standardised proportions (B, 136), and centred embeddings of the photographs but mirror images.

        A face and its mirror image have one embedding, which would be sought twice.

        Raises:
            DataError: the proportions of the faces were not computed.
        """
        if batch.proportions is None:
            raise DataError(MISSING)
        proportions = (batch.proportions.flatten(1) - self.mean) * self.scale
        own = batch.vectors[: len(batch.vectors) // 2]
        return proportions, functional.normalize(own) - self.vector


def inverter_loss(found: tuple[torch.Tensor, torch.Tensor], truth: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """What the adversary minimises: the distances from the truth, 1 each for one that knows nothing.

    Args:
        found: Proportions (N, 136) and embeddings (N, D) that it predicts.
        truth: Proportions (N, 136), and embeddings (P, D) of the first P faces.
    """
    return sum((_error(guess, true) for guess, true in _pairs(found, truth)), torch.zeros(()))


def inversion_loss(found: tuple[torch.Tensor, torch.Tensor], truth: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """What the generator minimises: how similar the predictions are to the truth, 0 for no relation.

    The arguments are those of `inverter_loss`. Predictions that are wrong on purpose are not rewarded, as an
    attacker would turn them round.
    """
    parts = [
        functional.cosine_similarity(guess, true).clamp_min(0.0).mean()
        for guess, true in _pairs(found, truth)
    ]
    return torch.stack(parts).mean()


def _pairs(
    found: tuple[torch.Tensor, torch.Tensor], truth: tuple[torch.Tensor, ...]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(guess[: len(true)], true) for guess, true in zip(found, truth, strict=True) if len(true)]


def _error(guess: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    return (guess - true).square().sum(1).mean() / (true.square().sum(1).mean() + 1e-6)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
