"""Canonical ordering of the configuration, so that a change of an order without meaning changes nothing.

The first item of a list stays first where it has a meaning: the first landmarks define the face hull, the
first recognizer and the first estimator provide the columns without a name, and the first teacher groups for
k-Same-Select. The datasets of a pooled teacher or generator keep their order, because training iterates over
them in it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.settings import SETTINGS
from bauta.config.anonymizers import AnonymizerGrid, as_grids
from bauta.config.models import Config, Protocol, RealismMetric


def canonical(config: Config) -> Config:
    """Return the configuration in canonical order, with each name once."""
    adaptive = config.attacks.adaptive.model_copy(
        update={"candidates": sorted(set(config.attacks.adaptive.candidates))}
    )
    attacks = config.attacks.model_copy(
        update={"protocols": _ordered(config.attacks.protocols, Protocol), "adaptive": adaptive}
    )
    frontier = config.frontier.model_copy(
        update={
            "pairs": _by_name(config.frontier.pairs),
            "compare": sorted(set(config.frontier.compare)),
        }
    )
    return config.model_copy(
        update={
            "datasets": _by_name(config.datasets),
            "landmarks": _first_kept(config.landmarks),
            "parsing": sorted(set(config.parsing)),
            "anonymizers": _grid(config.anonymizers),
            "recognizers": _first_kept(config.recognizers),
            "teachers": _first_kept(config.teachers),
            "attacks": attacks,
            "realism": _ordered(config.realism, RealismMetric),
            "preservation": _first_kept(config.preservation),
            "frontier": frontier,
        }
    )


def _by_name(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(values.items()))


def _first_kept(names: list[str]) -> list[str]:
    return [*names[:1], *sorted(set(names) - set(names[:1]))]


def _ordered(names: Iterable[str], choices: Any) -> list[str]:
    return [name for name in get_args(choices) if name in names]


def _grid(grid: AnonymizerGrid) -> AnonymizerGrid:
    known = [name for name in ANONYMIZERS if name in grid.root]
    backends = [*known, *sorted(set(grid.root) - set(known))]
    return AnonymizerGrid.model_construct({name: _union(name, grid.root[name]) for name in backends})


def _union(backend: str, options: Mapping[str, Any] | list[dict[str, Any]]) -> Any:
    """Return a single grid as it is, and several in the order of their text."""
    grids = [_options(backend, grid) for grid in as_grids(options)]
    return grids[0] if len(grids) == 1 else sorted(grids, key=str)


def _options(backend: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in the order of the setting's fields, without defaults that are written out."""
    fields = SETTINGS[backend].model_fields
    found = {name: _values(options[name]) for name in fields if name in options}
    return {name: value for name, value in found.items() if value != fields[name].default}


def _values(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return value[0] if len(value) == 1 else sorted(value, key=_numbers_first)


def _numbers_first(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float)
    return (not is_number, value if is_number else 0.0, str(value))
