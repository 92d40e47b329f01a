"""Which numbers of two runs can be compared, and why the others cannot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bauta.frontier.comparison.run import KINDS, ComparedRun
from bauta.frontier.result import DatasetFrontier, SettingResult
from bauta.frontier.rows import SOURCES
from bauta.metrics.axes import RELATIVE_MACRO_F1
from bauta.metrics.utility import utility_axis

IDENTITY = ("privacy", "worst_top1", "worst_top1_pooled")
BEHIND = ["macro_f1", "accuracy", "kappa"]
"""Columns of what teachers read, beside a utility that is relative to the originals."""
EXTENT = ("coverage", "bound_top1", "bound_top1_pooled")

ATTACKING = ("attack", "suite", "adapt", "view", "embed", "recognize")
READING = ("expression", "express", "train_teacher")
"""Stages and rooms whose code decides what a value means."""


@dataclass(frozen=True)
class Objections:
    """Why values of one dataset cannot be compared.

    Attributes:
        everything: Reasons that hold for all of its values.
        identity: Reasons that hold for attacks.
        privacy: Reasons that hold for the privacy axis alone.
        utility: Likewise for the utility axis.
        reading: Teacher → reasons that hold where it judges.
        preserved: Reasons that hold for what an estimator measures.
    """

    everything: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    privacy: tuple[str, ...] = ()
    utility: tuple[str, ...] = ()
    reading: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preserved: tuple[str, ...] = ()

    def of(self, column: str, a: SettingResult, b: SettingResult) -> list[str]:
        """The reasons against comparing a column of a setting; none if it can be compared."""
        found = list(self.everything)
        if column in IDENTITY:
            found += self.identity
        found += self.privacy if column == "privacy" else self.utility if column == "utility" else ()
        if column in SOURCES["preservation"]:
            found += self.preserved
        if column == "utility" or column in SOURCES["expression"]:
            if a.judges != b.judges:
                found.append(f"other teachers judge it ({_names(a.judges)} in A, {_names(b.judges)} in B)")
            found += [why for name in a.judges if name in b.judges for why in self.reading.get(name, ())]
        return found


def objections(a: ComparedRun, b: ComparedRun, of_a: DatasetFrontier, of_b: DatasetFrontier) -> Objections:
    """Find what makes values of a dataset, or of a pair of datasets, incomparable."""
    teachers = [name for name in of_a.teachers if name in of_b.teachers]
    code = _code(a, b, ATTACKING, (*of_a.recognizers, *_named(a, "attacks")))
    return Objections(
        everything=tuple(_other_faces(a, b, of_a, of_b)),
        identity=(*_other_recognizers(a, b, of_a, of_b), *_other_attacks(a, b), *code),
        privacy=tuple(_other_axis("privacy", a.frontier.privacy_axis, b.frontier.privacy_axis)),
        utility=tuple(_other_axis("utility", a.frontier.utility_name, b.frontier.utility_name)),
        reading={name: tuple(_other_teacher(name, a, b, of_a)) for name in teachers},
        preserved=tuple(_other_estimators(a, b)),
    )


def columns_of(a: ComparedRun, b: ComparedRun) -> list[str]:
    """The columns that are compared: both axes with the columns behind them, coverage and bounds."""
    axes = [utility_axis(run.frontier.utility_axis) for run in (a, b)]
    behind = []
    for axis in axes:
        # A single column is the utility itself, up to its scale.
        behind += list(axis.columns) if len(axis.columns) > 1 else []
        behind += BEHIND if RELATIVE_MACRO_F1.column in axis.columns else []
    verified = [run.frontier.privacy_axis for run in (a, b)]
    return list(dict.fromkeys([*IDENTITY, *verified, "utility", *behind, *EXTENT]))


def _other_faces(
    a: ComparedRun, b: ComparedRun, of_a: DatasetFrontier, of_b: DatasetFrontier
) -> Iterator[str]:
    names = [found.dataset if found.pair is None else found.pair.identity for found in (of_a, of_b)]
    read = [found.dataset if found.pair is None else found.pair.expression for found in (of_a, of_b)]
    if names[0] != names[1] or read[0] != read[1]:
        yield "the pair is of other datasets"
        return
    for name in dict.fromkeys((names[0], read[0])):
        first, second = (run.hashes("split_sha256", name, KINDS) for run in (a, b))
        if not first or not second:
            yield f"the split of {'A' if not first else 'B'} is not recorded"
        elif first != second:
            yield f"other split ({_short(first)} in A, {_short(second)} in B)"


def _other_recognizers(
    a: ComparedRun, b: ComparedRun, of_a: DatasetFrontier, of_b: DatasetFrontier
) -> Iterator[str]:
    if set(of_a.recognizers) != set(of_b.recognizers):
        yield f"other recognizers ({_names(of_a.recognizers)} in A, {_names(of_b.recognizers)} in B)"
        return
    for name in of_a.recognizers:
        if a.recorded("models", name) != b.recorded("models", name):
            yield f"the recognizer {name} has other weights"


def _other_attacks(a: ComparedRun, b: ComparedRun) -> Iterator[str]:
    first, second = (run.recorded("config", "attacks") for run in (a, b))
    one, other = (found if isinstance(found, Mapping) else {} for found in (first, second))
    keys = [key for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
    if keys:
        yield f"other attacks ({', '.join(f'attacks.{key}' for key in keys)})"


def _other_teacher(name: str, a: ComparedRun, b: ComparedRun, of_a: DatasetFrontier) -> Iterator[str]:
    if a.recorded("models", name) != b.recorded("models", name):
        yield f"the teacher {name} has other weights"
        return
    dataset = of_a.dataset if of_a.pair is None else of_a.pair.expression
    trained = [
        {
            one.provenance.get("teacher_sha256")
            for (kind, of, _, _, model), one in run.measurements.items()
            if (kind, of, model) == ("expression", dataset, name)
        }
        - {None}
        for run in (a, b)
    ]
    if all(trained) and trained[0] != trained[1]:
        yield f"the teacher {name} has other weights"
    yield from _code(a, b, READING, (name,))


def _other_estimators(a: ComparedRun, b: ComparedRun) -> Iterator[str]:
    first, second = (_list(run.recorded("config", "preservation")) for run in (a, b))
    if first != second:
        yield f"other estimators ({_names(first)} in A, {_names(second)} in B)"
    for name in first if first == second else ():
        if a.recorded("models", name) != b.recorded("models", name):
            yield f"the estimator {name} has other weights"
    yield from _code(a, b, ("preservation", "estimate", "preserve"), first)


def _other_axis(which: str, first: str, second: str) -> Iterator[str]:
    if first != second:
        yield f"another {which} axis ({first} in A, {second} in B)"


def _code(a: ComparedRun, b: ComparedRun, rooms: Sequence[str], names: Sequence[str]) -> list[str]:
    """Stages and implementations that compute something else in both runs, if both record their versions."""
    first, second = (run.recorded("code") for run in (a, b))
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        return []
    changed = []
    for name in dict.fromkeys([*first, *second]):
        room, _, method = name.partition("/")
        used = room in rooms and (not method or method in names)
        if used and name in first and name in second and first[name] != second[name]:
            changed.append(f"{name} computes otherwise (version {first[name]} in A, {second[name]} in B)")
    return changed


def _named(run: ComparedRun, section: str) -> list[str]:
    """Every name in the lists of a section."""
    found = run.recorded("config", section)
    lists = found.values() if isinstance(found, Mapping) else ()
    return [str(name) for names in lists for name in _list(names)]


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _short(hashes: frozenset[str]) -> str:
    return ", ".join(sorted(one[:8] for one in hashes))
