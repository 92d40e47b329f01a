"""What the cards of all trained generators say about their training, and the check of its faces."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch

from bauta.anonymize.generator_card import TrainedOn, subject_digest
from bauta.errors import DataError
from bauta.inference.bfloat16 import arithmetic
from bauta.train.cgan.development import Development
from bauta.train.cgan.faces import GanFaces, GanSource

Sources = Mapping[str, GanSource]


def check_disjoint(train: Sources, dev: Sources) -> None:
    """Refuse a split with a person or a face on both sides.

    Raises:
        DataError: with the first of them.
    """
    for name, source in train.items():
        _check_disjoint(name, source, dev.get(name))


def about_training(
    sources: tuple[Sources, Sources],
    faces: tuple[GanFaces, GanFaces],
    judgement: Development,
    device: torch.device,
    *,
    bfloat16: bool,
    expression_faces: int | None = None,
) -> dict[str, Any]:
    """Return the fields of `GeneratorCard` about data, people, device and quality.

    Args:
        sources: Training and development faces, by dataset.
        faces: The faces that were read from them.
        judgement: Evaluation of the weights.
        device: Device of the training.
        bfloat16: Whether the recipe asks for bfloat16.
        expression_faces: At most this many faces of a dataset that only teaches expressions were used.
    """
    everybody = {
        str(subject)
        for part in sources
        for source in part.values()
        for subject in source.faces.subjects
        if subject is not None
    }
    return {
        "trained_on": tuple(
            _about(name, partition, source if source.photographs else source.spread(expression_faces))
            for partition, part in zip(("train", "dev"), sources, strict=True)
            for name, source in part.items()
        ),
        "subjects": tuple(sorted(map(subject_digest, everybody))),
        "skipped": sum(part.skipped for part in faces),
        "data_sha256": hashlib.sha256("".join(part.sha256 for part in faces).encode()).hexdigest(),
        "device": arithmetic(device, bfloat16=bfloat16),
        "kappa": judgement.kappa,
        "matched": judgement.matched,
        "inverted": judgement.inverted,
        "stopped_at": judgement.step,
    }


def _about(name: str, partition: str, source: GanSource) -> TrainedOn:
    people = {subject for subject in source.faces.subjects if subject is not None}
    return TrainedOn(
        dataset=name,
        partition="train" if partition == "train" else "dev",
        photographs=source.photographs,
        faces=len(source.faces),
        subjects=len(people) or None,
        split_sha256=source.faces.split_sha256,
    )


def _check_disjoint(name: str, train: GanSource, dev: GanSource | None) -> None:
    """Refuse a split with a person or a face on both sides."""
    if dev is None:
        return
    people = {subject for subject in train.faces.subjects if subject is not None}
    for kind, shared in (
        ("subject", people & set(dev.faces.subjects)),
        ("face", set(train.faces.face_ids) & set(dev.faces.face_ids)),
    ):
        if shared:
            raise DataError(
                f"generator: {kind} '{min(map(str, shared))}' of {name} is in both train and dev "
                f"({len(shared)} in all); split by subject"
            )
