"""Checkpoints of a generator's training, so that it can resume."""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import torch
from torch import nn

from bauta.train.cgan.inversion import Inverter
from bauta.train.cgan.networks import Discriminator, Generator
from bauta.train.cgan.recipe import GanRecipe

BETAS = (0.5, 0.99)


@dataclass(kw_only=True)
class GanState:
    """What `resumable.Resumable` describes; the optimizers are those of the three networks that are trained.

    Attributes:
        generator: The generator being trained.
        average: The moving average of its weights, which is evaluated and kept.
        discriminator: The discriminator being trained.
        inverter: The adversary that is trained to undo the generator, if the recipe weighs it.
    """

    generator: Generator
    average: Generator
    discriminator: Discriminator
    inverter: Inverter
    identity: str
    optimizers: tuple[torch.optim.Optimizer, ...]
    random: torch.Generator
    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Any] | None = None

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """All four."""
        return {
            "generator": self.generator,
            "average": self.average,
            "discriminator": self.discriminator,
            "inverter": self.inverter,
        }

    @property
    def kept(self) -> Generator:
        """The moving average."""
        return self.average

    @classmethod
    def begin(cls, data: str, recipe: GanRecipe, seed: int, device: torch.device, *, vector: int) -> Self:
        """Create the state before the first step, for data with the given hash and length of embeddings."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            generator = Generator(recipe)
            discriminator = Discriminator(generator.conditions.channels, recipe.width)
            inverter = Inverter(vector)
        generator = generator.to(device).to(memory_format=torch.channels_last)
        discriminator = discriminator.to(device).to(memory_format=torch.channels_last)
        inverter = inverter.to(device).to(memory_format=torch.channels_last)
        text = json.dumps({"data": data, "recipe": asdict(recipe), "seed": seed}, sort_keys=True)
        return cls(
            identity=hashlib.sha256(text.encode()).hexdigest(),
            generator=generator,
            average=copy.deepcopy(generator).requires_grad_(False).eval(),
            discriminator=discriminator,
            inverter=inverter,
            optimizers=tuple(
                torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, betas=BETAS)
                for network in (generator, discriminator, inverter)
            ),
            random=torch.Generator().manual_seed(seed),
        )

    def follow(self, decay: float) -> None:
        """Move the average towards the generator; batch norm statistics are copied."""
        decay = min(decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            weights = zip(self.average.parameters(), self.generator.parameters(), strict=True)
            for average, current in weights:
                average.lerp_(current, 1.0 - decay)
            statistics = zip(self.average.buffers(), self.generator.buffers(), strict=True)
            for average_statistic, statistic in statistics:
                average_statistic.copy_(statistic)
