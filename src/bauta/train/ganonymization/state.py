"""The state of a training of GANonymization's generator."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import torch
from torch import nn

from bauta.train.cgan.networks import Discriminator
from bauta.train.cgan.state import BETAS
from bauta.train.ganonymization.recipe import FinetuneRecipe

MAPS = 1
"""Maps that the discriminator is shown: the mask of the face."""


@dataclass(kw_only=True)
class FinetuneState:
    """What `resumable.Resumable` describes; the optimizers are those of generator and discriminator.

    Attributes:
        generator: GANonymization's network.
        discriminator: Tells faces in photographs from generated ones.
    """

    generator: nn.Module
    discriminator: Discriminator
    identity: str
    optimizers: tuple[torch.optim.Optimizer, ...]
    random: torch.Generator
    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Any] | None = None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Both."""
        return {"generator": self.generator, "discriminator": self.discriminator}

    @property
    def kept(self) -> nn.Module:
        """The generator."""
        return self.generator

    @classmethod
    def begin(
        cls, generator: nn.Module, data: str, recipe: FinetuneRecipe, seed: int, device: torch.device
    ) -> Self:
        """Create the state before the first step, for a network with its initial weights.

        Args:
            generator: The network, which is trained in place.
            data: Hash of the faces and of the initial weights.
            recipe: Training settings.
            seed: Seed of the discriminator and the batches.
            device: The device to train on.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            discriminator = Discriminator(MAPS, recipe.width)
        generator, discriminator = generator.to(device).requires_grad_(True), discriminator.to(device)
        text = json.dumps({"data": data, "recipe": asdict(recipe), "seed": seed}, sort_keys=True)
        return cls(
            identity=hashlib.sha256(text.encode()).hexdigest(),
            generator=generator,
            discriminator=discriminator,
            optimizers=tuple(
                torch.optim.Adam(network.parameters(), lr=rate, betas=BETAS)
                for network, rate in (
                    (generator, recipe.learning_rate),
                    (discriminator, recipe.critic_rate),
                )
            ),
            random=torch.Generator().manual_seed(seed),
        )
