"""`attacks.csv`: every number of every attack of a run, one a row."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bauta.attack.protocols import CLEAR, ONE, PROTOCOLS
from bauta.io.atomic import write_text
from bauta.measurement import Measurement, Value

COLUMNS = (
    "dataset",
    "backend",
    "setting",
    "recognizer",
    "jpeg",
    "view",
    "matcher",
    "protocol",
    "pooling",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "choosing",
    "counts",
    "reason",
)
"""`choosing` is the value on the people on whom attacks are chosen, `counts` whether this one was chosen."""

FIXED = re.compile(rf"({'|'.join((CLEAR.name, *PROTOCOLS))})_(.+)")


def write_attacks(measurements: Iterable[Measurement], path: Path | str) -> None:
    """Write the table as CSV, with empty cells for nulls.

    Args:
        measurements: All measurements of a run; only those of attacks are read.
        path: The file.
    """
    rows = [row for one in measurements for row in _rows(one)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"jpeg": "Int64", "n": "Int64"})
    frame["counts"] = frame["counts"].map({True: "true", False: "false"})
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _rows(one: Measurement) -> Iterator[dict[str, Any]]:
    place = {
        "dataset": one.dataset,
        "backend": one.backend,
        "setting": one.setting,
    }
    if one.kind == "suite":
        yield from ({**place, "metric": "top1", **attack} for attack in one.curves.get("attacks", ()))
    elif one.kind == "attack":
        for name, value in one.values.items():
            if found := FIXED.fullmatch(name):
                yield {**place, "recognizer": one.model, **_fixed(found[1], found[2], value)}


def _fixed(protocol: str, metric: str, value: Value) -> dict[str, Any]:
    """The columns of a number of the fixed attacker."""
    how = {"view": "as_is", "matcher": "nearest_template", "protocol": protocol, "pooling": ONE}
    return {**how, "metric": metric, **value.model_dump()}
