"""`soft.csv`: how every attribute is read, and who of each group is identified, one number a row."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from bauta.io.atomic import write_text
from bauta.measurement import Measurement

COLUMNS = (
    "dataset",
    "backend",
    "setting",
    "recognizer",
    "attribute",
    "group",
    "reader",
    "faces",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "reason",
)
"""`reader` is `fixed`, `adaptive` or `majority`; for the top-1 of a group, the protocol of the attack on its
people."""

FORMULA = r"^'*\s*[=+\-@\t\n]"
"""Start of texts that a spreadsheet would evaluate, or of texts that have already been quoted."""


def write_soft(measurements: Iterable[Measurement], path: Path | str) -> None:
    """Write the table as CSV, with empty cells for nulls; only the header if no attribute was read.

    Args:
        measurements: All measurements of a run; only those of soft identity are read.
        path: The file.
    """
    rows = [
        {
            "dataset": one.dataset,
            "backend": one.backend,
            "setting": one.setting,
            "recognizer": one.model,
            **row,
        }
        for one in measurements
        if one.kind == "soft"
        for row in one.curves.get("attributes", ())
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"n": "Int64"})
    # Names of attributes and groups are a user's.
    for name in ("attribute", "group"):
        frame[name] = frame[name].astype("string").str.replace(FORMULA, r"'\g<0>", regex=True)
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
