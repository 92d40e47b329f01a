"""Checkpoints of a generator's training, so that it can resume."""

import copy
import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import torch

from bauta.errors import ModelError
from bauta.io.atomic import write_atomically
from bauta.models.reason import first_line
from bauta.models.torch_weights import load_weights
from bauta.train.cgan.inversion import Inverter
from bauta.train.cgan.networks import Discriminator, Generator
from bauta.train.cgan.recipe import GanRecipe
from bauta.train.state import NOT_A_STATE

log = logging.getLogger(__name__)

BETAS = (0.5, 0.99)


@dataclass
class GanState:
    """Everything that changes while a generator is trained.

    Attributes:
        identity: Hash of everything that determines the training: data, recipe and seed.
        generator: The generator being trained.
        average: The moving average of its weights, which is evaluated and kept.
        discriminator: The discriminator being trained.
        inverter: The adversary that is trained to undo the generator, if the recipe weighs it.
        optimizers: Optimizers of generator, discriminator and adversary.
        random: Source of randomness of the batches.
        step: Number of completed steps.
        curve: Parts of the loss at each step since the last evaluation, and each evaluation.
        best: Averaged weights at the best evaluation, with that evaluation.
    """

    identity: str
    generator: Generator
    average: Generator
    discriminator: Discriminator
    inverter: Inverter
    optimizers: tuple[torch.optim.Optimizer, ...]
    random: torch.Generator
    step: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, Any] | None = None

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

    def save(self, path: Path) -> None:
        """Write the state atomically."""
        state = {
            "identity": self.identity,
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "inverter": self.inverter.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": self.random.get_state(),
            "step": self.step,
            "curve": self.curve,
            "best": self.best,
        }
        write_atomically(path, lambda partial: torch.save(state, partial))

    def resume(self, path: Path) -> None:
        """Resume from a checkpoint, if there is one of this training.

        Raises:
            ModelError: the checkpoint claims to belong to this training, but its content does not match.
        """
        if not path.is_file():
            return
        try:
            saved = load_weights(path)
        except ModelError as error:
            log.warning("%s: the training restarts from the beginning", error)
            return
        if saved.get("identity") != self.identity:
            log.warning("%s belongs to another training and is ignored", path)
            return
        try:
            self._take(saved)
        except NOT_A_STATE as error:
            reason = first_line(error)
            raise ModelError(f"{path} is not a checkpoint of this training ({reason}): delete it") from None
        log.info("resuming after step %d from %s", self.step, path)

    def _take(self, saved: dict[str, Any]) -> None:
        self.generator.load_state_dict(saved["generator"])
        self.average.load_state_dict(saved["average"])
        self.discriminator.load_state_dict(saved["discriminator"])
        self.inverter.load_state_dict(saved["inverter"])
        for optimizer, values in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        self.random.set_state(saved["random"])
        self.step, self.curve, self.best = saved["step"], saved["curve"], saved["best"]
