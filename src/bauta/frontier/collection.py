"""All measurements of a run, found by what they measured."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bauta.errors import DataError
from bauta.measurement import Measurement, Value

KINDS = ("attack", "adapt", "expression", "realism", "coverage", "audit")
ORIGINAL = ("original", "clear")
"""Backend and setting of the clear baseline."""

Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class Collection:
    """Measurements by kind, dataset, backend and setting, then by recognizer or teacher."""

    found: Mapping[Place, Mapping[str | None, Measurement]]

    @classmethod
    def of(cls, measurements: Iterable[Measurement]) -> Self:
        """Sort measurements into their places.

        Raises:
            DataError: a kind that the frontier does not know, or two measurements of the same thing.
        """
        found: dict[Place, dict[str | None, Measurement]] = {}
        for one in measurements:
            if one.kind not in KINDS:
                raise DataError(f"measurement of {one.dataset}: expected a kind of {KINDS}, got '{one.kind}'")
            place = (one.kind, one.dataset, one.backend, one.setting)
            models = found.setdefault(place, {})
            if one.model in models:
                raise DataError(
                    f"two measurements {'/'.join(place)} by '{one.model}': expected one; remove the stale"
                )
            models[one.model] = one
        return cls(found)

    def datasets(self, order: Iterable[str] = ()) -> list[str]:
        """Names of the datasets, those in `order` first."""
        return _ordered({place[1] for place in self.found}, order)

    def settings(self, dataset: str, order: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Backend and setting of every anonymized set; backends as in `order`, strengths by their numbers."""
        pairs = {(place[2], place[3]) for place in self.found if place[1] == dataset} - {ORIGINAL}
        backends = _ordered({backend for backend, _ in pairs}, order)
        return sorted(pairs, key=lambda pair: (backends.index(pair[0]), natural_key(pair[1])))

    def models(self, kind: str, dataset: str, order: Iterable[str] = ()) -> list[str]:
        """Recognizers (`attack`, `adapt`) or teachers (`expression`), those in `order` first."""
        names = {
            name
            for place, models in self.found.items()
            if place[:2] == (kind, dataset)
            for name in models
            if name is not None
        }
        return _ordered(names, order)

    def at(self, kind: str, dataset: str, backend: str, setting: str) -> Mapping[str | None, Measurement]:
        """The measurements of one kind of one set, by model; empty where nothing was measured."""
        return self.found.get((kind, dataset, backend, setting), {})

    def of_set(self, dataset: str, backend: str, setting: str) -> list[Measurement]:
        """Every measurement of one set."""
        return [one for kind in KINDS for one in self.at(kind, dataset, backend, setting).values()]

    def get(
        self, kind: str, dataset: str, backend: str, setting: str, model: str | None = None
    ) -> Measurement | None:
        """The measurement by a model; without a model the first there is."""
        models = self.at(kind, dataset, backend, setting)
        return models.get(model) if model is not None else next(iter(models.values()), None)


def value_of(measurement: Measurement | None, name: str, absent: str) -> Value:
    """A named value; null with `absent` where nothing was measured, or with what the measurement lacks."""
    if measurement is None:
        return Value.missing(absent)
    return measurement.values.get(
        name, Value.missing(f"'{name}' is not part of this run's {measurement.kind} measurements")
    )


def clear_value(collection: Collection, dataset: str, recognizer: str | None, name: str) -> Value:
    """A value of the clear baseline of a recognizer; without a name of any one there is."""
    clear = collection.get("attack", dataset, *ORIGINAL, recognizer)
    return value_of(clear, name, "the recognizer was not scored on the clear faces")


def natural_key(text: str) -> list[tuple[int, float, str]]:
    """Sorts `k=2` before `k=10`."""
    parts = re.split(r"(\d+(?:\.\d+)?)", text)
    return [(1, float(part), "") if index % 2 else (0, 0.0, part) for index, part in enumerate(parts)]


def names_in(config: Mapping[str, Any], key: str) -> Sequence[str]:
    """Names that a section of the config lists (or maps), in its order."""
    return list(config.get(key) or ())


def _ordered(names: set[str], order: Iterable[str]) -> list[str]:
    listed = [name for name in order if name in names]
    return listed + sorted(names - set(listed))
