"""The axes of the frontier, its intervals, and the pairs of datasets that share a frontier."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from bauta.anonymize import ANONYMIZERS
from bauta.config.datasets import Dataset
from bauta.config.section import InRegistry, Name, Section
from bauta.config.wording import shown
from bauta.express import TRAINED
from bauta.metrics.axes import privacy_axis
from bauta.metrics.utility import utility_axis
from bauta.registry import nearest


def _privacy_axis(name: str) -> str:
    privacy_axis(name)
    return name


def _utility_axis(named: str | dict[str, float]) -> str | dict[str, float]:
    utility_axis(named)
    return named


def _weights(named: Any) -> Any:
    """Reject what is neither a column nor columns with weights, and turn the weights into floats."""
    if isinstance(named, str):
        return named
    if isinstance(named, Mapping) and all(
        isinstance(name, str) and isinstance(weight, int | float) and not isinstance(weight, bool)
        for name, weight in named.items()
    ):
        return {name: float(weight) for name, weight in named.items()}
    raise ValueError(f"expected a column, or columns with their weights, got {shown(named)}")


class DatasetPair(Section):
    """Two datasets with one frontier: one with known people, and one with labelled expressions."""

    identity: Name = Field(description="dataset of the attacks, the coverage and the realism")
    expression: Name = Field(description="dataset of the expressions")


class Floors(Section):
    """What a setting must reach before it is advised.

    The defaults are half of either axis: the strongest attacker wins at most half of what lies between chance
    and certainty, and at least half of the expression that is read on the originals is left.
    """

    privacy: float | None = Field(0.5, ge=0, le=1, description="smallest privacy; null for none")
    utility: float | None = Field(0.5, ge=0, le=1, description="smallest utility; null for none")


class Frontier(Section):
    """The axes of the frontier, the intervals and the pairs of datasets."""

    privacy: Annotated[str, AfterValidator(_privacy_axis)] = Field(
        "worst_top1", description="column for the privacy axis"
    )
    utility: Annotated[str | dict[str, float], BeforeValidator(_weights), AfterValidator(_utility_axis)] = (
        Field("relative_macro_f1", description="column for the utility axis, or columns with their weights")
    )
    floors: Floors = Field(Floors(), description="smallest privacy and utility of a setting that is advised")
    bootstrap: int = Field(2000, ge=100, le=100_000, description="bootstrap replicates, resampled by subject")
    pairs: dict[Name, DatasetPair] = Field(
        {}, description="name → the privacy of one dataset with the expressions of another"
    )

    compare: list[Annotated[str, InRegistry(ANONYMIZERS)]] = Field(
        [],
        description="backends whose sets are tested against each other in significance.csv, pair by pair",
    )
    style: Literal["screen", "paper"] = Field(
        "screen",
        description="what the pictures are drawn for: a screen, or a column of a paper (3.4 in, 300 dpi)",
    )

    @property
    def utility_columns(self) -> tuple[str, ...]:
        """The columns of the utility axis."""
        return utility_axis(self.utility).columns


def check_compared(compare: list[str], backends: Collection[str]) -> None:
    """Reject tests of sets that the run does not have.

    Args:
        compare: `frontier.compare`.
        backends: The anonymizers of the run.

    Raises:
        ValueError: a backend is none of the run's.
    """
    for name in compare:
        if name not in backends:
            hint = nearest(name, list(backends))
            raise ValueError(f"frontier.compare: '{name}' is none of the run's anonymizers: {hint}")


def check_pairs(
    pairs: Mapping[str, DatasetPair], datasets: Mapping[str, Dataset], teachers: list[str]
) -> None:
    """Reject pairs whose datasets do not support what the pair needs.

    Args:
        pairs: `frontier.pairs`.
        datasets: `datasets`.
        teachers: `teachers`.

    Raises:
        ValueError: a pair has the name of a dataset, a dataset is unknown, the first has no identities, or no
            teacher can be applied to the second.
    """
    for name, pair in pairs.items():
        key = f"frontier.pairs.{name}"
        if name in datasets:
            raise ValueError(f"{key}: a dataset has this name; give the pair another one")
        for role, dataset in (("identity", pair.identity), ("expression", pair.expression)):
            if dataset not in datasets:
                raise ValueError(
                    f"{key}.{role}: unknown dataset '{dataset}': {nearest(dataset, list(datasets))}"
                )
        if reason := datasets[pair.identity].identities:
            raise ValueError(f"{key}.identity: nobody can be identified on '{pair.identity}': {reason}")
        untrainable = datasets[pair.expression].untrainable
        if untrainable and TRAINED.issuperset(teachers):
            raise ValueError(f"{key}.expression: no teacher can read '{pair.expression}': {untrainable}")
