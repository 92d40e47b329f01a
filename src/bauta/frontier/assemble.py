"""The frontier stage: from measurements to the table and the metrics."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bauta.attack.soft_table import write_soft
from bauta.attack.table import write_attacks
from bauta.config.frontier import Floors
from bauta.config.limits import Limits
from bauta.errors import DataError
from bauta.frontier.advice import advise
from bauta.frontier.controls import check_controls
from bauta.frontier.measured import MeasuredDataset, MeasuredSet, measured_datasets
from bauta.frontier.result import Control, DatasetFrontier, Frontier, SettingResult, banner
from bauta.frontier.rows import PROTOCOLS, infeasible_row, join_row, judge
from bauta.frontier.significance_table import write_significance
from bauta.frontier.table import write_table
from bauta.frontier.teacher_table import write_teachers
from bauta.frontier.training_table import write_training
from bauta.keys.provenance import collect
from bauta.measurement import Measurement, Value
from bauta.metrics.axes import Axis, privacy_axis
from bauta.metrics.choice import choose
from bauta.metrics.utility import UtilityAxis, utility_axis

logger = logging.getLogger(__name__)

DRAWS = 2000
"""Resamples of the Pareto set where the config does not say."""


def build_frontier(
    measurements: Sequence[Path | str],
    config: Mapping[str, Any],
    *,
    table: Path | str,
    attacks: Path | str,
    soft: Path | str,
    teachers: Path | str,
    significance: Path | str,
    training: Path | str,
    metrics: Path | str,
    repository: Path | str = ".",
    models: Mapping[str, Mapping[str, str]] | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    made_from: Mapping[str, str] | None = None,
) -> Frontier:
    """Join the measurements of a run, write the results, and log the verdict on the controls.

    Args:
        measurements: JSON files of `bauta.measurement.Measurement`, in any order.
        config: As for `assemble`.
        table: `frontier.csv`.
        attacks: `attacks.csv`.
        soft: `soft.csv`.
        teachers: `teachers.csv`.
        significance: `significance.csv`.
        training: `training.csv`.
        metrics: `metrics.json`, which also holds the returned value.
        repository: Folder whose git commit is recorded.
        models: SHA-256 of each model file, by the implementation that loads it.
        limits: As for `assemble`, but with the fields of `config.limits.Limits` as plain values.
        made_from: Place → digest of the measurements, for the seal of `metrics.json`.

    Raises:
        ConfigError: an axis is unknown.
        DataError: as in `assemble`, a file is not a measurement, or a value is out of its range.
    """
    found = [Measurement.read(path) for path in measurements]
    known = {name: Limits.model_validate(values) for name, values in (limits or {}).items()}
    frontier = assemble(found, config, collect(config, found, repository, models), known)
    write_table(frontier, table)
    write_attacks(found, attacks)
    write_soft(found, soft)
    write_teachers(frontier, teachers)
    write_significance(frontier, found, significance)
    write_training(frontier, found, training)
    frontier.write(metrics, made_from)
    for control in frontier.controls:
        logger.log(logging.ERROR if control.failed else logging.INFO, "%s", control.message)
    return frontier


def assemble(
    measurements: Sequence[Measurement],
    config: Mapping[str, Any],
    provenance: Mapping[str, Any],
    limits: Mapping[str, Limits] | None = None,
) -> Frontier:
    """Compute the frontier of every pair of datasets and of every dataset.

    Args:
        measurements: All measurements of a run, in any order.
        config: The run's config as plain values. `frontier` names the axes, the floors of the advice and the
            number of resamples, the lists of names define the order, and `attacks` the expected attackers.
        provenance: Provenance, copied to `metrics.json`.
        limits: What the configuration says of each dataset; one that is not named supports everything.

    Raises:
        ConfigError: an axis is unknown.
        DataError: there are no measurements, two of the same kind, settings measured on different probes, an
            attack on a dataset without identities, or a pair of datasets without a common setting.
    """
    if not measurements:
        raise DataError("frontier: expected measurements, got none; run the attack stage first")
    named = config.get("frontier") or {}
    privacy = privacy_axis(named.get("privacy", "worst_top1"))
    utility = utility_axis(named.get("utility", "relative_macro_f1"))
    datasets = measured_datasets(measurements, config, limits or {})
    found = [_assemble(dataset, config, privacy, utility) for dataset in datasets]
    return Frontier(
        run=str(config.get("run", "run")),
        privacy_axis=privacy.column,
        utility_axis=named.get("utility", "relative_macro_f1"),
        controls=tuple(control for _, controls in found for control in controls),
        datasets=tuple(frontier for frontier, _ in found),
        provenance=dict(provenance),
    )


def _assemble(
    dataset: MeasuredDataset, config: Mapping[str, Any], privacy: Axis, utility: UtilityAxis
) -> tuple[DatasetFrontier, list[Control]]:
    named, attacks = config.get("frontier") or {}, config.get("attacks") or {}
    sets = [one for one in dataset.sets if one.place not in dataset.infeasible]
    adaptive = bool((attacks.get("adaptive") or {}).get("enabled", True))
    protocols = attacks.get("protocols", PROTOCOLS)
    rows = [join_row(one, dataset, privacy, utility) for one in sets]
    _check_same_probes(rows, sets)
    controls = check_controls(dataset, adaptive=adaptive)
    failed = [control for control in controls if control.failed]
    warning = banner(failed)
    told = [f"teacher {name}: {reason}" for name, reason in dataset.untrained.items()]
    for index, (one, same) in enumerate(zip(sets, _same_outputs(sets), strict=True)):
        row = judge(rows[index], one, dataset, adaptive, protocols)
        notes = (*([warning] if warning else []), *row.notes, *same, *told)
        rows[index] = row.model_copy(update={"notes": notes})
    rows, volume = _choose(rows, config)
    rows += [infeasible_row(dataset.name, place, why) for place, why in dataset.infeasible.items()]
    if dataset.limits.identities:
        volume = Value.missing(dataset.limits.identities)
    models = {"recognizers": tuple(dataset.recognizers), "teachers": tuple(dataset.teachers)}
    proved = {"proofs": tuple(dataset.proofs), "agreement": dict(dataset.agreement)}
    about = {"dataset": dataset.name, "limits": dataset.limits, "pair": dataset.pair, **models}
    advice = advise(rows, Floors.model_validate(named.get("floors") or {}), _unfit(rows, dataset, failed))
    result = DatasetFrontier(**about, **proved, rows=tuple(rows), hypervolume=volume, advice=advice)
    return result, controls


def _unfit(rows: Sequence[SettingResult], dataset: MeasuredDataset, failed: Sequence[Control]) -> str | None:
    """Why a dataset supports no advice: a control failed, or an axis is missing."""
    if failed:
        return f"{failed[0].name} failed, so no number can be trusted"
    if dataset.limits.identities:
        return f"privacy is not measured, because {dataset.limits.identities}"
    reasons = [row.values["utility"].reason for row in rows if row.infeasible is None]
    return f"utility is not measured, because {reasons[0]}" if reasons and None not in reasons else None


def _check_same_probes(rows: Sequence[SettingResult], sets: Sequence[MeasuredSet]) -> None:
    """Trap 24: all settings of a dataset must be scored on the same images, subjects and split."""
    first: dict[str, Any] = {}
    for row, one in zip(rows, sets, strict=True):
        probes = {column: row.values[column].value for column in ("n_images", "n_subjects")}
        for what, got in {**probes, "split": _known(one, "split_sha256")}.items():
            if first.setdefault(what, got) != got:
                differs = f"{what} {first[what]} for {rows[0].label} and {got} for {row.label}"
                remedy = "remove the stale measurements and run again"
                raise DataError(f"{row.dataset}: expected one probe set, got {differs}; {remedy}")


def _same_outputs(sets: Sequence[MeasuredSet]) -> list[list[str]]:
    """Trap 20: note for each set if other settings of its backend gave the same outputs.

    Outputs are compared by the hash in a measurement's provenance or, without it, by all measured values.
    """
    notes, outputs = [], list[tuple[str, list[Any]]]()
    for one in sets:
        values = [(measured.kind, measured.model, measured.values) for measured in one.every]
        outputs.append((one.backend, _known(one, "outputs_sha256") or values))
    for one, own in zip(sets, outputs, strict=True):
        same = [o.setting for o, key in zip(sets, outputs, strict=True) if key == own and o is not one]
        notes.append([f"same outputs as {', '.join(same)}: the setting has no effect"] if same else [])
    return notes


def _known(one: MeasuredSet, key: str) -> list[str]:
    """The distinct values of a key in the provenance."""
    return sorted({str(value) for found in one.every if (value := found.provenance.get(key))})


def _choose(rows: Sequence[SettingResult], config: Mapping[str, Any]) -> tuple[list[SettingResult], Value]:
    """Mark the Pareto set and its knee, and compute the hypervolume, null if the set is empty.

    The controls are left out: `identity` and `blackout` are the two ends of every frontier by construction,
    and neither is a candidate for use. Rows that are invalid, saw the labels or lack a coordinate are left
    out, too.
    """
    pairs = [(row.values["privacy"], row.values["utility"]) if row.is_candidate else None for row in rows]
    draws = (config.get("frontier") or {}).get("bootstrap", DRAWS)
    places, volume = choose(pairs, draws=draws, seed=config.get("seed", 0))
    marked = []
    for row, place in zip(rows, places, strict=True):
        shares = {"pareto_share": place.pareto_share, "knee_share": place.knee_share}
        chosen = {"pareto": place.pareto, "knee": place.knee, "values": {**row.values, **shares}}
        marked.append(row.model_copy(update=chosen))
    return marked, volume
