"""From measurements to the frontier: join, judge, check the controls, choose."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bauta.errors import DataError
from bauta.frontier.axes import Axis, privacy_axis, utility_axis
from bauta.frontier.collection import Collection, names_in
from bauta.frontier.comparable import check_same_probes, note_identical_outputs
from bauta.frontier.controls import check_controls
from bauta.frontier.join import PROTOCOLS, join_row
from bauta.frontier.pairs import pair_limits, pair_measurements, pairs_in
from bauta.frontier.pareto import hypervolume, knee, pareto_set
from bauta.frontier.result import Control, DatasetFrontier, Frontier, Limits, SettingResult, banner
from bauta.frontier.validity import judge
from bauta.measurement import Measurement, Value


def assemble(
    measurements: Sequence[Measurement],
    config: Mapping[str, Any],
    provenance: Mapping[str, Any],
    limits: Mapping[str, Limits] | None = None,
) -> Frontier:
    """The frontier of every pair of datasets and of every dataset.

    Args:
        measurements: All measurements of a run, in any order.
        config: The run's config as plain values. `frontier.privacy` and `frontier.utility` name the axes, the
            lists of names give the order, `attacks` says which attackers are expected.
        provenance: What goes into `metrics.json` as it is.
        limits: What datasets cannot support, by dataset; one that is not named supports everything.

    Raises:
        ConfigError: an axis that is none.
        DataError: no measurements, two of the same thing, settings measured on different probes, an attack
            where nobody is known, or a pair of datasets without a common setting.
    """
    if not measurements:
        raise DataError("frontier: expected measurements, got none; run the attack stage first")
    axes = config.get("frontier") or {}
    names = (axes.get("privacy", "worst_top1"), axes.get("utility", "macro_f1"))
    privacy, utility = privacy_axis(names[0]), utility_axis(names[1])
    pairs = pairs_in(config)
    joint = [one for name, pair in pairs.items() for one in pair_measurements(measurements, name, pair)]
    collection = Collection.of([*measurements, *joint])
    known = {**(limits or {}), **{name: pair_limits(pair, limits or {}) for name, pair in pairs.items()}}
    controls: list[Control] = []
    frontiers = []
    for dataset in collection.datasets([*pairs, *names_in(config, "datasets")]):
        found, checked = _assemble_dataset(
            collection, dataset, config, privacy, utility, limits=known.get(dataset, Limits())
        )
        frontiers.append(found.model_copy(update={"pair": pairs.get(dataset)}))
        controls += checked
    return Frontier(
        run=str(config.get("run", "run")),
        privacy_axis=names[0],
        utility_axis=names[1],
        controls=tuple(controls),
        datasets=tuple(frontiers),
        provenance=dict(provenance),
    )


def _assemble_dataset(
    collection: Collection,
    dataset: str,
    config: Mapping[str, Any],
    privacy: Axis,
    utility: Axis,
    *,
    limits: Limits,
) -> tuple[DatasetFrontier, list[Control]]:
    recognizers = collection.models("attack", dataset, names_in(config, "recognizers"))
    if limits.identities and recognizers:
        raise DataError(
            f"{dataset}: expected no attack, for {limits.identities}, got one by {recognizers[0]}; remove it"
        )
    teachers = collection.models("expression", dataset, names_in(config, "teachers"))
    attacks = config.get("attacks") or {}
    adaptive = bool((attacks.get("adaptive") or {}).get("enabled", True))
    rows = [
        judge(
            join_row(
                collection,
                (dataset, *pair),
                recognizers=recognizers,
                teachers=teachers,
                privacy=privacy,
                utility=utility,
                identities=limits.identities,
            ),
            collection,
            recognizers=recognizers,
            teachers=teachers,
            adaptive_expected=adaptive,
            protocols_expected=list(attacks.get("protocols", PROTOCOLS)),
            identities=limits.identities,
        )
        for pair in collection.settings(dataset, names_in(config, "anonymizers"))
    ]
    check_same_probes(rows, collection)
    rows = note_identical_outputs(rows, collection)
    controls = check_controls(
        collection,
        dataset,
        recognizers=recognizers,
        teachers=teachers,
        adaptive=adaptive,
        identities=limits.identities,
    )
    warning = banner([control for control in controls if control.failed])
    if warning:
        rows = [row.model_copy(update={"notes": (warning, *row.notes)}) for row in rows]
    rows, volume = choose(rows)
    if limits.identities:
        volume = Value.missing(limits.identities)
    return (
        DatasetFrontier(
            dataset=dataset,
            recognizers=tuple(recognizers),
            teachers=tuple(teachers),
            rows=tuple(rows),
            hypervolume=volume,
            limits=limits,
        ),
        controls,
    )


def choose(rows: Sequence[SettingResult]) -> tuple[list[SettingResult], Value]:
    """Mark the Pareto set and its knee, and measure the hypervolume.

    The controls are left out: `identity` and `blackout` are the two ends of every frontier by construction,
    and neither is an answer to which anonymizer to use. Rows that are invalid or lack a coordinate are
    out, too.

    Returns:
        The rows, marked, and the hypervolume: null where no row has both coordinates.
    """
    points = np.array([_point(row) for row in rows]).reshape(-1, 2)
    members = pareto_set(points)
    at_knee = knee(points)
    marked = [
        row.model_copy(update={"pareto": bool(members[index]), "knee": index == at_knee})
        for index, row in enumerate(rows)
    ]
    if not members.any():
        return marked, Value.missing("no valid setting has both a privacy and a utility")
    return marked, Value(value=hypervolume(points), n=int(np.isfinite(points).all(axis=1).sum()))


def _point(row: SettingResult) -> tuple[float, float]:
    privacy, utility = row.values["privacy"].value, row.values["utility"].value
    if row.is_control or not row.valid or privacy is None or utility is None:
        return (np.nan, np.nan)
    return (privacy, utility)
