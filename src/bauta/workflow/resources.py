"""Resources of the rules: memory and time that grow with the attempt, and a GPU if one is used.

Snakemake calls these functions with the wildcards of a job and the number of the attempt, from 1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bauta.anonymize import ANONYMIZERS
from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.io.keyed_names import split_digest
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.preserve import ESTIMATORS
from bauta.recognize import RECOGNIZERS
from bauta.registry import Registry
from bauta.workflow.signatures import with_signature

NAMED_BY: Mapping[str, Registry] = {
    "backend": ANONYMIZERS,
    "crop": DETECTORS,
    "estimator": ESTIMATORS,
    "landmarks": LANDMARKERS,
    "parsing": PARSERS,
    "recognizer": RECOGNIZERS,
    "teacher": TEACHERS,
}
"""Wildcard → the registry of the implementations that it names."""


def scaled(amount: int) -> Callable[[Any, int], int]:
    """Request an amount for the first attempt, twice as much for the second, and so on.

    A job that exceeded its memory or its time gets more of both when it is retried.

    Args:
        amount: MB or minutes.
    """

    @with_signature
    def resource(wildcards: Any, attempt: int) -> int:
        del wildcards
        return amount * attempt

    return resource


def gpu_for(wildcard: str) -> Callable[[Any], int]:
    """Request one GPU, or none if the card of the implementation that a wildcard names requests none.

    Args:
        wildcard: One of `NAMED_BY`.
    """
    registry = NAMED_BY[wildcard]

    @with_signature
    def resource(wildcards: Any) -> int:
        text = str(getattr(wildcards, wildcard))
        name, digest = split_digest(text)
        return int(registry[name if digest else text].gpu)

    return resource
