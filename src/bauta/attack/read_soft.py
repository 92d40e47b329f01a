"""Reading the input of the soft stage from the cache: embeddings, people and attributes of the same faces."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bauta.attack.attribute_reading import AttributedFaces
from bauta.attack.faces import AttackLabels
from bauta.attack.read import labels_of, read_embeddings
from bauta.datasets.attributes import read_attributes
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import people_of


def read_soft(
    faces: FaceTable,
    *,
    alignment: Path | str,
    attributes: Path | str,
    originals: Path | str,
    anonymized: Path | str,
    own: Sequence[Path | str],
    background: int,
    seed: int,
) -> tuple[AttributedFaces, AttributedFaces, AttackLabels | None]:
    """Read the scored faces and those of the attacker's own people.

    Args:
        faces: All faces of the dataset.
        alignment: The alignment of which they are.
        attributes: The table of attributes.
        originals: Embeddings of the originals.
        anonymized: Embeddings of the anonymized set.
        own: Embeddings of the originals of the attacker's own people; empty if the split has none.
        background: Largest number of faces of the partition train on which he learns.
        seed: Seed of their draw.

    Returns:
        The scored faces, those of the attacker's own people, and the subjects and roles of the scored faces,
        None if nobody is known. Scored faces of unknown people are left out if others are known.

    Raises:
        DataError: a table is missing or lacks a face.
        StoreError: a store is incomplete or lacks a face.
    """
    tested = faces.partition("test")
    scored = tested.identified() if len(tested.identified()) else tested
    known = len(scored) > 0 and None not in scored.subjects
    learnt = people_of(faces, background, seed=seed) if own else faces.partition()
    clear = read_embeddings(originals, scored.face_ids)
    return (
        AttributedFaces(
            clear,
            read_embeddings(anonymized, scored.face_ids),
            _people(scored),
            read_attributes(attributes, alignment, scored.face_ids),
        ),
        AttributedFaces(
            read_embeddings(own[0] if own else originals, learnt.face_ids),
            None,
            _people(learnt),
            read_attributes(attributes, alignment, learnt.face_ids),
        ),
        labels_of(scored) if known else None,
    )


def _people(faces: FaceTable) -> np.ndarray:
    """The person of each face; one of unknown identity is taken for a person of its own."""
    named = zip(faces.subjects, faces.face_ids, strict=True)
    return np.array([f"face {face_id}" if who is None else who for who, face_id in named], dtype=str)
