"""The people of an attacker, none of whom is scored: he learns on some and chooses on others.

They are people of the attacked dataset or of another one that lends them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bauta.contract import Status
from bauta.datasets.face_table import FaceTable


def background(faces: FaceTable, most: int, *, seed: int) -> FaceTable:
    """Draw the faces on which the attacker learns from those of the partition train, in the table's order.

    Args:
        faces: All faces of a dataset.
        most: Largest number of faces to draw.
        seed: Seed of the draw.
    """
    known = faces.partition("train").with_status(Status.OK)
    drawn = np.random.default_rng([seed, 4]).permutation(len(known))[:most]
    return known.take(np.sort(drawn))


MOST_OF_A_ROLE = 5
"""Most enrolled and most probe faces of a person on whom the attack is chosen, so that nobody dominates."""


def choosing(faces: FaceTable) -> FaceTable:
    """The faces of the people on whom the attack is chosen: those of the partition dev who are known."""
    known = faces.partition("dev").identified().with_status(Status.OK)
    seen: Counter[tuple[str | None, str | None]] = Counter()
    kept = []
    for row, of in enumerate(zip(known.subjects, known.roles, strict=True)):
        seen[of] += 1
        if seen[of] <= MOST_OF_A_ROLE:
            kept.append(row)
    return known.take(np.array(kept, dtype=np.int64))


def people_of(faces: FaceTable, most: int, *, seed: int) -> FaceTable:
    """The faces of both, in the table's order; see `background` and `choosing`."""
    wanted = {*background(faces, most, seed=seed).face_ids, *choosing(faces).face_ids}
    return faces.take(np.flatnonzero([face_id in wanted for face_id in faces.face_ids]))


def faces_of(faces: FaceTable, partitions: Sequence[str], config: Mapping[str, Any]) -> FaceTable:
    """The faces of a job: the attacker's people where its configuration draws some, else whole partitions.

    Args:
        faces: All faces of a dataset.
        partitions: Names of the partitions.
        config: The job's part of the configuration; with `background`, see `people_of`, also `seed`.
    """
    most = config.get("background")
    return faces.partition(*partitions) if most is None else people_of(faces, most, seed=config["seed"])


def lent(faces: FaceTable, lender: str | None) -> FaceTable:
    """The faces under the ids by which they stand beside those of a dataset that borrows them.

    Two datasets may have the same ids. They are relative paths, so none of them begins with a slash.

    Args:
        faces: Faces of the dataset that lends.
        lender: Its name; None if nothing is lent, and nothing is renamed.
    """
    if lender is None:
        return faces
    return replace(faces, face_ids=tuple(f"/{lender}/{face_id}" for face_id in faces.face_ids))
