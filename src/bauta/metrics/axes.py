"""Which columns can be an axis of the frontier, and how a column becomes 0 (worst) to 1 (best).

An axis has the name of the column that it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bauta.errors import ConfigError
from bauta.measurement import Value
from bauta.registry import nearest


@dataclass(frozen=True)
class Axis:
    """A linear scale from a column to [0, 1].

    Attributes:
        column: Column of the frontier table.
        worst: The column's value that becomes 0.
        best: The value that becomes 1; None for the best constant answer of closed-set identification.
    """

    column: str
    worst: float
    best: float | None

    def scale(self, measured: Value, chance: Value) -> Value:
        """The measured value and its interval on this axis, clipped to [0, 1].

        With `worst` 1 and `best` chance this is 1 − (top-1 − chance)/(1 − chance). An attacker below chance
        has learnt nothing, so it counts as chance.

        Args:
            measured: Value of `column`.
            chance: The best constant answer of closed-set identification, at least 1/N for N subjects.
        """
        if measured.value is None:
            return Value.missing(measured.reason or "not measured", measured.n)
        best = chance.value if self.best is None else self.best
        if best is None:
            return Value.missing(f"chance is not known: {chance.reason}", measured.n)
        if best == self.worst:
            return Value.missing("a single gallery subject is always identified", measured.n)
        ends = [self._position(end, best) for end in (measured.low, measured.high) if end is not None]
        interval = (min(ends), max(ends)) if len(ends) == 2 else (None, None)
        position = self._position(measured.value, best)
        return Value(value=position, low=interval[0], high=interval[1], n=measured.n)

    def _position(self, value: float, best: float) -> float:
        return min(1.0, max(0.0, (value - self.worst) / (best - self.worst)))


def _by_column(*axes: Axis) -> Mapping[str, Axis]:
    return {axis.column: axis for axis in axes}


PRIVACY_AXES: Mapping[str, Axis] = _by_column(
    *(
        Axis(column, worst=1.0, best=None)
        for column in ("worst_top1", "top1", "reverse_top1", "parrot_top1", "adaptive_top1")
    ),
    Axis("auc", worst=1.0, best=0.5),
    Axis("eer", worst=0.0, best=0.5),
    Axis("tar_at_far_1e-2", worst=1.0, best=1e-2),
    Axis("tar_at_far_1e-3", worst=1.0, best=1e-3),
)

RELATIVE_MACRO_F1, KAPPA = (Axis(column, worst=0.0, best=1.0) for column in ("relative_macro_f1", "kappa"))
"""Macro-F1 relative to the originals and corrected for chance, as the expression stage measures it, and
Cohen's κ, which stands in for it where the dataset has no labels."""

UTILITY_AXES: Mapping[str, Axis] = _by_column(
    RELATIVE_MACRO_F1,
    Axis("accuracy", worst=0.0, best=1.0),
    KAPPA,
    Axis("ssim", worst=0.0, best=1.0),
)

RENAMED: Mapping[str, str] = {"macro_f1": "relative_macro_f1"}
"""Former name of an axis → the column that it reads. `macro_f1` is another column: it is not relative."""

CLEAR_FLOOR = 0.5
"""Smallest valid accuracy of a recognizer on clear faces: half the distance from chance to certainty.

The privacy axis is the same chance-corrected ratio. With a weaker recognizer, more than half of the axis
would be lost before any face is anonymized. Corrected for chance, the floor also holds for few subjects,
where a multiple of chance would exceed 1.
"""

NOT_PRIVACY: Mapping[str, str] = {
    "cosine_distance": "a mean distance hides the faces that are still identified",
    **dict.fromkeys(("ssim", "psnr", "lpips", "fid"), "likeness to the original says nothing on identity"),
}


def privacy_axis(name: str) -> Axis:
    """The privacy axis of a name in the config.

    Raises:
        ConfigError: the name is no column that can be evidence of privacy.
    """
    if name in NOT_PRIVACY:
        raise ConfigError(
            f"frontier.privacy: '{name}' is a diagnostic and no evidence of privacy ({NOT_PRIVACY[name]}); "
            "use worst_top1"
        )
    return _axis("privacy", name, PRIVACY_AXES)


def utility_axis(name: str) -> Axis:
    """The utility axis of a name in the config.

    Raises:
        ConfigError: the name is no column that can be a utility.
    """
    return _axis("utility", name, UTILITY_AXES)


def clear_floor(chance: float) -> float:
    """Return the top-1 on clear faces below which a recognizer supports no claim, for a chance of 1/N."""
    return chance + CLEAR_FLOOR * (1.0 - chance)


def _axis(which: str, name: str, axes: Mapping[str, Axis]) -> Axis:
    if RENAMED.get(name) in axes:
        raise ConfigError(
            f"frontier.{which}: the axis '{name}' now has the name of the column that it reads: "
            f"write {RENAMED[name]}"
        )
    if name not in axes:
        raise ConfigError(f"frontier.{which}: unknown axis '{name}': {nearest(name, list(axes))}")
    return axes[name]
