"""Several networks that answer as one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from bauta.train.fit import Fit, fit_network
from bauta.train.recipe import TeacherRecipe
from bauta.train.views import LabelledViews


class MeanLogits(nn.Module):
    """Networks of one kind whose logits are averaged.

    Source: Lakshminarayanan, Pritzel and Blundell, "Simple and scalable predictive uncertainty estimation
    using deep ensembles", NeurIPS 2017, section 2.4, with the mean of logits instead of that of
    probabilities, so that a temperature can be fitted.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Logits float32 (N, C) of grey views float32 (N, 1, H, W) in [0, 1]."""
        return torch.stack([network(views) for network in self.networks]).mean(dim=0)


def fit_ensemble(
    faces: LabelledViews,
    recipe: TeacherRecipe,
    *,
    seed: int,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> Fit:
    """Train a recipe's networks one after another, each from a seed of its own.

    Args:
        faces: Training faces.
        recipe: Training settings, with the number of networks.
        seed: Seed of the first network; each further one has the next.
        checkpoint: File that stores the state of the first network, the others have a number in addition; a
            training that was interrupted resumes from them, with the same result.
        progress: Show a progress bar.

    Returns:
        The one network, or the mean of all, with their mean loss of each epoch.

    Raises:
        TrainingError: a loss is not finite.
    """
    fits = [
        fit_network(
            faces,
            replace(recipe, networks=1),
            seed=seed + number,
            checkpoint=path,
            progress=progress,
        )
        for number, path in enumerate(checkpoints(checkpoint, recipe))
    ]
    if len(fits) == 1:
        return fits[0]
    curves = np.array([fit.loss_curve for fit in fits])
    return Fit(MeanLogits([fit.network for fit in fits]).eval(), tuple(curves.mean(axis=0).tolist()))


def checkpoints(first: Path | None, recipe: TeacherRecipe) -> list[Path | None]:
    """The checkpoint of each of a recipe's networks."""
    return [
        first if first is None or not number else first.with_name(f"{first.name}{number}")
        for number in range(recipe.networks)
    ]
