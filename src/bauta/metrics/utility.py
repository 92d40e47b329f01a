"""The utility of a row: a column of the frontier, or a weighted mean of several, from 0 to 1."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bauta.errors import ConfigError
from bauta.measurement import Value
from bauta.metrics.axes import Axis, stand_in, utility_column


@dataclass(frozen=True)
class UtilityAxis:
    """A weighted mean of columns, each on its own scale from 0 to 1; mostly of a single one.

    Attributes:
        parts: Each axis with its weight; the weights sum to 1.
    """

    parts: tuple[tuple[Axis, float], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(axis.column for axis, _ in self.parts)

    @property
    def name(self) -> str:
        """Its column, or the weighted columns: `0.5 kappa + 0.5 pose_error`."""
        return worded(self.parts, lambda axis: axis.column)

    def scale(self, values: Mapping[str, Value]) -> Value:
        """The utility of a row, as the weighted mean of its columns' positions.

        The interval is the weighted mean of theirs. The standard deviation of a mean is at most the mean of
        the standard deviations, so it is too wide rather than too narrow. A column that is missing makes the
        utility missing: a mean of the others would be another quantity.

        Args:
            values: The row's values by column, with `chance_top1`, `clear_macro_f1` and `kappa`.
        """
        scaled = [
            stand_in(axis, values).scale(values[stand_in(axis, values).column], values["chance_top1"])
            for axis, _ in self.parts
        ]
        return weighted_mean(scaled, [weight for _, weight in self.parts])

    def of_row(self, values: Mapping[str, Value]) -> tuple[tuple[Axis, float], ...]:
        """The parts as the row has them: Cohen's κ for relative macro-F1 where there are no labels."""
        return tuple((stand_in(axis, values), weight) for axis, weight in self.parts)


def worded(parts: Sequence[tuple[Axis, float]], words: Callable[[Axis], str]) -> str:
    """Describe weighted axes, a single one without its weight."""
    if len(parts) == 1:
        return words(parts[0][0])
    return " + ".join(f"{weight:.3g} {words(axis)}" for axis, weight in parts)


def utility_axis(named: str | Mapping[str, float]) -> UtilityAxis:
    """The utility axis of `frontier.utility`: a column, or columns with their weights.

    Raises:
        ConfigError: a name is no column that can be a utility, or a weight is not above 0.
    """
    weights = {named: 1.0} if isinstance(named, str) else named
    wrong = next((name for name, weight in weights.items() if not 0 < weight < math.inf), None)
    if not weights or wrong is not None:
        got = "none" if wrong is None else f"{weights[wrong]:g} for {wrong}"
        raise ConfigError(f"frontier.utility: expected columns with weights above 0, got {got}")
    total = sum(weights.values())
    return UtilityAxis(tuple((utility_column(name), weight / total) for name, weight in weights.items()))


def weighted_mean(values: Sequence[Value], weights: Sequence[float] | None = None) -> Value:
    """The mean of values, with the mean of their intervals; the first missing one's reason if one is missing.

    Args:
        values: At least one.
        weights: Their weights, which sum to 1; equal ones by default.
    """
    missing = next((value for value in values if value.value is None), None)
    if missing is not None or len(values) == 1:
        return missing or values[0]
    shares = [1 / len(values)] * len(values) if weights is None else weights

    def mean(numbers: Sequence[float | None]) -> float | None:
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        return sum(share * number for share, number in zip(shares, known, strict=True))

    low, high = mean([value.low for value in values]), mean([value.high for value in values])
    if low is None or high is None:
        low = high = None
    counted = [value.n for value in values if value.n is not None]
    return Value(value=mean([v.value for v in values]), low=low, high=high, n=min(counted, default=None))
