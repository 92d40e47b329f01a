"""`bauta compare`: from two folders of results to the page, the table and the lines for the console."""

import os
from pathlib import Path

from bauta.cli.score import RUN
from bauta.errors import ConfigError
from bauta.frontier.comparison.differences import compare
from bauta.frontier.comparison.page import PAGE, TABLE, check_out, console_lines, write_comparison
from bauta.frontier.comparison.run import ComparedRun
from bauta.io import layout
from bauta.io.permissions import PRIVATE


def compare_runs(a: Path, b: Path, out: Path | None = None) -> list[str]:
    """Compare two runs and write the page and the table.

    Args:
        a: Folder of results, folder of a `bauta score`, or `metrics.json`.
        b: Likewise.
        out: The folder that is written; `results/compare-A-B` by default, after the folders of both.

    Returns:
        The lines for the console.

    Raises:
        ConfigError: both are the same, or `out` holds something else.
        DataError: one of them is not a finished run, or is damaged.
    """
    runs = ComparedRun.read("A", _results(a)), ComparedRun.read("B", _results(b))
    first, second = (run.folder.resolve() for run in runs)
    if first == second:
        raise ConfigError(f"A and B are both {first}: name two runs")
    out = out or layout.RESULTS / f"compare-{first.name}-{second.name}"
    if out.absolute().resolve() in (first, second):
        raise ConfigError(f"--out: {out} is one of the two runs; name a new folder")
    check_out(out)
    # Nobody else may read what is made from results that nobody else may read.
    os.umask(PRIVATE)
    comparison = compare(*runs)
    write_comparison(comparison, out)
    lines = [*console_lines(comparison), f"{out / PAGE} and {out / TABLE} hold all of them"]
    return ["".join(letter if letter.isprintable() else "?" for letter in line) for line in lines]


def _results(path: Path) -> Path:
    inside = path / layout.RESULTS / RUN
    return inside if inside.is_dir() else path
