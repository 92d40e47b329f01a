"""What the configuration says of a dataset: what it cannot support, and what its backends see."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from bauta.config.frontier import DatasetPair


class Limits(BaseModel):
    """The limits of a dataset.

    Attributes:
        identities: Why it has no identities, None if it has them.
        left_out: Backend → setting that is not run → reason.
        sees: Backend → setting → what it declares to see, such as `subjects` or `posteriors:resnet18`.
        taught: Backend → setting → the teachers that it was trained with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    identities: str | None = None
    left_out: dict[str, dict[str, str]] = {}
    sees: dict[str, dict[str, tuple[str, ...]]] = {}
    taught: dict[str, dict[str, tuple[str, ...]]] = {}


def limits_of_pair(pair: DatasetPair, limits: Mapping[str, Limits]) -> Limits:
    """The settings that are infeasible on either dataset of a pair, and what holds of a backend on either."""
    left_out: dict[str, dict[str, str]] = {}
    declared: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {"sees": {}, "taught": {}}
    for dataset in (pair.expression, pair.identity):
        own = limits.get(dataset, Limits())
        for backend, settings in own.left_out.items():
            told = {name: f"not on {dataset}: {reason}" for name, reason in settings.items()}
            left_out[backend] = {**left_out.get(backend, {}), **told}
        for what, of_backends in declared.items():
            for backend, settings in getattr(own, what).items():
                known = of_backends.setdefault(backend, {})
                known |= {
                    name: tuple(sorted({*known.get(name, ()), *more})) for name, more in settings.items()
                }
    return Limits(left_out=left_out, **declared)
