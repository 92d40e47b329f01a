"""Who shares a latent with whom: the policy behind every generator that needs one."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.settings import LatentPolicy
from bauta.errors import DataError
from bauta.protocols import Floats


@runtime_checkable
class DescribedAnonymizer(Protocol):
    """An anonymizer that makes a choice for each face, which is kept with what it writes."""

    def describe(self, faces: FaceLabels, *, seed: int) -> Mapping[str, Any]:
        """JSON values for the attributes of the store."""
        ...


def latent_seeds(
    policy: LatentPolicy,
    face_ids: Sequence[str],
    subjects: Sequence[str | None] | None,
    *seeds: int,
) -> list[int | None]:
    """A seed for each face, in [0, 2^32), whatever the batch and its order.

    Args:
        policy: One seed for all faces, one for each subject or one for each image.
        face_ids: One id a face.
        subjects: Who each face shows; needed for one seed for each subject.
        seeds: What else the seeds are drawn from.

    Returns:
        None for a face whose subject is needed and not known.

    Raises:
        DataError: subjects are needed and not given.
    """
    if policy == "one":
        owners: Sequence[str | None] = [""] * len(face_ids)
    elif policy == "per_image":
        owners = face_ids
    elif subjects is None:
        raise DataError("one latent a subject: expected the subject of each face, got none; use per_image")
    else:
        owners = subjects
    return [None if owner is None else _seed(owner, *seeds) for owner in owners]


def _seed(owner: str, *seeds: int) -> int:
    text = "\0".join([*map(str, seeds), owner])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def normal_latent(seed: int, size: int) -> Floats:
    """float32 (size,) from the standard normal distribution, as DeepPrivacy2 draws it for a seed."""
    return np.random.RandomState(seed).normal(size=(1, size)).astype(np.float32)[0]
