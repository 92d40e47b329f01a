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
    ratio_value,
)

Array = NDArray[np.float64]

READABLE = 0.2
"""How far from chance to 1 the clear faces must be read for an attribute to count in `kept_value`."""

NOT_READABLE = "no attribute is read from the clear faces clearly better than by chance"


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


def removed_value(
    found: Reading, reader: str, label: int, people: NDArray[np.str_], resampling: Resampling
) -> Value:
    """Share of the faces that are read as a class in the clear and are not read as it after anonymization.

    Hellmann et al., "GANonymization", ACM TOMM 21(1), 2025, section 4.3. The truth plays no part, so a reader
    that answers the same class to every anonymized face keeps all of this class and removes all of the
    others: it is to be read beside the balanced accuracy. A face without an output has nothing removed.

    Args:
        found: How the attribute is read from M faces.
        reader: The reader.
        label: Index of the class.
        people: str (M,), the person of each face.
        resampling: Bootstrap replicates and seed.
    """
    before, after = (found.answers[reader, side][:, label] for side in ("clear", "anonymized"))
    unit = np.unique(people, return_inverse=True)[1]
    gone, read = np.bincount(unit, before * (1 - after)), np.bincount(unit, before)
    nobody = f"no clear face is read as {found.classes[label]}"
    return ratio_value(gone, read, resampling, proportion=True, reason=nobody)


def kept_value(
    readings: Mapping[str, Reading], people: NDArray[np.str_], resampling: Resampling
) -> tuple[Value, str | None]:
    """The largest share of what is readable in the clear faces that is still readable, and its attribute.

    For each attribute and reader, it is (balanced accuracy − 1/K) relative to that of the better reader on
    the clear faces, clipped to [0, 1]. Attributes count that the better reader does read in the clear faces:
    with the lower end of its interval above chance, and its accuracy above by at least `READABLE` of the way
    to 1, because a share of next to nothing is noise. The interval is that of a maximum, see
    `intervals.max_value`, and no narrower than if each person were one observation.

    Args:
        readings: Attribute → how it is read from the scored faces.
        people: str (N,), the person of each scored face.
        resampling: Bootstrap replicates and seed.
    """
    who, unit = np.unique(people, return_inverse=True)
    compared: list[tuple[str, int]] = []
    sums: list[Array] = []
    for name, found in readings.items():
        ceiling = _ceiling(found, people, resampling)
        for key in found.credits:
            if ceiling is None or key[1] != "anonymized":
                continue
            compared.append((name, len(found.classes)))
            for side in (ceiling, key):
                credit = found.credits[side].balanced
                sums.append(_sums(credit, found.truth, unit[found.rows], len(found.classes), len(who)))
    if not compared:
        return Value.missing(NOT_READABLE), None
    widths = [2 * classes for _, classes in compared for _ in ("clear", "anonymized")]
    starts = np.cumsum([0, *widths])

    def gain(total: Array, place: int) -> Array:
        part = total[:, starts[place] : starts[place + 1]]
        return _balanced(part, widths[place] // 2) - 2 / widths[place]

    def kept(total: Array) -> Array:
        pairs = [(gain(total, 2 * i), gain(total, 2 * i + 1)) for i in range(len(compared))]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = [np.where(clear > 0, shown / clear, np.nan) for clear, shown in pairs]
        return np.clip(np.stack(shares, axis=1), 0, 1)

    every = np.concatenate(sums, axis=1)
    estimates = kept(every.sum(axis=0)[None])[0]
    best = int(np.argmax(estimates))
    value, which = float(estimates[best]), compared[best][0]
    replicates = bootstrap(every, kept, resampling)
    defined = replicates[np.isfinite(replicates).all(axis=1)]
    if len(who) < 2 or len(defined) < MIN_DEFINED * len(replicates):
        return Value(value=value, n=len(people)), which
    above, below = np.quantile((defined - estimates).max(axis=1), [LEVEL, 1 - TAIL])
    low = max(0.0, min(value - below, clopper_pearson(value, len(who))[0]))
    high = min(1.0, max(value + above, clopper_pearson(value, len(who), tail=1 - LEVEL)[1]))
    return Value(value=value, low=low, high=high, n=len(people)), which


def _ceiling(found: Reading, people: NDArray[np.str_], resampling: Resampling) -> tuple[str, str] | None:
    """The better reader of the clear faces; None if it does not read the attribute."""
    chance = 1 / len(found.classes)
    values = {
        key: balanced_value(credit.balanced, found.truth, people[found.rows], len(found.classes), resampling)
        for key, credit in found.credits.items()
        if key[1] == "clear"
    }
    best = max(values, key=lambda key: values[key].value or 0.0)
    reached, low = values[best].value or 0.0, values[best].low
    readable = reached >= chance + READABLE * (1 - chance) and low is not None and low > chance
    return best if readable else None


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
