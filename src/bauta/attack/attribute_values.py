"""Numbers of how well attributes are read, with intervals by resampling people."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bauta.attack.attribute_reading import Reading
from bauta.measurement import Value
from bauta.metrics.intervals import (
    LEVEL,
    MIN_DEFINED,
    TAIL,
    Resampling,
    bootstrap,
    clopper_pearson,
    percentile_interval,
)

Array = NDArray[np.float64]

NOT_READABLE = "no attribute is read from the clear faces better than by chance"


def balanced_value(
    credit: Array,
    truth: NDArray[np.intp],
    people: NDArray[np.str_],
    classes: int,
    resampling: Resampling,
) -> Value:
    """Mean over K classes of the mean credit of their faces, with an interval over people.

    Args:
        credit: float (M,) in [0, 1].
        truth: int (M,), class of each face; each of the K occurs.
        people: str (M,), the person of each face.
        classes: K.
        resampling: Bootstrap replicates and seed.
    """
    unit = np.unique(people, return_inverse=True)[1]
    sums = _sums(credit, truth, unit, classes)
    value = float(_balanced(sums.sum(axis=0)[None], classes)[0])
    replicates = bootstrap(sums, lambda total: _balanced(total, classes), resampling)
    low, high = percentile_interval(value, replicates, units=len(sums), proportion=True)
    return Value(value=value, low=low, high=high, n=len(credit))


def kept_value(
    readings: Mapping[str, Reading], people: NDArray[np.str_], resampling: Resampling
) -> tuple[Value, str | None]:
    """The largest share of what is readable in the clear faces that is still readable, and its attribute.

    For each attribute and reader, it is (balanced accuracy − 1/K) relative to that of the better reader on
    the clear faces, clipped to [0, 1]. Attributes count that the better reader reads in the clear faces
    better than by chance: with the lower end of its interval. The interval is that of a maximum, see
    `intervals.max_value`, and no narrower than if each person were one observation.

    Args:
        readings: Attribute → how it is read from the scored faces.
        people: str (N,), the person of each scored face.
        resampling: Bootstrap replicates and seed.
    """
    who, unit = np.unique(people, return_inverse=True)
    blocks, names, widths = [], [], []
    for name, found in readings.items():
        ceiling = _ceiling(found, people, resampling)
        if ceiling is None:
            continue
        shown = [key for key in found.credits if key[1] == "anonymized"]
        sums = np.zeros((len(who), len(found.classes) * 2 * (1 + len(shown))))
        part = [
            _sums(found.credits[key].balanced, found.truth, unit[found.rows], len(found.classes), len(who))
            for key in (ceiling, *shown)
        ]
        sums[:] = np.concatenate(part, axis=1)
        blocks.append(sums)
        names += [name] * len(shown)
        widths.append((len(found.classes), len(shown)))
    if not blocks:
        return Value.missing(NOT_READABLE), None
    every = np.concatenate(blocks, axis=1)

    def kept(total: Array) -> Array:
        columns, start = [], 0
        for classes, shown in widths:
            width = 2 * classes
            gains = [
                _balanced(total[:, start + i * width : start + (i + 1) * width], classes) - 1 / classes
                for i in range(1 + shown)
            ]
            start += (1 + shown) * width
            with np.errstate(divide="ignore", invalid="ignore"):
                columns += [
                    np.clip(np.where(gains[0] > 0, gain / gains[0], np.nan), 0, 1) for gain in gains[1:]
                ]
        return np.stack(columns, axis=1)

    estimates = kept(every.sum(axis=0)[None])[0]
    best = int(np.nanargmax(estimates))
    value = float(estimates[best])
    replicates = bootstrap(every, kept, resampling)
    defined = replicates[np.isfinite(replicates).all(axis=1)]
    if len(who) < 2 or len(defined) < MIN_DEFINED * len(replicates):
        return Value(value=value, n=len(people)), names[best]
    above, below = np.quantile((defined - estimates).max(axis=1), [LEVEL, 1 - TAIL])
    low = max(0.0, min(value - below, clopper_pearson(value, len(who))[0]))
    high = min(1.0, max(value + above, clopper_pearson(value, len(who), tail=1 - LEVEL)[1]))
    return Value(value=value, low=low, high=high, n=len(people)), names[best]


def _ceiling(found: Reading, people: NDArray[np.str_], resampling: Resampling) -> tuple[str, str] | None:
    """The better reader of the clear faces; None if it is not better than chance."""
    classes = len(found.classes)
    values = {
        key: balanced_value(credit.balanced, found.truth, people[found.rows], classes, resampling)
        for key, credit in found.credits.items()
        if key[1] == "clear"
    }
    best = max(values, key=lambda key: values[key].value or 0.0)
    low = values[best].low
    return best if low is not None and low > 1 / classes else None


def _sums(
    credit: Array,
    truth: NDArray[np.intp],
    unit: NDArray[np.intp],
    classes: int,
    units: int | None = None,
) -> Array:
    """Credit and number of faces of each class, float64 (U, 2 K)."""
    units = int(unit.max()) + 1 if units is None else units
    sums = np.zeros((units, 2 * classes))
    np.add.at(sums, (unit, truth), credit)
    np.add.at(sums, (unit, classes + truth), 1.0)
    return sums


def _balanced(total: Array, classes: int) -> Array:
    """Balanced accuracy of sums (B, 2 K), float64 (B,); NaN where a class has no face."""
    with np.errstate(invalid="ignore"):
        return (total[:, :classes] / total[:, classes:]).mean(axis=1)
