"""Which columns can be an axis of the frontier, and how a column becomes 0 (worst) to 1 (best)."""

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
        best: The value that becomes 1; None for the chance of closed-set identification.
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
            chance: Chance of closed-set identification, 1/N for N gallery subjects.
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


PRIVACY_AXES: Mapping[str, Axis] = {
    **{
        name: Axis(name, worst=1.0, best=None)
        for name in ("worst_top1", "top1", "reverse_top1", "parrot_top1", "adaptive_top1")
    },
    "auc": Axis("auc", worst=1.0, best=0.5),
    "eer": Axis("eer", worst=0.0, best=0.5),
    "tar_at_far_1e-2": Axis("tar_at_far_1e-2", worst=1.0, best=1e-2),
    "tar_at_far_1e-3": Axis("tar_at_far_1e-3", worst=1.0, best=1e-3),
}

UTILITY_AXES: Mapping[str, Axis] = {
    "macro_f1": Axis("relative_macro_f1", worst=0.0, best=1.0),
    "accuracy": Axis("accuracy", worst=0.0, best=1.0),
    "kappa": Axis("kappa", worst=0.0, best=1.0),
    "ssim": Axis("ssim", worst=0.0, best=1.0),
}
"""`macro_f1` is taken relative to the originals and corrected for chance by the expression stage."""

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


def _axis(which: str, name: str, axes: Mapping[str, Axis]) -> Axis:
    if name not in axes:
        raise ConfigError(f"frontier.{which}: unknown axis '{name}': {nearest(name, list(axes))}")
    return axes[name]
