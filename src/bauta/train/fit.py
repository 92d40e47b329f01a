"""Fit the teacher's network."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import trange

from bauta.errors import BautaError
from bauta.train.augment import augment
from bauta.train.resnet import ResNet18
from bauta.train.views import LabelledViews

log = logging.getLogger(__name__)

EVALUATION_BATCH = 256


class TrainingError(BautaError, RuntimeError):
    """A network did not learn."""


@dataclass(frozen=True)
class TeacherRecipe:
    """How a teacher is trained; the defaults are made for some hundred images on two CPU cores.

    Attributes:
        epochs: Passes over the training faces. Their number is fixed and the learning rate ends at zero, so
            that nothing is chosen on the development faces, too few of which there are to choose on.
        batch_size: Faces a step.
        learning_rate: Peak of the one-cycle schedule.
        weight_decay: AdamW's.
        label_smoothing: Share of the target that is spread over all classes.
        width: Channels of the network's first stage.
        view_size: Side of the grey view in pixels.
        view_margin: Margin of the view round the ArcFace template.
    """

    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    width: int = 16
    view_size: int = 112
    view_margin: float = 0.1


@dataclass(frozen=True)
class Fit:
    """A trained network, on the CPU and in evaluation mode, and the mean loss of each epoch."""

    network: ResNet18
    loss_curve: tuple[float, ...]


def fit_network(faces: LabelledViews, recipe: TeacherRecipe, *, seed: int, progress: bool) -> Fit:
    """Train a ResNet-18 with AdamW, a one-cycle schedule, class weights and augmentation.

    Uses a GPU if there is one. Call it inside `reproducible`.

    Raises:
        TrainingError: the loss is not finite.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator(device).manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = ResNet18(recipe.width).to(device)
    views = torch.from_numpy(faces.views)[:, None].to(device)
    labels = torch.from_numpy(faces.labels).to(device)
    weights = _class_weights(faces).to(device)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    batches = -(-len(faces) // recipe.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=batches * recipe.epochs
    )
    loss_curve = []
    for epoch in trange(recipe.epochs, desc="teacher", unit="epoch", disable=None if progress else True):
        order = torch.randperm(len(faces), generator=generator, device=device)
        total = 0.0
        for rows in order.tensor_split(batches):
            logits = network(augment(views[rows].float() / 255.0, generator))
            loss = functional.cross_entropy(
                logits, labels[rows], weight=weights, label_smoothing=recipe.label_smoothing
            )
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"teacher: the loss is {loss.item()} in epoch {epoch + 1}, expected a finite number; "
                    f"lower the learning rate (it is {recipe.learning_rate})"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        loss_curve.append(total / len(faces))
        log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, loss_curve[-1])
    return Fit(network.cpu().eval(), tuple(loss_curve))


def predict_logits(network: ResNet18, views: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits float32 (N, C) of views uint8 (N, size, size)."""
    with torch.inference_mode():
        return np.concatenate(
            [
                network(torch.from_numpy(views[start : start + EVALUATION_BATCH])[:, None].float() / 255.0)
                for start in range(0, len(views), EVALUATION_BATCH)
            ]
        )


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Let torch use deterministic algorithms and a number of CPU threads only, and put back what was."""
    before = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    # cuBLAS reads this when it is first used, and is not deterministic without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.set_num_threads(before[1])


def _class_weights(faces: LabelledViews) -> torch.Tensor:
    """Inverse frequency of each class, 0 for a class without faces; the mean over the faces is 1."""
    counts = faces.counts()
    present = counts > 0
    weights = np.where(present, len(faces) / (present.sum() * np.maximum(counts, 1)), 0.0)
    return torch.from_numpy(weights.astype(np.float32))
