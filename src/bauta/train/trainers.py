"""The training of each backend that the workflow trains."""

from collections.abc import Mapping
from typing import Any

from bauta.anonymize.generator_card import GeneratorCard
from bauta.models.store import ModelStore
from bauta.train.cgan.anonymizer import train_anonymizer
from bauta.train.cgan.provenance import Sources
from bauta.train.cgan.recipe import SHIPPED, recipe_of
from bauta.train.ganonymization.anonymizer import finetune_anonymizer


def train_backend(
    backend: str,
    options: Mapping[str, Any] | None,
    train: Sources,
    dev: Sources,
    models: ModelStore,
    **how: Any,
) -> GeneratorCard:
    """Train the generator of a backend and write its folder.

    Args:
        backend: One of `TRAINED_ANONYMIZERS`.
        options: The options of its setting; None for the generator that ships with bauta.
        train: Training faces, by dataset.
        dev: Development faces, by dataset.
        models: Store of the model files.
        how: The keyword arguments of `train_anonymizer`.

    Returns:
        The generator's card.

    Raises:
        DataError: the faces do not suit the training.
        ModelError: a model file cannot be loaded.
        TrainingError: a loss is not finite.
    """
    if backend == "ganonymization_trained":
        return finetune_anonymizer(train, dev, options or {}, models, **how)
    return train_anonymizer(train, dev, recipe_of(options) if options else SHIPPED, models, **how)
