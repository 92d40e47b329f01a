"""Checkpoints of a teacher's training, so that it can resume."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import torch
from torch import nn

from bauta.errors import ModelError
from bauta.io.atomic import write_atomically
from bauta.models.reason import first_line
from bauta.models.torch_weights import load_weights
from bauta.train.network import new_network
from bauta.train.recipe import TeacherRecipe
from bauta.train.views import LabelledViews

log = logging.getLogger(__name__)

NOT_A_STATE = (RuntimeError, LookupError, TypeError, ValueError, AttributeError)
"""The exceptions that torch raises for a state that does not match the network or the optimizer."""


@dataclass(frozen=True)
class TrainingState:
    """Everything that changes while a network is trained.

    Attributes:
        identity: Hash of everything that determines the training: data, recipe and seed.
        network: The network, in training mode, on the device.
        optimizer: The AdamW optimizer.
        schedule: The learning rate schedule.
        generator: Source of randomness of the batches and the augmentation.
        loss_curve: Mean loss of each epoch so far.
    """

    identity: str
    network: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.OneCycleLR
    generator: torch.Generator
    loss_curve: list[float]

    @classmethod
    def begin(cls, faces: LabelledViews, recipe: TeacherRecipe, seed: int, device: torch.device) -> Self:
        """Create the state before the first epoch."""
        network = new_network(recipe, seed).to(device).to(memory_format=torch.channels_last)
        optimizer, schedule = _one_cycle(
            network, recipe, recipe.learning_rate, steps_per_epoch(len(faces), recipe) * recipe.epochs
        )
        text = json.dumps({"data": faces.sha256, "recipe": asdict(recipe), "seed": seed}, sort_keys=True)
        return cls(
            identity=hashlib.sha256(text.encode()).hexdigest(),
            network=network,
            optimizer=optimizer,
            schedule=schedule,
            generator=torch.Generator(device).manual_seed(seed),
            loss_curve=[],
        )

    def save(self, path: Path) -> None:
        """Write the state atomically."""
        state = {
            "identity": self.identity,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
            "loss_curve": self.loss_curve,
        }
        write_atomically(path, lambda partial: torch.save(state, partial))

    def restarted(self, faces: int, recipe: TeacherRecipe) -> Self:
        """Create the state before the first epoch of the second schedule."""
        optimizer, schedule = _one_cycle(
            self.network, recipe, recipe.restart_rate, steps_per_epoch(faces, recipe) * recipe.restart_epochs
        )
        return replace(self, optimizer=optimizer, schedule=schedule)

    def resumed(self, path: Path, faces: int, recipe: TeacherRecipe) -> Self:
        """The state of a checkpoint, if there is one of this training; otherwise this state.

        Raises:
            ModelError: the checkpoint claims to belong to this training, but its content does not match.
        """
        if not path.is_file():
            return self
        try:
            saved = load_weights(path)
        except ModelError as error:
            log.warning("%s: the training restarts from the beginning", error)
            return self
        if saved.get("identity") != self.identity:
            log.warning("%s belongs to another training and is ignored", path)
            return self
        try:
            state = self.restarted(faces, recipe) if len(saved["loss_curve"]) > recipe.epochs else self
            state.network.load_state_dict(saved["network"])
            state.optimizer.load_state_dict(saved["optimizer"])
            state.schedule.load_state_dict(saved["schedule"])
            state.generator.set_state(saved["generator"])
            state.loss_curve.extend(saved["loss_curve"])
        except NOT_A_STATE as error:
            reason = first_line(error)
            raise ModelError(f"{path} is not a checkpoint of this training ({reason}): delete it") from None
        log.info("resuming after epoch %d from %s", len(state.loss_curve), path)
        return state


def _one_cycle(
    network: nn.Module, recipe: TeacherRecipe, peak: float, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.OneCycleLR]:
    optimizer = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=recipe.weight_decay)
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, peak, total_steps=steps)


def steps_per_epoch(faces: int, recipe: TeacherRecipe) -> int:
    """Number of batches in an epoch."""
    return -(-faces // recipe.batch_size)
