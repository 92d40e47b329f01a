"""Which columns can be an axis of the frontier, and how a column becomes 0 (worst) to 1 (best).

An axis has the name of the column that it reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bauta.errors import ConfigError
from bauta.measurement import Value
from bauta.metrics.preservation_axes import PRESERVATION_AXES
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

    def least_private(self, measured: Mapping[str, Value], absent: str) -> tuple[Value, str | None]:
        """The value most in the attacker's favour: the one nearest to `worst`, which no value exceeds.

        Args:
            measured: Attacker → its value of the column.
            absent: The reason if there is no attacker.

        Returns:
            The value with its interval, and the attacker, the first one of equals. If no value is known, the
            first one's reason and None.
        """
        known = {
            name: abs(value.value - self.worst) for name, value in measured.items() if value.value is not None
        }
        if known:
            attacker = min(known, key=lambda name: known[name])
            return measured[attacker], attacker
        return next(iter(measured.values()), Value.missing(absent)), None

    def _position(self, value: float, best: float) -> float:
        return min(1.0, max(0.0, (value - self.worst) / (best - self.worst)))


def _by_column(*axes: Axis) -> Mapping[str, Axis]:
    return {axis.column: axis for axis in axes}


VERIFICATION_AXES: Mapping[str, Axis] = _by_column(
    Axis("worst_auc", worst=1.0, best=0.5),
    Axis("worst_eer", worst=0.0, best=0.5),
    Axis("worst_tar_at_far_1e-2", worst=1.0, best=1e-2),
    Axis("worst_tar_at_far_1e-3", worst=1.0, best=1e-3),
)
"""The privacy axes of verification; `worst` is the value of an attack that never errs."""

PRIVACY_AXES: Mapping[str, Axis] = {
    **_by_column(Axis("worst_top1", worst=1.0, best=None)),
    **VERIFICATION_AXES,
}
"""Each is the worst over all recognizers and protocols of a run: the attacker chooses, too."""

RELATIVE_MACRO_F1, KAPPA = (Axis(column, worst=0.0, best=1.0) for column in ("relative_macro_f1", "kappa"))
"""Macro-F1 relative to the originals and corrected for chance, as the expression stage measures it, and
Cohen's κ, which stands in for it where the dataset has no labels."""

UTILITY_AXES: Mapping[str, Axis] = _by_column(
    RELATIVE_MACRO_F1,
    Axis("accuracy", worst=0.0, best=1.0),
    KAPPA,
    Axis("ssim", worst=0.0, best=1.0),
    *(Axis(column, worst=worst, best=best) for column, (worst, best) in PRESERVATION_AXES.items()),
)

RENAMED: Mapping[str, str] = {
    "macro_f1": "relative_macro_f1",
    **{column.removeprefix("worst_"): column for column in VERIFICATION_AXES},
}
"""Former name of an axis → the column that it reads.

The columns of the former names are others: `macro_f1` is not relative, and `auc`, `eer` and the rest are of
the first recognizer's protocol *naive* alone.
"""

CLEAR_FLOOR = 0.5
"""Smallest valid accuracy of a recognizer on clear faces: half the distance from chance to certainty.

The privacy axis is the same chance-corrected ratio. With a weaker recognizer, more than half of the axis
would be lost before any face is anonymized. Corrected for chance, the floor also holds for few subjects,
where a multiple of chance would exceed 1.
"""

NOT_PRIVACY: Mapping[str, str] = {
    "cosine_distance": "a mean distance hides the faces that are still identified",
    **dict.fromkeys(
        ("top1", "reverse_top1", "parrot_top1", "adaptive_top1"),
        "it is one attack by the first recognizer, and others may identify more",
    ),
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


def utility_column(name: str) -> Axis:
    """The scale of a column that can be a utility, or a part of one.

    Raises:
        ConfigError: the name is no such column.
    """
    return _axis("utility", name, UTILITY_AXES)


def worst_verification(
    numbers: Mapping[str, Mapping[str, Value]], protocols: Sequence[str], absent: str
) -> tuple[dict[str, Value], dict[str, str]]:
    """The values of `VERIFICATION_AXES` that are most in the attacker's favour, and whose they are.

    Args:
        numbers: Recognizer → name, such as `naive_auc` → value.
        protocols: The protocols that count, such as `naive`.
        absent: The reason if no recognizer has a value.

    Returns:
        By column the value with its interval, and protocol and recognizer, such as `parrot/arcface`, where
        a value is known.
    """
    values, verifiers = {}, {}
    for column, axis in VERIFICATION_AXES.items():
        name = column.removeprefix("worst_")
        measured = {
            f"{protocol}/{recognizer}": own[f"{protocol}_{name}"]
            for recognizer, own in numbers.items()
            for protocol in protocols
            if f"{protocol}_{name}" in own
        }
        values[column], verifier = axis.least_private(measured, absent)
        if verifier is not None:
            verifiers[column] = verifier
    return values, verifiers


def stand_in(utility: Axis, values: Mapping[str, Value]) -> Axis:
    """The axis that a row's utility is on: Cohen's κ for relative macro-F1 where there are no labels.

    Args:
        utility: The axis of the config.
        values: The row's values by column, with `clear_macro_f1` and `kappa`.
    """
    return KAPPA if utility == RELATIVE_MACRO_F1 and unlabelled(values) else utility


def unlabelled(values: Mapping[str, Value]) -> bool:
    """Whether the predictions of a row can only be compared with each other, as no face has a label."""
    return values["clear_macro_f1"].value is None and values["kappa"].value is not None


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
