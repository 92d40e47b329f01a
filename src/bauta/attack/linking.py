"""Linking a released picture to its very original, by anonymizing the candidates.

An attacker who owns the picture itself anonymizes his album with the same backend and setting, and looks for
equal outputs. Against a deterministic backend with different outputs he always succeeds; a secret draw is the
only remedy.
"""

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels
from bauta.contract import Status
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, mean_value
from bauta.store import Store

BATCH = 64


def output_digests(images: Store, face_ids: tuple[str, ...]) -> list[bytes | None]:
    """SHA-256 of the released picture of each face; None where it failed.

    Raises:
        StoreError: a face is not in the store.
    """
    rows = images.rows_of(face_ids)
    found: list[bytes | None] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        status = images.take("status", part)
        found += [
            hashlib.sha256(image.tobytes()).digest() if code == Status.OK.code else None
            for image, code in zip(images.take("images", part), status, strict=True)
        ]
    return found


def link_value(digests: list[bytes | None], labels: AttackLabels, resampling: Resampling) -> Value:
    """Top-1 of the attacker whose album holds the originals of all pictures, anonymized again.

    Among the pictures with equal output he guesses, so a probe counts by the share of its person among them.
    A probe that failed counts as linked.

    Args:
        digests: As from `output_digests`, for the N faces of the labels.
        labels: Their subjects and roles.
        resampling: Bootstrap replicates and seed.
    """
    alike = Counter(digests)
    own = Counter(zip(digests, labels.subjects, strict=True))
    probes: NDArray[np.intp] = np.flatnonzero(labels.probe)
    credit = [
        1.0 if digests[row] is None else own[digests[row], labels.subjects[row]] / alike[digests[row]]
        for row in probes
    ]
    return mean_value(credit, labels.subjects[probes], resampling, proportion=True, reason="no probe faces")
