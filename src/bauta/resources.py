"""What the rules ask of a machine: memory and time that grow with the attempt, and a GPU where one is used.

Snakemake calls these functions with the wildcards of a job and the number of the attempt, from 1.
"""

from collections.abc import Callable
from typing import Any

CPU_ONLY = frozenset(
    {
        "annotations",
        "dlib68",
        "dlib_hog",
        "dlib_resnet",
        "full_frame",
        "landmark_hull",
        "mediapipe478",
        "mediapipe_face",
        "mtcnn",
        "resnet18_fer2013",
        "yunet",
    }
)
"""Implementations that a GPU does not help: no network, one built for CPUs, or a small one."""


def scaled(amount: int) -> Callable[[Any, int], int]:
    """An amount for the first attempt, twice as much for the second, and so on.

    A job that was ended for its memory or its time gets more of both when it is tried again.

    Args:
        amount: MB or minutes.
    """

    def resource(wildcards: Any, attempt: int) -> int:
        del wildcards
        return amount * attempt

    return resource


def gpu_for(wildcard: str) -> Callable[[Any], int]:
    """One GPU, or none where the implementation that a wildcard names would not use it.

    Args:
        wildcard: The wildcard that holds the name, alone or with a digest behind it.
    """

    def resource(wildcards: Any) -> int:
        name, _, digest = str(getattr(wildcards, wildcard)).rpartition("-")
        return 0 if (name or digest) in CPU_ONLY else 1

    return resource
