"""`scores.json`: the few numbers by which two runs are compared, as `dvc metrics diff` reads them."""

import json
from pathlib import Path

from bauta.files import write_text
from bauta.frontier.result import Frontier, SettingResult

COLUMNS = ("privacy", "utility", "worst_top1", "coverage")


def headline_scores(frontier: Frontier) -> dict[str, dict[str, object]]:
    """Dataset → its hypervolume and, by anonymizer and setting, the values of `COLUMNS`.

    `metrics.json` holds lists, which DVC does not compare. A value that the data cannot support is left
    out, as DVC leaves nulls out.
    """
    found: dict[str, dict[str, object]] = {}
    for dataset in frontier.datasets:
        rows = {row.label: _values(row) for row in dataset.rows}
        found[dataset.dataset] = {name: values for name, values in rows.items() if values}
        if dataset.hypervolume.value is not None:
            found[dataset.dataset]["hypervolume"] = dataset.hypervolume.value
    return found


def write_scores(frontier: Frontier, path: Path | str) -> None:
    """Write `scores.json`."""
    text = json.dumps(headline_scores(frontier), indent=1, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def _values(row: SettingResult) -> dict[str, float]:
    found = {name: row.values[name].value for name in COLUMNS}
    return {name: value for name, value in found.items() if value is not None}
