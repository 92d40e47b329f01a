"""The differences of two runs, B minus A, for every setting that both have."""

from collections.abc import Mapping
from dataclasses import dataclass

from bauta.attack.person_hits import PersonHits
from bauta.frontier.bounds import IDENTIFICATION
from bauta.frontier.comparison.comparable import EXTENT, IDENTITY, columns_of, objections
from bauta.frontier.comparison.configuration import ConfigurationDifferences, compare_configurations
from bauta.frontier.comparison.run import ComparedRun
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.frontier.rows import BOUNDS
from bauta.measurement import Value
from bauta.metrics.axes import VERIFICATION_AXES
from bauta.metrics.differences import Scale, independent_difference, paired_difference
from bauta.metrics.intervals import Resampling

NOT_COMPARABLE = "not comparable: "
SMALLER_IS_BETTER = ("worst_top1", "worst_top1_pooled", *BOUNDS)
EXACT = "a bound counts equal outputs of these very people, so neither it nor a difference has an interval"
ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """One value of one setting in both runs.

    Attributes:
        column: Its column in the table of the frontier.
        a: The value in A; None if A has no such setting.
        b: Likewise in B.
        change: B minus A with its interval, or why there is none.
        comparable: Whether a difference would mean anything.
        paired: Whether the interval is of the same people in pairs; None without an interval.
        why: Why it is not paired; None if it is.
    """

    column: str
    a: Value | None
    b: Value | None
    change: Value
    comparable: bool = True
    paired: bool | None = None
    why: str | None = None

    @property
    def certain(self) -> bool:
        """Whether the interval leaves 0 out."""
        low, high = self.change.low, self.change.high
        return low is not None and high is not None and (low > 0 or high < 0)

    @property
    def better(self) -> bool | None:
        """Whether B is better; None if both are equal or if better has no direction here."""
        change = self.change.value
        if change is None or abs(change) <= ROUNDING:
            return None
        axis = VERIFICATION_AXES.get(self.column)
        falls = self.column in SMALLER_IS_BETTER or (axis is not None and (axis.best or 0) < axis.worst)
        return (change < 0) == falls


@dataclass(frozen=True)
class SettingComparison:
    """One setting that at least one of the runs has.

    Attributes:
        a: Its row in A; None if A lacks it. Likewise `b`.
        differences: Column → its difference.
    """

    a: SettingResult | None
    b: SettingResult | None
    differences: Mapping[str, Difference]

    @property
    def row(self) -> SettingResult:
        """Its row in B, or in A if B lacks it."""
        row = self.b or self.a
        if row is None:
            raise ValueError("a setting is in at least one of two runs")
        return row

    @property
    def only_in(self) -> str | None:
        """The only run that has it; None for both."""
        return "B" if self.a is None else "A" if self.b is None else None

    @property
    def remarks(self) -> list[str]:
        """What a reader must know of the rows: that one is not valid or not feasible."""
        found = [(name, row) for name, row in (("A", self.a), ("B", self.b)) if row is not None]
        states = [
            (name, "infeasible" if row.infeasible is not None else "not valid")
            for name, row in found
            if row.infeasible is not None or not row.valid
        ]
        if len(states) == len(found) == 2 and states[0][1] == states[1][1]:
            return [f"{states[0][1]} in both"]
        return [f"{state} in {name}" for name, state in states]


@dataclass(frozen=True)
class DatasetComparison:
    """A dataset, or pair of datasets, that both runs have."""

    a: DatasetFrontier
    b: DatasetFrontier
    settings: tuple[SettingComparison, ...]

    @property
    def both(self) -> list[SettingComparison]:
        """The settings of both runs."""
        return [one for one in self.settings if one.only_in is None]

    def only(self, name: str) -> list[str]:
        """The labels of the settings that only one run has."""
        return [one.row.label for one in self.settings if one.only_in == name]

    @property
    def objections(self) -> dict[str, list[str]]:
        """Why values are not comparable → the columns that this holds for, in any setting."""
        found: dict[str, list[str]] = {}
        for one in self.both:
            for column, difference in one.differences.items():
                if not difference.comparable:
                    columns = found.setdefault(str(difference.change.reason), [])
                    columns += [column] if column not in columns else []
        return found

    @property
    def unpaired(self) -> dict[str, list[str]]:
        """Why intervals are not paired → the columns that this holds for, in any setting."""
        found: dict[str, list[str]] = {}
        for one in self.both:
            for column, difference in one.differences.items():
                if difference.paired is False and difference.why is not None:
                    columns = found.setdefault(difference.why, [])
                    columns += [column] if column not in columns else []
        return found


@dataclass(frozen=True)
class Comparison:
    """Two runs beside each other.

    Attributes:
        columns: The compared columns, in order.
        datasets: The datasets that both have, in the order of A.
        only: Run → the datasets that it alone has.
    """

    a: ComparedRun
    b: ComparedRun
    configuration: ConfigurationDifferences
    columns: tuple[str, ...]
    datasets: tuple[DatasetComparison, ...]
    only: Mapping[str, tuple[str, ...]]


def compare(a: ComparedRun, b: ComparedRun, resampling: Resampling | None = None) -> Comparison:
    """Compare two runs; settings are the same if their dataset, backend and setting have the same names."""
    columns = columns_of(a, b)
    of_a, of_b = ({found.dataset: found for found in run.frontier.datasets} for run in (a, b))
    both = [name for name in of_a if name in of_b]
    return Comparison(
        a=a,
        b=b,
        configuration=compare_configurations(a, b),
        columns=tuple(columns),
        datasets=tuple(
            _compare_dataset(
                a, b, of_a[name], of_b[name], columns=columns, resampling=resampling or Resampling()
            )
            for name in both
        ),
        only={
            "A": tuple(name for name in of_a if name not in of_b),
            "B": tuple(name for name in of_b if name not in of_a),
        },
    )


def _compare_dataset(
    a: ComparedRun,
    b: ComparedRun,
    of_a: DatasetFrontier,
    of_b: DatasetFrontier,
    *,
    columns: list[str],
    resampling: Resampling,
) -> DatasetComparison:
    against = objections(a, b, of_a, of_b)
    first, second = ({(row.backend, row.setting): row for row in found.rows} for found in (of_a, of_b))
    settings = []
    for place in dict.fromkeys([*first, *second]):
        one, other = first.get(place), second.get(place)
        found = {}
        for column in columns:
            if one is None or other is None:
                found[column] = _of_one(column, one, other)
            elif reasons := against.of(column, one, other):
                left, right = one.values.get(column), other.values.get(column)
                missing = Value.missing(NOT_COMPARABLE + "; ".join(reasons))
                found[column] = Difference(column, left, right, missing, comparable=False)
            else:
                pair = _Pair(a, b, of_a, of_b, one, other)
                found[column] = pair.difference(column, resampling)
        settings.append(SettingComparison(one, other, found))
    return DatasetComparison(of_a, of_b, tuple(settings))


def _of_one(column: str, one: SettingResult | None, other: SettingResult | None) -> Difference:
    a, b = (None if row is None else row.values.get(column) for row in (one, other))
    return Difference(column, a, b, Value.missing(f"only {'B' if one is None else 'A'} has this setting"))


@dataclass(frozen=True)
class _Pair:
    """The rows of one setting in both runs."""

    run_a: ComparedRun
    run_b: ComparedRun
    of_a: DatasetFrontier
    of_b: DatasetFrontier
    a: SettingResult
    b: SettingResult

    def difference(self, column: str, resampling: Resampling) -> Difference:
        lacking = Value.missing("not part of this run's results")
        a, b = (row.values.get(column, lacking) for row in (self.a, self.b))
        change = independent_difference(a, b)
        if change.value is None:
            return Difference(column, a, b, change)
        if column in BOUNDS:
            return Difference(column, a, b, change, why=EXACT)
        hits = self._hits(column)
        if isinstance(hits, str):
            paired = None if change.low is None else False
            return Difference(column, a, b, change, paired=paired, why=hits)
        scale = Scale()
        if column == "privacy":
            chance = self.a.values["chance_top1"].value
            scale = Scale(worst=1.0, best=0.0 if chance is None else chance)
        first, second = hits
        change = paired_difference(first.hits, second.hits, first.probes, resampling, scale)
        paired = None if change.low is None else True
        return Difference(column, a, b, change, paired=paired)

    def _hits(self, column: str) -> tuple[PersonHits, PersonHits] | str:
        """The outcomes of each person behind a value in both runs, or why they cannot be paired."""
        if (reason := self._not_stored(column)) is not None:
            return reason
        pooled = column == "worst_top1_pooled"
        first = self.run_a.hits(self.of_a, self.a, pooled=pooled)
        second = self.run_b.hits(self.of_b, self.b, pooled=pooled)
        if isinstance(first, str) or isinstance(second, str):
            return first if isinstance(first, str) else str(second)
        if not first.same_probes(second):
            return "the probes are not the same faces in both"
        if self.a.values["chance_top1"].value != self.b.values["chance_top1"].value:
            return "chance is not the same in both"
        return first, second

    def _not_stored(self, column: str) -> str | None:
        """Why the outcomes of each person behind a column are never stored; None if they are."""
        if column in EXTENT:
            return "which faces of a person failed is not stored"
        by_pairs = column == "privacy" and self.run_a.frontier.privacy_axis != IDENTIFICATION
        if column in VERIFICATION_AXES or by_pairs:
            return "the outcomes of pairs of faces are not stored"
        if column not in IDENTITY:
            return "what is read in the faces of each person is not stored"
        return None
