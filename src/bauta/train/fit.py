"""Fitting the teacher's network."""

import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils import deterministic
from tqdm import trange

from bauta.errors import BautaError
from bauta.inference.bfloat16 import has_bfloat16
from bauta.inference.device import torch_device
from bauta.train.augment import augment
from bauta.train.recipe import TeacherRecipe
from bauta.train.state import TrainingState, steps_per_epoch
from bauta.train.views import LabelledViews

log = logging.getLogger(__name__)


class TrainingError(BautaError, RuntimeError):
    """A network's training failed."""


@dataclass(frozen=True)
class Fit:
    """A trained network, on the CPU and in evaluation mode, and the mean loss of each epoch."""

    network: nn.Module
    loss_curve: tuple[float, ...]


def fit_network(
    faces: LabelledViews,
    recipe: TeacherRecipe,
    *,
    seed: int,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Fit:
    """Train a recipe's network with AdamW, a one-cycle schedule, class weights and augmentation.

    It uses a GPU if there is one. Call this inside `reproducible`.

    Args:
        faces: Training faces.
        recipe: Training settings.
        seed: Seed of the weights, the batches and the augmentation.
        checkpoint: File that stores the state after each epoch; an interrupted training resumes from it, with
            the same result as an uninterrupted one. A checkpoint of another training is ignored.
        progress: Show a progress bar.

    Raises:
        TrainingError: the loss is not finite.
    """
    device = torch_device()
    state = TrainingState.begin(faces, recipe, seed, device)
    if checkpoint is not None:
        state = state.resumed(checkpoint, len(faces), recipe)
    views = torch.from_numpy(faces.views)[:, None].to(device)
    targets = torch.from_numpy(faces.labels if faces.distributions is None else faces.distributions).to(
        device
    )
    weights = _class_weights(faces, recipe.balance).to(device)
    epochs = trange(
        len(state.loss_curve),
        recipe.all_epochs,
        initial=len(state.loss_curve),
        total=recipe.all_epochs,
        desc="teacher",
        unit="epoch",
        disable=None if progress else True,
    )
    for epoch in epochs:
        if epoch == recipe.epochs:
            state = state.restarted(len(faces), recipe)
        loss = _train_epoch(
            state, views, targets, weights, recipe, small=epoch < recipe.small_share * recipe.epochs
        )
        if not math.isfinite(loss):
            raise TrainingError(
                f"teacher: the loss is {loss} in epoch {epoch + 1}, expected a finite number; "
                f"lower the learning rate (it is {recipe.learning_rate})"
            )
        state.loss_curve.append(loss)
        log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.all_epochs, loss)
        if checkpoint is not None:
            state.save(checkpoint)
    return Fit(state.network.cpu().eval(), tuple(state.loss_curve))


def _train_epoch(
    state: TrainingState,
    views: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    recipe: TeacherRecipe,
    *,
    small: bool,
) -> float:
    """Train for one pass over the faces and return the mean loss; stop at a loss that is not finite."""
    state.network.train()
    bfloat16 = recipe.bfloat16 and has_bfloat16(views.device)
    order = torch.randperm(len(views), generator=state.generator, device=views.device)
    total = 0.0
    for rows in order.tensor_split(steps_per_epoch(len(views), recipe)):
        batch = augment(views[rows].float() / 255.0, recipe.augmentation, state.generator)
        if small:
            size = (recipe.small_size, recipe.small_size)
            batch = functional.interpolate(batch, size, mode="bilinear", antialias=True)
        with torch.autocast(views.device.type, torch.bfloat16, enabled=bfloat16):
            logits = state.network(batch)
        loss = functional.cross_entropy(
            logits.float(), targets[rows], weight=weights, label_smoothing=recipe.label_smoothing
        )
        if not torch.isfinite(loss):
            return loss.item()
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
        state.schedule.step()
        total += loss.item() * len(rows)
    return total / len(views)


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Restrict torch to deterministic algorithms and this many CPU threads; restore its settings after."""
    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    filled = deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    # cuBLAS reads this on first use and is not deterministic without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling memory that is overwritten anyway takes three times as long as the training itself.
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.set_num_threads(before[1])


def _class_weights(faces: LabelledViews, balance: float) -> torch.Tensor:
    """A power of each class's inverse frequency, 0 for a class without faces; the mean over faces is 1."""
    counts = faces.counts()
    weights = np.where(counts > 0, np.maximum(counts, 1.0) ** -balance, 0.0)
    return torch.from_numpy((weights * len(faces) / (weights * counts).sum()).astype(np.float32))
