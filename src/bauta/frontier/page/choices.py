"""The axes that a reader of the page can choose: every measure of privacy and utility on its own scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bauta.frontier.bounds import privacy_floor
from bauta.frontier.plots.style import IN_WORDS
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.frontier.rows import PROTOCOLS, READERS
from bauta.measurement import Value
from bauta.metrics.axes import (
    PRIVACY_AXES,
    UTILITY_AXES,
    VERIFICATION_AXES,
    Axis,
    clear_floor,
    worst_verification,
)
from bauta.metrics.bounds import is_empty
from bauta.metrics.utility import UtilityAxis, utility_axis

RUN = "run"
"""The measure that the configuration names: the axis of the advice, the Pareto set and the knee."""

IDENTIFICATION = {
    "worst_top1": "one probe: top-1 of the worst attack",
    "worst_top1_pooled": "all pictures of a person: top-1 of the worst attack",
    "max_top1": "one probe: top-1 of the best attack in hindsight",
    "max_top1_pooled": "all pictures of a person: top-1 of the best attack in hindsight",
}
"""Column of identification → what it measures. Each is corrected for chance like the privacy of a run."""

OF_RECOGNIZER = "one probe: top-1 of the worst of its protocols and of the adaptive attack"
ADAPTIVE = "adaptive"


@dataclass(frozen=True)
class Choice:
    """A measure on an axis from 0 (worst) to 1 (best).

    Attributes:
        measure: A column, or `RUN`.
        who: The recognizer or teacher alone; None for all that count.
        title: What it measures.
        values: A position for each row, with its interval.
        told: What is behind each position, such as the attack; None if nothing is to be said.
        bounds: The position that no attack but reverse goes below, for each row; None where there is none.
    """

    measure: str
    who: str | None
    title: str
    values: tuple[Value, ...]
    told: tuple[str | None, ...] = ()
    bounds: tuple[float | None, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether any row has a position."""
        return any(value.value is not None for value in self.values)


def privacy_choices(found: DatasetFrontier, axis: str) -> list[Choice]:
    """The privacy axes that any row has a value on, the run's first; `axis` is the run's."""
    rows, own = found.rows, PRIVACY_AXES[axis]
    run = Choice(
        RUN,
        None,
        IDENTIFICATION.get(axis, IN_WORDS.get(axis, axis)),
        _column(rows, "privacy"),
        tuple(_attacker(row, own.column) for row in rows),
        tuple(privacy_floor(row, axis) for row in rows),
    )
    others = [*_identification(rows, but=axis), *_verification(rows, but=axis)]
    recognizers = [name for name in found.recognizers if _recognizes(found, name)]
    others += [choice for name in recognizers for choice in _by_recognizer(rows, name)]
    return [run, *(choice for choice in others if choice.is_known)]


def utility_choices(found: DatasetFrontier, named: str | Mapping[str, float]) -> list[Choice]:
    """The utility axes that any row has a value on, the run's first; `named` is the run's."""
    rows, run = found.rows, utility_axis(named if isinstance(named, str) else dict(named))
    choices = [Choice(RUN, None, _words(run), _column(rows, "utility"), tuple(map(_judges, rows)))]
    for name in found.teachers:
        own = tuple(
            row.by_teacher.get(name, {}).get("utility", Value.missing(f"{name} did not read this set"))
            for row in rows
        )
        choices.append(Choice(RUN, name, _words(run), own, _parts(rows, name)))
    for column in UTILITY_AXES:
        if (column,) != run.columns:
            choices += _utility(found, column)
    for column in READERS:
        title = f"macro-F1 of a teacher that learnt from {column.removeprefix('utility_reader_')} faces"
        choices.append(Choice(column, None, title, _column(rows, column)))
    return [choice for choice in choices[:1] if choice] + [one for one in choices[1:] if one.is_known]


def _identification(rows: Sequence[SettingResult], but: str) -> Iterator[Choice]:
    for column, title in IDENTIFICATION.items():
        if column == but:
            continue
        pooled = column.endswith("_pooled")
        values = tuple(_top1(row, row.values[column], pooled) for row in rows)
        bound = tuple(_bound(row, pooled) for row in rows)
        yield Choice(column, None, title, values, tuple(_attacker(row, column) for row in rows), bound)


def _verification(rows: Sequence[SettingResult], but: str) -> Iterator[Choice]:
    for column, axis in VERIFICATION_AXES.items():
        if column != but:
            values = tuple(axis.scale(row.values[column], row.values["chance_top1"]) for row in rows)
            yield Choice(
                column, None, IN_WORDS[column], values, tuple(_attacker(row, column) for row in rows)
            )


def _recognizes(found: DatasetFrontier, name: str) -> bool:
    """Whether a recognizer knows people on the clear faces; to one that does not, all is private."""
    for row in found.measured:
        clear, chance = row.by_recognizer.get(name, {}).get("clear_top1"), row.values["chance_top1"].value
        if clear is not None and clear.value is not None and chance is not None:
            return clear.value >= clear_floor(chance)
    return False


def _by_recognizer(rows: Sequence[SettingResult], name: str) -> Iterator[Choice]:
    found = [_worst_of(row, name) for row in rows]
    yield Choice(
        "worst_top1", name, OF_RECOGNIZER, tuple(v for v, _ in found), tuple(told for _, told in found)
    )
    absent = f"{name} did not verify on this set"
    worst = [
        worst_verification({name: row.by_recognizer.get(name, {})}, tuple(PROTOCOLS), absent) for row in rows
    ]
    for column, axis in VERIFICATION_AXES.items():
        pairs = zip(rows, worst, strict=True)
        values = tuple(axis.scale(own[column], row.values["chance_top1"]) for row, (own, _) in pairs)
        yield Choice(column, name, IN_WORDS[column], values, tuple(who.get(column) for _, who in worst))


def _worst_of(row: SettingResult, name: str) -> tuple[Value, str | None]:
    """The privacy that a recognizer leaves by its fixed protocols and its adaptive attack."""
    numbers = row.by_recognizer.get(name, {})
    scored = {
        f"{protocol}/{name}": numbers[f"{protocol}_top1"]
        for protocol in (*PROTOCOLS, ADAPTIVE)
        if f"{protocol}_top1" in numbers
    }
    worst, attacker = PRIVACY_AXES["worst_top1"].least_private(scored, f"{name} did not attack this set")
    return _top1(row, worst, pooled=False), attacker


def _top1(row: SettingResult, measured: Value, pooled: bool) -> Value:
    """A top-1 as privacy. Of all pictures of a person together, the best constant answer names one of N."""
    chance = row.values["chance_top1"]
    if pooled and (people := row.values["n_subjects"].value):
        chance = Value(value=1.0 / people)
    return PRIVACY_AXES["worst_top1"].scale(measured, chance)


def _bound(row: SettingResult, pooled: bool) -> float | None:
    bound = row.values.get("bound_top1_pooled" if pooled else "bound_top1")
    if bound is None or is_empty(bound) or is_empty(row.values["bound_top1"]):
        return None
    return _top1(row, bound, pooled).value


def _utility(found: DatasetFrontier, column: str) -> Iterator[Choice]:
    axis, rows, words = UTILITY_AXES[column], found.rows, IN_WORDS[column]
    yield Choice(column, None, words, _scaled(axis, rows, [row.values for row in rows]))
    for name in found.teachers:
        own = [row.by_teacher.get(name, {}) for row in rows]
        if any(column in values for values in own):
            yield Choice(column, name, words, _scaled(axis, rows, own), _parts(rows, name))


def _scaled(
    axis: Axis, rows: Sequence[SettingResult], values: Sequence[Mapping[str, Value]]
) -> tuple[Value, ...]:
    absent = Value.missing("not measured on this set")
    return tuple(
        axis.scale(own.get(axis.column, absent), row.values["chance_top1"])
        for row, own in zip(rows, values, strict=True)
    )


def _column(rows: Sequence[SettingResult], name: str) -> tuple[Value, ...]:
    return tuple(row.values[name] for row in rows)


def _attacker(row: SettingResult, column: str) -> str | None:
    return row.worst_attacker if column == "worst_top1" else row.worst_verifiers.get(column)


def _parts(rows: Sequence[SettingResult], teacher: str) -> tuple[str | None, ...]:
    """Which part a teacher had in making each set, of which it is no judge."""
    return tuple(row.partial.get(teacher) for row in rows)


def _judges(row: SettingResult) -> str | None:
    return f"mean of {', '.join(row.judges)}" if len(row.judges) > 1 else next(iter(row.judges), None)


def _words(axis: UtilityAxis) -> str:
    return axis.name if len(axis.columns) > 1 else IN_WORDS.get(axis.columns[0], axis.columns[0])
