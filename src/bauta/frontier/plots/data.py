"""The data of a figure as a table: what a picture shows, one point, bin or cell a row."""

from pathlib import Path

import pandas as pd

from bauta.frontier.table import FORMULA
from bauta.io.atomic import write_text

WHICH = ("dataset", "backend", "setting")


def columns_of(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The columns of settings that a picture shows, each with the ends of its interval, if there are any.

    Args:
        frame: Rows of `settings_frame`.
        names: Columns; one that no row has is left out.
    """
    wanted = [name + end for name in names for end in ("", "_lo", "_hi")]
    known = [
        name
        for name in wanted
        if name in frame and not (name.endswith(("_lo", "_hi")) and frame[name].isna().all())
    ]
    return frame[[*WHICH, *known]]


def write_data(frame: pd.DataFrame, path: Path | str) -> None:
    """Write the data of a figure as CSV, like the tables: empty cells for nulls, `true` and `false`.

    A text that a spreadsheet would interpret as a formula is prefixed with a quote.
    """
    cells = frame.copy()
    for name in cells.columns:
        if cells[name].dtype == bool:
            cells[name] = cells[name].map({True: "true", False: "false"})
        elif not pd.api.types.is_numeric_dtype(cells[name]):
            cells[name] = cells[name].replace(FORMULA, r"'\g<0>", regex=True)
    write_text(path, cells.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_reason(reason: str, path: Path | str) -> None:
    """Write why a figure has no data, in place of them."""
    write_data(pd.DataFrame({"reason": [reason]}), path)
