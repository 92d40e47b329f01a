"""Pairs of datasets: the privacy of one beside the expression of another, as if they were one dataset.

Datasets that say who is shown seldom say what is expressed, and the other way round. The measurements of a
pair are those of its datasets under the pair's name, so that all that follows treats it like any other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bauta.config.frontier import DatasetPair
from bauta.errors import DataError
from bauta.frontier.collection import ORIGINAL
from bauta.frontier.result import Limits
from bauta.measurement import Measurement


def pairs_in(config: Mapping[str, Any]) -> dict[str, DatasetPair]:
    """The pairs that a run's config names, in its order."""
    pairs = (config.get("frontier") or {}).get("pairs") or {}
    return {name: DatasetPair.model_validate(pair) for name, pair in pairs.items()}


def pair_measurements(measurements: Sequence[Measurement], name: str, pair: DatasetPair) -> list[Measurement]:
    """The measurements of a pair: its first dataset's, but for the expressions, which are its second's.

    Args:
        measurements: All measurements of a run.
        name: Name of the pair.
        pair: Its datasets.

    Returns:
        Copies under the pair's name, of the settings that both datasets have and of the clear baseline. Those
        of the expressions note where the others come from.

    Raises:
        DataError: the datasets have no setting in common.
    """
    identity = [one for one in measurements if one.dataset == pair.identity and one.kind != "expression"]
    expression = [one for one in measurements if one.dataset == pair.expression and one.kind == "expression"]
    common = _settings(identity) & _settings(expression)
    if not common:
        raise DataError(
            f"pair {name}: expected a setting that is attacked on {pair.identity} and read on "
            f"{pair.expression}, got none; run both"
        )
    note = (
        f"expressions are of {pair.expression}; attacks, coverage, realism, n_images and n_subjects of "
        f"{pair.identity}"
    )
    return [
        *(_renamed(one, name) for one in identity if _place(one) in common | {ORIGINAL}),
        *(_renamed(one, name, note) for one in expression if _place(one) in common),
    ]


def pair_limits(pair: DatasetPair, limits: Mapping[str, Limits]) -> Limits:
    """What a pair cannot support: the settings that either dataset leaves out."""
    left_out: dict[str, str] = {}
    for dataset in (pair.expression, pair.identity):
        for backend, reason in limits.get(dataset, Limits()).left_out.items():
            left_out[backend] = f"not on {dataset}: {reason}"
    return Limits(left_out=left_out)


def _settings(measurements: Iterable[Measurement]) -> set[tuple[str, str]]:
    return {_place(one) for one in measurements} - {ORIGINAL}


def _place(one: Measurement) -> tuple[str, str]:
    return (one.backend, one.setting)


def _renamed(one: Measurement, name: str, *notes: str) -> Measurement:
    return one.model_copy(update={"dataset": name, "notes": [*notes, *one.notes]})
