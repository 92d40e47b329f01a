"""The state of a generator's training, so that it can be broken off and gone on with."""

import copy
import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import torch

from bauta.errors import ModelError
from bauta.files import write_atomically
from bauta.models.torch_weights import load_weights
from bauta.train.cgan.networks import Discriminator, Generator
from bauta.train.cgan.recipe import GanRecipe

log = logging.getLogger(__name__)

BETAS = (0.5, 0.99)


@dataclass
class GanState:
    """Everything that changes while a generator is trained.

    Attributes:
        identity: Hash of what makes a training what it is: data, recipe and seed.
        generator: It learns.
        average: Moving average of its weights; it is what is judged and kept.
        discriminator: Its opponent.
        optimizers: Of generator and discriminator.
        random: Source of the batches.
        step: Steps done.
        curve: Parts of the loss at each step since the last judgement, and each judgement.
        best: Weights of the average at the best judgement, with that judgement.
    """

    identity: str
    generator: Generator
    average: Generator
    discriminator: Discriminator
    optimizers: tuple[torch.optim.Optimizer, torch.optim.Optimizer]
    random: torch.Generator
    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Any] | None = None

    @classmethod
    def begin(cls, data: str, recipe: GanRecipe, seed: int, device: torch.device) -> Self:
        """The state before the first step, for data with a hash."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            generator = Generator(recipe)
            discriminator = Discriminator(generator.conditions.channels, recipe.width)
        generator = generator.to(device).to(memory_format=torch.channels_last)
        discriminator = discriminator.to(device).to(memory_format=torch.channels_last)
        text = json.dumps({"data": data, "recipe": asdict(recipe), "seed": seed}, sort_keys=True)
        return cls(
            identity=hashlib.sha256(text.encode()).hexdigest(),
            generator=generator,
            average=copy.deepcopy(generator).requires_grad_(False).eval(),
            discriminator=discriminator,
            optimizers=(
                torch.optim.Adam(generator.parameters(), lr=recipe.learning_rate, betas=BETAS),
                torch.optim.Adam(discriminator.parameters(), lr=recipe.learning_rate, betas=BETAS),
            ),
            random=torch.Generator().manual_seed(seed),
        )

    def follow(self, decay: float) -> None:
        """Move the average towards the generator; statistics of batch norms are taken over as they are."""
        decay = min(decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            weights = zip(self.average.parameters(), self.generator.parameters(), strict=True)
            for average, current in weights:
                average.lerp_(current, 1.0 - decay)
            statistics = zip(self.average.buffers(), self.generator.buffers(), strict=True)
            for average_statistic, statistic in statistics:
                average_statistic.copy_(statistic)

    def save(self, path: Path) -> None:
        """Write the state so that a reader sees the whole of it or the one before."""
        state = {
            "identity": self.identity,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": self.random.get_state(),
            "step": self.step,
            "curve": self.curve,
            "best": self.best,
        }
        write_atomically(path, lambda partial: torch.save(state, partial))

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, if there is one of this very training."""
        if not path.is_file():
            return
        try:
            saved = load_weights(path)
        except ModelError as error:
            log.warning("%s: the training begins anew", error)
            return
        if saved.get("identity") != self.identity:
            log.warning("%s is of another training and is not used", path)
            return
        self.generator.load_state_dict(saved["generator"])
        self.average.load_state_dict(saved["average"])
        self.discriminator.load_state_dict(saved["discriminator"])
        for optimizer, values in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        self.random.set_state(saved["random"])
        self.step, self.curve, self.best = saved["step"], saved["curve"], saved["best"]
        log.info("going on after step %d of %s", self.step, path)
