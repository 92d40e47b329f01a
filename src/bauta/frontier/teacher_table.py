"""`teachers.csv`: every number that every teacher measured on every set, one a row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bauta.frontier.result import Frontier, SettingResult
from bauta.io.atomic import write_text

COLUMNS = (
    "dataset",
    "backend",
    "setting",
    "teacher",
    "judges",
    "part",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "reason",
)
"""`judges` is whether the teacher is one of those over which the utility is averaged; `part` is its part in
making the set, because of which it is not."""


def write_teachers(frontier: Frontier, path: Path | str) -> None:
    """Write the table as CSV, with empty cells for nulls; only the header if no teacher read a set."""
    rows = [line for dataset in frontier.datasets for row in dataset.rows for line in _lines(row)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})
    frame["judges"] = frame["judges"].map({True: "true", False: "false"})
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _lines(row: SettingResult) -> Iterator[dict[str, Any]]:
    place = {"dataset": row.dataset, "backend": row.backend, "setting": row.setting}
    for teacher, numbers in row.by_teacher.items():
        who = {"teacher": teacher, "judges": teacher in row.judges, "part": row.partial.get(teacher)}
        for metric, value in numbers.items():
            yield {**place, **who, "metric": metric, **value.model_dump()}
