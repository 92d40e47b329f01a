"""What `bauta compare` writes: the page, the table, and the few lines for the console."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from bauta.errors import ConfigError
from bauta.frontier.comparison.differences import (
    NOT_COMPARABLE,
    ROUNDING,
    Comparison,
    DatasetComparison,
    Difference,
    SettingComparison,
)
from bauta.frontier.comparison.picture import draw
from bauta.frontier.result import banner, interval
from bauta.frontier.table import FORMULA
from bauta.io.atomic import write_text
from bauta.measurement import Value

PAGE, TABLE = "compare.html", "compare.csv"
WRITTEN = "<!doctype html>\n<!-- Written by `bauta compare`, which replaces this file. -->\n"
"""Start of the page, by which a folder of an earlier comparison is recognized."""

HEADINGS = {
    **{"privacy": "privacy", "worst_top1": "worst top-1", "worst_top1_pooled": "worst top-1, pooled"},
    **{"utility": "utility", "relative_macro_f1": "relative macro-F1", "macro_f1": "macro-F1", "kappa": "κ"},
    **{"coverage": "coverage", "bound_top1": "bound", "bound_top1_pooled": "bound, pooled"},
}
COLUMNS = (
    *("dataset", "backend", "setting", "column", "a", "a_lo", "a_hi", "b", "b_lo", "b_hi"),
    *("difference", "difference_lo", "difference_hi", "comparable", "paired", "reason"),
)
TEXTS = ["dataset", "backend", "setting", "column", "reason"]
LARGEST = 3
"""Number of differences of each dataset and axis that the console lists."""
MOST_LINES = 20


def check_out(out: Path) -> None:
    """Refuse a folder that is not empty and does not hold an earlier comparison.

    Raises:
        ConfigError: `out` is a file or holds something else.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out: {out} is a file; name a folder")
    if out.is_dir() and any(out.iterdir()):
        page = out / PAGE
        if not page.is_file() or not page.read_text(encoding="utf-8", errors="replace").startswith(WRITTEN):
            raise ConfigError(
                f"--out: {out} holds something else; name a new folder, or that of an earlier comparison"
            )


def write_comparison(comparison: Comparison, out: Path) -> None:
    """Write `compare.html` and `compare.csv` into a new folder, or that of an earlier comparison.

    Raises:
        ConfigError: the folder holds something else.
    """
    check_out(out)
    write_text(out / PAGE, page(comparison))
    write_text(out / TABLE, table(comparison))


def page(comparison: Comparison) -> str:
    """The page, which loads nothing and runs nothing; the same results give the same text."""
    jinja = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters |= {"interval": interval, "signed": signed, "sign": sign, "heading": _heading}
    template = files("bauta.frontier.comparison").joinpath("compare.html.j2").read_text(encoding="utf-8")
    runs = (comparison.a, comparison.b)
    return WRITTEN + jinja.from_string(template).render(
        comparison=comparison,
        runs=runs,
        warnings={run.name: banner(run.frontier.failed_controls()) for run in runs},
        parts=list(dict.fromkeys(one.part for one in comparison.configuration.differing)),
        sections=[_section(found) for found in comparison.datasets],
        prefix=NOT_COMPARABLE,
    )


def _section(found: DatasetComparison) -> dict[str, Any]:
    names = {one.row.label: str(number) for number, one in enumerate(found.settings, 1)}
    return {"found": found, "names": names, "picture": draw(found, names)}


def _heading(column: str) -> str:
    return HEADINGS.get(column, column.replace("_", " "))


def signed(value: Value, digits: int = 3) -> str:
    """A difference with its sign, or a dash if it is missing."""
    return "–" if value.value is None else sign(value.value, digits)


def sign(number: float, digits: int = 3) -> str:
    """A number with its sign, which tells on which side of 0 it is if it is rounded to 0."""
    if abs(number) <= ROUNDING:
        return f"{0:.{digits}f}"
    return f"{number:+.{digits}f}".replace("-", "−")


def table(comparison: Comparison) -> str:
    """The table as CSV: one row for each setting and column, with empty cells for nulls."""
    rows = [
        _line(one, difference)
        for found in comparison.datasets
        for one in found.settings
        for difference in one.differences.values()
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[TEXTS] = frame[TEXTS].replace("\r", " ", regex=True).replace(FORMULA, r"'\g<0>", regex=True)
    for flag in ("comparable", "paired"):
        frame[flag] = frame[flag].map({True: "true", False: "false"})
    return frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _line(one: SettingComparison, found: Difference) -> dict[str, Any]:
    line: dict[str, Any] = {
        **{"dataset": one.row.dataset, "backend": one.row.backend, "setting": one.row.setting},
        "column": found.column,
        "comparable": found.comparable if one.only_in is None else None,
        "paired": found.paired,
        "reason": found.change.reason or found.why,
    }
    for name, value in (("a", found.a), ("b", found.b), ("difference", found.change)):
        if value is not None:
            line |= {name: value.value, f"{name}_lo": value.low, f"{name}_hi": value.high}
    return line


def console_lines(comparison: Comparison) -> list[str]:
    """At most about 20 lines for the console: the largest differences, and what cannot be compared."""
    a, b = comparison.a, comparison.b
    lines = [f"A {a.title}, B {b.title}; differences are B − A"]
    lines += [f"{run.name}: {text}" for run in (a, b) if (text := banner(run.frontier.failed_controls()))]
    count = len(comparison.configuration.differing)
    lines.append(f"{count} {'property differs' if count == 1 else 'properties differ'} in how they were made")
    room = max(1, (MOST_LINES - len(lines) - 2) // max(1, len(comparison.datasets)))
    for found in comparison.datasets:
        lines += list(_of_dataset(found))[:room]
    for name, datasets in comparison.only.items():
        lines += [f"only {name} has the dataset {', '.join(datasets)}"] if datasets else []
    if not comparison.datasets:
        lines.append("the two have no dataset in common")
    return lines


def _of_dataset(found: DatasetComparison) -> Iterator[str]:
    alone = [f"{len(found.only(name))} only in {name}" for name in ("A", "B") if found.only(name)]
    yield f"{found.a.dataset}: {', '.join([f'{len(found.both)} settings in both', *alone])}"
    shown = [one for one in found.both if not one.row.is_control]
    for axis in ("privacy", "utility"):
        known = [one for one in shown if abs(one.differences[axis].change.value or 0.0) > ROUNDING]
        known.sort(key=lambda one: -abs(one.differences[axis].change.value or 0.0))
        yield from _largest(axis, known)
    for reason, columns in found.objections.items():
        yield f"  {reason}: {', '.join(columns)}"


def _largest(axis: str, known: Sequence[SettingComparison]) -> Iterator[str]:
    for one in known[:LARGEST]:
        difference = one.differences[axis]
        low, high = difference.change.low, difference.change.high
        told = [signed(difference.change, 2)]
        if low is not None and high is not None:
            told.append(f"[{sign(low, 2)}, {sign(high, 2)}]")
            told.append("paired" if difference.paired else "not paired")
            told += [] if difference.certain else ["(may be 0)"]
        yield f"  {axis:<8} {one.row.label:<24} {' '.join(told)}"
