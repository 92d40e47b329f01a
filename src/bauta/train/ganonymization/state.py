"""The state of a training of GANonymization's generator."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

import torch
from torch import nn

from bauta.train.cgan.networks import Discriminator
from bauta.train.cgan.resumable import Resumable
from bauta.train.cgan.state import BETAS
from bauta.train.ganonymization.recipe import FinetuneRecipe

MAPS = 1
"""Maps that the discriminator is shown: the mask of the face."""


@dataclass(kw_only=True)
class FinetuneState(Resumable):
    """The networks; the optimizers are those of generator and discriminator.

    Attributes:
        generator: GANonymization's network.
        discriminator: Tells faces in photographs from generated ones.
    """

    NETWORKS: ClassVar[tuple[str, ...]] = ("generator", "discriminator")

    generator: nn.Module
    discriminator: Discriminator

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
