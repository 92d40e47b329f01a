"""`significance.csv`: every test between two anonymized sets, one a row."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bauta.frontier.result import Frontier, SettingResult
from bauta.io.atomic import write_text
from bauta.measurement import Measurement

COLUMNS = (
    "dataset",
    "teacher",
    "judges",
    "backend",
    "setting",
    "other_backend",
    "other_setting",
    "expression",
    "distance",
    "other_distance",
    "difference",
    "low",
    "high",
    "statistic",
    "z",
    "p",
    "p_bonferroni",
    "tests",
    "rank_biserial",
    "r",
    "n",
    "reason",
)
"""`judges` is whether the teacher judges both sets: it can read the clear faces and had no part in making
either; `tests` is the number that Bonferroni's correction multiplies by."""


def write_significance(frontier: Frontier, measurements: Iterable[Measurement], path: Path | str) -> None:
    """Write the table as CSV, with empty cells for nulls; only the header if nothing was compared.

    Args:
        frontier: The rows that say which teachers judge which sets.
        measurements: All measurements of a run; only those of significance are read.
        path: The file.
    """
    rows = {(row.dataset, row.backend, row.setting): row for one in frontier.datasets for row in one.rows}
    lines = [line for one in measurements if one.kind == "significance" for line in _lines(one, rows)]
    frame = pd.DataFrame(lines, columns=list(COLUMNS)).astype({"n": "Int64", "tests": "Int64"})
    frame["judges"] = frame["judges"].map({True: "true", False: "false"})
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _lines(one: Measurement, rows: dict[tuple[str, str, str], SettingResult]) -> Iterator[dict[str, Any]]:
    for test in one.curves.get("tests", ()):
        places = [(test[f"{which}backend"], test[f"{which}setting"]) for which in ("", "other_")]
        found = [rows.get((one.dataset, *place)) for place in places]
        judges = all(row is not None and one.model in row.judges for row in found)
        yield {"dataset": one.dataset, "teacher": one.model, "judges": judges, **test}
