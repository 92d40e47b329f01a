"""What each part of a generator's loss and conditions does: its difference from a base, with an interval.

    python benchmarks/ablations.py PROJECT --config config/ablation.yaml [--csv FILE]

PROJECT is a folder of the workflow with a finished run of the configuration. For each dataset and each
generator that the run trained, one line of Markdown: what the strongest attack names, κ by the mean of the
teachers that had no part in it, and for both the difference from the base with a 95 % interval, paired by
person. Repeats of a training from other seeds are one line with the mean, and the standard deviation over
seeds; the difference is that of the mean of all repeats from the mean of all repeats of the base. Its
interval says how it would vary with other people, not with other trainings: where both have repeats, the
table "over seeds" has Welch's interval of the difference between trainings. "alike" is the most that one of
the attacks names that all these generators face, as the suite has more against some of them. Then each
generator of each further dataset is compared with that of the first one, which is how two detectors on the
same people differ.
"""

import argparse
import csv
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.stats import ttest_ind

from bauta.anonymize.cgan.settings import TrainedCganSetting
from bauta.attack.person_hits import PersonHits
from bauta.config.load import parse_config
from bauta.datasets.face_table import FaceTable
from bauta.express.read import read_posteriors
from bauta.frontier.comparison.run import ComparedRun
from bauta.io import layout
from bauta.labels import EXPRESSIONS
from bauta.measurement import Value
from bauta.metrics.differences import paired_difference
from bauta.metrics.expression import cohen_kappa
from bauta.metrics.intervals import TAIL, Resampling, bootstrap
from bauta.plan.dataset import DatasetPlan
from bauta.plan.sets import AnonymizedSet
from bauta.workflow.rule_inputs import rule_inputs

BACKEND, REPEAT, FUSED = "cgan_trained", "repeat", "fused"
RESAMPLING = Resampling(2000, 0)

Array = NDArray[np.float64]
Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Ablation:
    """All repeats of one training.

    Attributes:
        judges: The T teachers.
        worst: Top-1 of the attack that counts, of each repeat.
        hits: What it reaches on each of P people, mean over the repeats.
        tables: float64 (T, P, C, C), predictions before × after of each teacher on each person's faces, mean
            over the repeats.
        kappas: Mean κ over the teachers, of each repeat.
        alike: The most that one of the attacks names that all generators of the dataset face, of each repeat.
    """

    judges: tuple[str, ...]
    worst: Array
    hits: PersonHits
    tables: Array
    kappas: Array
    alike: Array

    @property
    def kappa(self) -> float:
        """Mean κ over the teachers, from the tables of all repeats."""
        return float(mean_kappa(self.tables.sum(axis=1)[np.newaxis])[0])


def mean_kappa(tables: Array) -> Array:
    """Mean of Cohen's κ over T teachers, float64 (R,), for tables (R, T, C, C)."""
    return np.asarray(np.mean([cohen_kappa(tables[:, one]) for one in range(tables.shape[1])], axis=0))


def tables_of(plan: DatasetPlan, item: AnonymizedSet, judges: Sequence[str], faces: FaceTable) -> Array:
    """Predictions before × after of each teacher on the faces of each person, (T, P, C, C)."""
    _, people = np.unique([str(subject) for subject in faces.subjects], return_inverse=True)
    classes = len(EXPRESSIONS)
    found = np.zeros((len(judges), people.max() + 1, classes, classes))
    for number, judge in enumerate(judges):
        before = read_posteriors(plan.teachers.originals(judge), faces.face_ids)
        after = read_posteriors(plan.teachers.anonymized(judge, item), faces.face_ids)
        both = before.ok & after.ok
        read = [np.nan_to_num(one.probabilities[both]).argmax(axis=1) for one in (before, after)]
        np.add.at(found[number], (people[both], read[0], read[1]), 1.0)
    return found


def kappa_difference(base: Ablation, other: Ablation) -> Value:
    """Mean κ of another ablation minus that of the base, both resampled with the same people."""
    if not base.hits.same_probes(other.hits):
        return Value.missing("other people are probed")
    if base.judges != other.judges:
        return Value.missing("other teachers judge")
    shape = base.tables.shape
    both = np.stack([base.tables, other.tables], axis=0).transpose(2, 0, 1, 3, 4)
    flat = both.reshape(shape[1], -1)

    def change(sums: Array) -> Array:
        parts = sums.reshape(len(sums), 2, shape[0], *shape[2:])
        return mean_kappa(parts[:, 1]) - mean_kappa(parts[:, 0])

    low, high = np.quantile(bootstrap(flat, change, RESAMPLING), [TAIL, 1 - TAIL])
    value = float(change(flat.sum(axis=0, keepdims=True))[0])
    return Value(value=value, low=float(low), high=float(high), n=int(base.tables[0].sum()))


def worst_difference(base: Ablation, other: Ablation) -> Value:
    """Top-1 of another ablation minus that of the base, on the same probes of the same people."""
    if not base.hits.same_probes(other.hits):
        return Value.missing("other people are probed")
    return paired_difference(base.hits.hits, other.hits.hits, base.hits.probes, RESAMPLING)


def over_seeds(base: Array, other: Array) -> Value:
    """Mean over the trainings in B minus that in A, with Welch's interval over trainings.

    Source: Welch, The generalization of "Student's" problem, Biometrika 34, 1947.
    """
    if min(len(base), len(other)) < 2:
        return Value.missing("one training")
    interval = ttest_ind(other, base, equal_var=False).confidence_interval(0.95)
    value = float(other.mean() - base.mean())
    return Value(value=value, low=float(interval.low), high=float(interval.high), n=len(base) + len(other))


def read_ablations(
    run: ComparedRun, results: Path, name: str, plan: DatasetPlan, judges: Sequence[str]
) -> Mapping[Options, Ablation]:
    """The trained generators of a dataset, by their options without the repeat."""
    faces = FaceTable.load(plan.faces.alignment, plan.source.split).partition("test")
    (found,) = [one for one in run.frontier.datasets if one.dataset == name]
    rows = {(row.backend, row.setting): row for row in found.rows}
    repeats: dict[Options, list[tuple[PersonHits, Array]]] = {}
    named: dict[Options, list[float]] = {}
    strongest = attacked_alike(results / layout.ATTACKS, name)
    for item in plan.sets.all:
        if item.backend != BACKEND:
            continue
        hits = run.hits(found, rows[item.backend, item.name], pooled=False)
        if isinstance(hits, str):
            raise SystemExit(f"{name} {item.label}: {hits}")
        options = tuple((key, value) for key, value in item.options.items() if key != REPEAT)
        repeats.setdefault(options, []).append((hits, tables_of(plan, item, judges, faces)))
        named.setdefault(options, []).append(strongest[item.name])
    return {options: merged(parts, judges, named[options]) for options, parts in repeats.items()}


def attacked_alike(table: Path, dataset: str) -> dict[str, float]:
    """The most that any of the attacks names that all generators face, by setting.

    A generator that is told no landmarks is spared the attacks that recover them, and fused attacks combine
    whichever are strongest.
    """
    found: dict[str, dict[tuple[str, ...], float]] = {}
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (row["dataset"], row["backend"]) != (dataset, BACKEND) or not row["value"]:
                continue
            if (row["metric"], row["pooling"]) == ("top1", "one") and row["matcher"] != FUSED:
                attack = tuple(row[name] for name in ("recognizer", "jpeg", "view", "matcher", "protocol"))
                found.setdefault(row["setting"], {})[attack] = float(row["value"])
    shared = set.intersection(*(set(attacks) for attacks in found.values())) if found else set()
    return {setting: max(attacks[one] for one in shared) for setting, attacks in found.items()}


def merged(
    repeats: Sequence[tuple[PersonHits, Array]], judges: Sequence[str], alike: Sequence[float] = ()
) -> Ablation:
    """The mean of the repeats of a training."""
    first, _ = repeats[0]
    tables = [one for _, one in repeats]
    return Ablation(
        judges=tuple(judges),
        worst=np.array([hits.share for hits, _ in repeats]),
        hits=PersonHits(
            first.faces_sha256, np.mean([hits.hits for hits, _ in repeats], axis=0), first.probes
        ),
        tables=np.mean(tables, axis=0),
        alike=np.array(alike),
        kappas=np.array([mean_kappa(one.sum(axis=1)[np.newaxis])[0] for one in tables]),
    )


def unusual(options: Options) -> int:
    """The number of options that are not the backend's own; the base of the ablations has the fewest."""
    own = TrainedCganSetting().model_dump()
    return sum(value != own[key] for key, value in options)


def described(options: Options, base: Options) -> str:
    """What an ablation changes of the base: numbers with their names, the other options by their values."""
    usual = dict(base)
    changed = [
        value if isinstance(value, str) else f"{key.replace('lambda', 'λ')} {value:g}"
        for key, value in options
        if value != usual.get(key)
    ]
    return ", ".join(changed) or "base"


def shown(value: Value) -> str:
    """A difference with its interval."""
    if value.value is None:
        return str(value.reason)
    return f"{value.value:+.3f} ({value.low:+.3f} to {value.high:+.3f})"


def spread(values: Array) -> str:
    """A mean, and the standard deviation over several trainings."""
    mean = f"{values.mean():.3f}"
    return mean if len(values) == 1 else f"{mean} ± {values.std(ddof=1):.3f}"


def main() -> None:
    """Print a table for each dataset."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--csv", type=Path, help="write the same as CSV, too")
    arguments = parser.parse_args()
    config = parse_config(yaml.safe_load(arguments.config.read_text(encoding="utf-8")))
    written: list[dict[str, Any]] = []
    os.chdir(arguments.project)
    plan = rule_inputs(config).plan
    run = ComparedRun.read("the run", plan.results)
    found: dict[str, Mapping[Options, Ablation]] = {}
    for name, dataset in plan.datasets.items():
        judges = [one for one in dataset.teachers.names if one not in taught(dataset)]
        ablations = read_ablations(run, plan.results, name, dataset, judges)
        if not ablations:
            sys.stdout.write(f"\n{name}: no generator was trained on it\n")
            continue
        found[name] = ablations
        base = min(found[name], key=unusual)
        print_head(f"{name}, κ by {', '.join(judges)}; base: {dict(base)}")
        for options, one in sorted(found[name].items(), key=lambda item: item[0] != base):
            against = None if options == base else found[name][base]
            written.append(print_row(name, described(options, base), one, against))
    first = next(iter(found), "")
    for name, further in list(found.items())[1:]:
        ablations = found[first]
        base = min(ablations, key=unusual)
        print_head(f"{name} in place of {first}")
        for options in sorted((one for one in ablations if one in further), key=lambda one: one != base):
            label = described(options, base)
            written.append(print_row(f"{name} − {first}", label, further[options], ablations[options]))
    print_seeds(written)
    if arguments.csv is not None and written:
        with arguments.csv.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(written[0]))
            table.writeheader()
            table.writerows(written)


COLUMNS = ("worst top-1", "difference", "alike", "κ", "difference")


def print_head(title: str, columns: Sequence[str] = COLUMNS) -> None:
    """Begin a table."""
    sys.stdout.write(f"\n{title}\n\n")
    columns = ("", *columns)
    sys.stdout.write(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n")


def print_row(dataset: str, label: str, one: Ablation, base: Ablation | None) -> dict[str, Any]:
    """Print a line of a table, and return it as a row of the CSV; a base has no differences."""
    worst, kappa = (
        Value.missing("the base") if base is None else difference(base, one)
        for difference in (worst_difference, kappa_difference)
    )
    seeds = [Value.missing("the base")] * 2
    if base is not None:
        seeds = [over_seeds(base.worst, one.worst), over_seeds(base.kappas, one.kappas)]
    changes = ["–" if base is None else shown(value) for value in (worst, kappa)]
    alike = f"{one.alike.mean():.3f}" if one.alike.size else "–"
    cells = [label, spread(one.worst), changes[0], alike, spread(one.kappas), changes[1]]
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    values = {
        "worst_top1": one.worst.mean(),
        "alike": alike,
        "kappa": one.kappas.mean(),
        "trainings": len(one.worst),
    }
    columns = ("worst_top1_change", "worst_top1_over_seeds", "kappa_change", "kappa_over_seeds")
    for column, value in zip(columns, (worst, seeds[0], kappa, seeds[1]), strict=True):
        values |= {column: value.value, f"{column}_low": value.low, f"{column}_high": value.high}
    return {"dataset": dataset, "ablation": label, **values}


def print_seeds(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the differences of those rows that several trainings are behind on both sides."""
    print_head("Over seeds", ("worst top-1", "κ"))
    for row in rows:
        cells = [f"{row['dataset']}, {row['ablation']}"]
        for column in ("worst_top1_over_seeds", "kappa_over_seeds"):
            value, low, high = (row[f"{column}{part}"] for part in ("", "_low", "_high"))
            if value is None:
                break
            cells.append(shown(Value(value=value, low=low, high=high)))
        else:
            sys.stdout.write(f"| {' | '.join(cells)} |\n")


def taught(plan: DatasetPlan) -> set[str]:
    """The teachers that had a part in any of the generators."""
    return {teacher for item in plan.sets.all if item.backend == BACKEND for teacher in item.taught_by}


if __name__ == "__main__":
    main()
