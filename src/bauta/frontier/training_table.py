"""`training.csv`: recipes on each kind of faces, tested on real ones, beside the identity that they leak."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bauta.express import REAL
from bauta.frontier.measured import ORIGINAL
from bauta.frontier.result import Frontier, SettingResult
from bauta.io.atomic import write_text
from bauta.measurement import Measurement, Value

EXPOSED = "exposed_top1"

COLUMNS = (
    "dataset",
    "backend",
    "setting",
    "recipe",
    "learns",
    "tested",
    "trainings",
    "trained_on",
    "n",
    *("accuracy", "accuracy_low", "accuracy_high", "accuracy_sd"),
    *("macro_f1", "macro_f1_low", "macro_f1_high", "macro_f1_sd"),
    *("macro_f1_change", "macro_f1_change_low", "macro_f1_change_high"),
    "macro_f1_each",
    "chance_macro_f1",
    EXPOSED,
    f"{EXPOSED}_low",
    f"{EXPOSED}_high",
    "chance_top1",
    "exposed_on",
    "valid",
    "reason",
    "exposed_reason",
)
"""`exposed_top1` is the share of probes that the strongest attack names in faces such as the trainer holds:
`worst_top1` of the set or, where real faces are among them, `clear_top1`. `exposed_on` is the dataset on
which it was measured; `exposed_reason` says why it is missing."""

Place = tuple[str, str]


def write_training(frontier: Frontier, measurements: Iterable[Measurement], path: Path | str) -> None:
    """Write the table as CSV, with empty cells for nulls; only the header if no network was trained.

    Args:
        frontier: The rows that say how many people are identified in each set. For a dataset without
            identities they are those of the first pair that combines its expressions with another's privacy.
        measurements: All measurements of a run; only those of the training scenario are read.
        path: The file.
    """
    found = [
        line
        for one in measurements
        if one.kind == "training"
        for line in _lines(one, _attacked(frontier, one.dataset))
    ]
    # Networks that learn from real faces are the same for all sets, and measured with each of them. What real
    # faces expose is unknown where people could not be attacked, as in a set that is infeasible there.
    places = ("dataset", "backend", "setting", "recipe", "learns", "tested")
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in found:
        place = tuple(line[name] for name in places)
        if lines.get(place, {}).get(EXPOSED) is None:
            lines[place] = line
    frame = pd.DataFrame(list(lines.values()), columns=list(COLUMNS))
    frame = frame.astype({"n": "Int64", "trainings": "Int64", "trained_on": "Int64"})
    frame["valid"] = frame["valid"].map({True: "true", False: "false"})
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _attacked(frontier: Frontier, dataset: str) -> tuple[str, dict[Place, SettingResult]]:
    """The dataset on whose people the sets of a dataset were attacked, and their rows."""
    own = next((one for one in frontier.datasets if one.dataset == dataset), None)
    paired = (one for one in frontier.datasets if one.pair is not None and one.pair.expression == dataset)
    chosen = next(paired, own) if own is None or own.limits.identities else own
    if chosen is None:
        return dataset, {}
    name = chosen.pair.identity if chosen.pair is not None else dataset
    return name, {(row.backend, row.setting): row for row in chosen.rows}


def _lines(one: Measurement, attacked: tuple[str, dict[Place, SettingResult]]) -> Iterator[dict[str, Any]]:
    where = {"dataset": one.dataset, "recipe": one.model}
    exposed_on, rows = attacked
    row = rows.get((one.backend, one.setting))
    if one.infeasible is not None:
        missing = {"backend": one.backend, "setting": one.setting, "learns": None, "tested": None}
        yield {**where, **missing, "reason": one.infeasible}
    for line in one.curves.get("rows", ()):
        place = ORIGINAL if line["learns"] == REAL else (one.backend, one.setting)
        leaked = _value(row, "worst_top1" if line["learns"] == "anonymized" else "clear_top1")
        ends = {EXPOSED: leaked.value, f"{EXPOSED}_low": leaked.low, f"{EXPOSED}_high": leaked.high}
        yield {
            **where,
            "backend": place[0],
            "setting": place[1],
            **line,
            "macro_f1_each": " ".join(f"{value:.4f}" for value in line["macro_f1_each"]) or None,
            **ends,
            "chance_top1": _value(row, "chance_top1").value,
            "exposed_on": None if leaked.value is None else exposed_on,
            "exposed_reason": leaked.reason,
        }


def _value(row: SettingResult | None, column: str) -> Value:
    absent = Value.missing("the set is not in the frontier")
    return absent if row is None else row.values.get(column, absent)
