"""What `bauta status` and `bauta clean-stale` show."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bauta.cache.at_work import cleaning
from bauta.cache.stale import Stale, add_others, reached_by, remove, stale_stores
from bauta.cache.users import register, withdraw
from bauta.io.sizes import bytes_of, human_bytes
from bauta.plan import Plan
from bauta.plan.artifacts import artifacts

TARGETS = frozenset({"all", "everything", "total"})
"""What Snakemake counts and is no job: rules that only name targets, here and in a project, and the sum."""

OWN_CONSOLE = {"SNAKEMAKE_LOGGER_BAUTA_CONSOLE": "snakemake"}
"""Environment in which Snakemake's own output replaces bauta's."""


def show_status(plan: Plan, snakemake: Sequence[str]) -> None:
    """Show what is cached of a plan, what a run would make, and what nothing reaches.

    Args:
        plan: The plan in force.
        snakemake: The command that runs it.

    Raises:
        ConfigError: a configuration cannot be read.
    """
    stale = stale_stores(add_others(reached_by(plan)))
    _write(status_lines(plan, planned_jobs(snakemake), stale))


def clean_stale(
    plan: Plan, confirmed: Callable[[], bool], *, forgotten: str | None = None, dry: bool = False
) -> None:
    """Show the stores that nothing reaches, and remove them if somebody says so.

    Args:
        plan: The plan in force.
        confirmed: Asked once they are shown, unless there are none.
        forgotten: Name of a checkout that shall keep nothing.
        dry: Only show them.

    Raises:
        ConfigError: a configuration cannot be read.
        StoreError: stores cannot be removed.
    """
    own = reached_by(plan)
    reached = add_others(own, forgotten)
    stale = stale_stores(reached)
    _write(stale_lines(stale, reached.notes))
    if dry:
        return
    nothing = all(item.at_work for item in stale)
    if not nothing and not confirmed():
        again = "--yes" + (f" --forget {forgotten}" if forgotten else "")
        _write([f"nothing was removed; to remove them: bauta clean-stale {again}"])
        return
    with cleaning():
        # Others may have planned since the list was shown; stores that they reach now are kept.
        shown = {item.path for item in stale}
        left = [item for item in stale_stores(add_others(own, forgotten)) if item.path in shown]
        free = remove(left)
        withdraw(forgotten, register(own.paths, own.whole, ()))
    if not nothing:
        _write([f"removed {human_bytes(free)}"])


def planned_jobs(snakemake: Sequence[str]) -> dict[str, int] | str:
    """Rule → number of jobs that Snakemake would run, asked of Snakemake itself.

    Args:
        snakemake: The command that runs the plan.

    Returns:
        Rule → number of jobs, without rules that only name targets; or the last line of Snakemake's output if
        it cannot plan.
    """
    done = subprocess.run(  # noqa: S603 - the program that runs the plan
        [*snakemake, "--dry-run", "--quiet", "rules"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **OWN_CONSOLE, "COLUMNS": "200"},
    )
    text = done.stdout + done.stderr
    if done.returncode != 0:
        return next((line for line in reversed(text.splitlines()) if line.strip()), "snakemake -n failed")
    _, _, table = text.partition("Job stats:")
    rows = re.findall(r"^(\w+) +(\d+)$", table.partition("\n\n")[0], re.MULTILINE)
    return {rule: int(count) for rule, count in rows if rule not in TARGETS}


def status_lines(plan: Plan, planned: Mapping[str, int] | str, stale: Sequence[Stale]) -> Iterator[str]:
    """Describe the state of a plan in a few lines.

    Args:
        plan: The plan.
        planned: The result of `planned_jobs`.
        stale: The result of `stale_stores`.
    """
    yield f"run {plan.config.run}, results in {plan.results}"
    by_dataset: dict[str, dict[str, list[Path]]] = {}
    for artifact in artifacts(plan):
        by_dataset.setdefault(artifact.dataset, {}).setdefault(artifact.kind, []).append(artifact.path)
    for dataset, kinds in by_dataset.items():
        yield ""
        yield dataset or "all datasets"
        for kind, paths in kinds.items():
            there = [path for path in paths if path.exists()]
            size = human_bytes(sum(map(bytes_of, there))) if there else ""
            yield f"  {kind:<16} {len(there):>5} of {len(paths):<5} {size:>10}"
    yield ""
    if isinstance(planned, str):
        yield f"a run would stop: {planned}"
    elif planned:
        yield "a run would make"
        yield from (f"  {rule:<22} {count:>6}" for rule, count in planned.items())
    else:
        yield "a run would make nothing: everything is up to date"
    yield ""
    if stale:
        size = human_bytes(sum(item.bytes for item in stale))
        yield f"stale: {size} in {len(stale)} places that no configuration reaches"
        yield "`bauta clean-stale` shows them"
    else:
        yield "stale: nothing; every store is reached by a configuration"


def stale_lines(stale: Sequence[Stale], notes: Sequence[str]) -> Iterator[str]:
    """The notes, then every stale store with its size, the largest first."""
    yield from notes
    if not stale:
        yield "nothing is stale: every store is reached by config.yaml or a configuration in config/"
        return
    yield "no configuration in config/, nor config.yaml, nor the one in force, nor another checkout needs"
    for item in sorted(stale, key=lambda item: (-item.bytes, item.path)):
        kept = "   kept: unfinished, a job may still be writing it" if item.at_work else ""
        yield f"  {human_bytes(item.bytes):>10}  {item.path}{kept}"
    yield f"  {human_bytes(sum(item.bytes for item in stale if not item.at_work)):>10}  in all"


def _write(lines: Iterator[str] | Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
