"""The policies for sharing latents between faces, for every generator that needs latents."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bauta.anonymize.deepprivacy.settings import DeepPrivacySetting
from bauta.anonymize.deepprivacy2.settings import DeepPrivacy2Setting
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.settings import LatentPolicy
from bauta.errors import DataError
from bauta.protocols import FaceBatch, Floats


@runtime_checkable
class DescribedAnonymizer(Protocol):
    """An anonymizer that makes a choice for each face, which is stored with its output."""

    def describe(self, faces: FaceLabels, *, seed: int) -> Mapping[str, Any]:
        """Return JSON values for the attributes of the store."""
        ...


def latent_seeds(
    policy: LatentPolicy,
    face_ids: Sequence[str],
    subjects: Sequence[str | None] | None,
    *seeds: int,
) -> list[int | None]:
    """Derive a seed for each face, in [0, 2^32), independent of the batch and its order.

    Args:
        policy: One seed for all faces, one per subject or one per image.
        face_ids: One id per face.
        subjects: Subject of each face; required for one seed per subject.
        seeds: Further numbers that the seeds are derived from.

    Returns:
        One seed per face, None for a face whose subject is required but unknown.

    Raises:
        DataError: subjects are required and were not passed.
    """
    if policy == "one":
        owners: Sequence[str | None] = [""] * len(face_ids)
    elif policy == "per_image":
        owners = face_ids
    elif subjects is None:
        raise DataError("one latent per subject: expected the subject of each face, got none; use per_image")
    else:
        owners = subjects
    return [None if owner is None else _seed(owner, *seeds) for owner in owners]


def seeds_of(
    setting: DeepPrivacySetting | DeepPrivacy2Setting, faces: FaceBatch | FaceLabels, seed: int
) -> list[int | None]:
    """The seed of each face's latent by a setting's policy and the run's seed; see `latent_seeds`.

    Raises:
        DataError: subjects are needed and not given.
    """
    return latent_seeds(setting.latents, faces.face_ids, faces.subjects, seed, setting.latent_seed)


def described_latents(
    setting: DeepPrivacySetting | DeepPrivacy2Setting, faces: FaceLabels, seed: int
) -> dict[str, Any]:
    """Return the attributes to store with a set: the policy, and the seed of each face's latent, or null."""
    return {"latent_policy": setting.latents, "latent_seeds": seeds_of(setting, faces, seed)}


def _seed(owner: str, *seeds: int) -> int:
    text = "\0".join([*map(str, seeds), owner])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def truncated_latent(seed: int, size: int, level: float) -> Floats:
    """Draw float32 (size,) from the normal distribution truncated at a level; zeros for level 0.

    As in the first DeepPrivacy's program, values at or beyond the level are redrawn, never scaled.
    """
    if level == 0:
        return np.zeros(size, dtype=np.float32)
    source = np.random.RandomState(seed)
    values = source.normal(size=size).astype(np.float32)
    while (beyond := np.abs(values) >= level).any():
        values[beyond] = source.normal(size=size).astype(np.float32)[beyond]
    return values


def normal_latent(seed: int, size: int) -> Floats:
    """Draw float32 (size,) from the standard normal distribution, as DeepPrivacy2 does for a seed."""
    return np.random.RandomState(seed).normal(size=(1, size)).astype(np.float32)[0]
