"""What `snakemake status` and `snakemake clean_stale` show."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bauta.plan import Plan
from bauta.plan.artifacts import artifacts
from bauta.stale import Stale, reached_by, remove, stale_stores

DRY = frozenset({"-n", "--dry-run", "--dryrun"})
CONFIRM = "confirm"
"""The key of `--config` that stands for the answer yes."""


def run_command(command: str, plan: Plan, arguments: Sequence[str], *, confirmed: bool) -> None:
    """Show the state of a plan, or take stale stores away.

    Args:
        command: `status` or `clean_stale`.
        plan: The plan in force.
        arguments: What Snakemake was called with.
        confirmed: Whether the command line says that stale stores shall go.

    Raises:
        ConfigError: a configuration cannot be read.
        StoreError: stores cannot be removed.
    """
    reached = reached_by(plan)
    stale = stale_stores(reached)
    if command == "status":
        _write(status_lines(plan, planned_jobs(arguments), stale))
        return
    _write(stale_lines(stale, reached.notes))
    if not any(not item.at_work for item in stale) or DRY.intersection(arguments):
        return
    if confirmed or _asked():
        _write([f"removed {human_bytes(remove(stale))}"])
    else:
        _write([f"nothing was removed; to remove them: snakemake clean_stale --config {CONFIRM}=true"])


def _asked() -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return input("remove them? [y/N] ").strip().lower() in ("y", "yes")


def planned_jobs(arguments: Sequence[str]) -> dict[str, int] | str:
    """Rule → number of jobs that Snakemake would run, asked of Snakemake itself.

    Args:
        arguments: What Snakemake was called with for a command of this module.

    Returns:
        The jobs, without those that only name targets; the last line of what Snakemake says where it cannot
        plan.
    """
    others = [argument for argument in arguments if argument not in DRY | {"status", "clean_stale"}]
    done = subprocess.run(  # noqa: S603 - the program that runs this, with its own arguments
        [sys.executable, "-m", "snakemake", *others, "--dry-run", "--quiet", "rules"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    text = done.stdout + done.stderr
    if done.returncode != 0:
        return next((line for line in reversed(text.splitlines()) if line.strip()), "snakemake -n failed")
    _, _, table = text.partition("Job stats:")
    rows = re.findall(r"^(\w+) +(\d+)$", table.partition("\n\n")[0], re.MULTILINE)
    return {rule: int(count) for rule, count in rows if rule not in ("all", "total")}


def status_lines(plan: Plan, planned: Mapping[str, int] | str, stale: Sequence[Stale]) -> Iterator[str]:
    """The state of a plan in a few lines.

    Args:
        plan: The plan.
        planned: What `planned_jobs` found.
        stale: What `stale_stores` found.
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
            size = human_bytes(sum(map(_size, there))) if there else ""
            yield f"  {kind:<16} {len(there):>5} of {len(paths):<5} {size:>10}"
    yield ""
    if isinstance(planned, str):
        yield f"a run would stop: {planned}"
    elif planned:
        yield "a run would make"
        yield from (f"  {rule:<22} {count:>6}" for rule, count in planned.items())
    else:
        yield "a run would make nothing: everything is there"
    yield ""
    if stale:
        size = human_bytes(sum(item.bytes for item in stale))
        yield f"stale: {size} in {len(stale)} places that no configuration reaches"
        yield "`snakemake clean_stale` shows them"
    else:
        yield "stale: nothing; every store is reached by a configuration"


def stale_lines(stale: Sequence[Stale], notes: Sequence[str]) -> Iterator[str]:
    """Every stale store with its size, the largest first, after what could not be judged."""
    yield from notes
    if not stale:
        yield "nothing is stale: every store is reached by config.yaml or a configuration in config/"
        return
    yield "no configuration in config/, nor config.yaml, nor the one in force reaches"
    for item in sorted(stale, key=lambda item: (-item.bytes, item.path)):
        kept = "   kept: unfinished, perhaps a job is still writing" if item.at_work else ""
        yield f"  {human_bytes(item.bytes):>10}  {item.path}{kept}"
    yield f"  {human_bytes(sum(item.bytes for item in stale if not item.at_work)):>10}  in all"


def human_bytes(count: int) -> str:
    """Bytes with a decimal unit: `45.1 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(path) for name in names)


def _write(lines: Iterator[str] | Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
