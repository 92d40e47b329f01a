"""The training scenario: networks that learn expressions from real, anonymized or both faces."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bauta.config.datasets import Dataset
from bauta.config.section import Name, Section
from bauta.registry import nearest


class Training(Section):
    """Networks that are trained on real, anonymized or both faces, and tested on real ones."""

    datasets: list[Name] = Field(
        min_length=1, description="datasets on whose labelled people of train the networks are trained"
    )
    tested: list[Name] = Field(
        [],
        description="datasets on whose clear scored faces they are tested, beside their own",
    )
    recipes: list[Literal["resnet18", "resnet18_fer2013", "vgg_fer2013"]] = Field(
        ["resnet18_fer2013"], min_length=1, description="training recipes, names in train.recipe.RECIPES"
    )
    seeds: int = Field(
        3, ge=1, le=20, description="trainings of each recipe, from seeds that follow each other"
    )


def check_training(training: Training, datasets: Mapping[str, Dataset]) -> None:
    """Reject a training scenario that the datasets do not support.

    Args:
        training: `training`.
        datasets: `datasets`.

    Raises:
        ValueError: a dataset is unknown, cannot train a network, or has nothing to test one on.
    """
    for key, names in (("datasets", training.datasets), ("tested", training.tested)):
        for name in names:
            if name not in datasets:
                raise ValueError(f"training.{key}: no dataset '{name}': {nearest(name, list(datasets))}")
            dataset = datasets[name]
            if key == "datasets" and (reason := dataset.untrainable):
                raise ValueError(f"training.datasets: '{name}' cannot train a network: {reason}")
            if dataset.splits.score == "nothing" or not dataset.labelled:
                why = "it has no expression labels" if not dataset.labelled else "no part of it is scored"
                raise ValueError(f"training.{key}: '{name}' has no face to test a network on: {why}")
