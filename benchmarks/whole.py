"""Processor time of the whole default run against the same scripts in one process, and its time by the clock.

    python benchmarks/whole.py                        the default configuration, on all cores
    python benchmarks/whole.py --configfile FILE      another one

The same jobs run twice, each time in a new folder: as a user runs them, and then one after another in one
Python, whose imports, models and networks are those of the first job that needs them. The ratio is what
Snakemake, its processes and their imports cost.
"""

import argparse
import ctypes
import os
import runpy
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from snakemake.cli import main as snakemake
from snakemake.script import PythonScript

from bauta.workflow.job_processes import FRESH, Used

ROOT = Path(__file__).parents[1]
PARTS = (
    "Snakefile",
    "rules",
    "envs",
    "workflow_scripts",
    "profiles",
    "report",
    "slurm",
    "config",
    "config.yaml",
)
USED = "processor seconds of the scripts:"
PR_SET_CHILD_SUBREAPER = 36


def folder_with_workflow(parent: Path, name: str) -> Path:
    """A folder with the workflow of this checkout and nothing made."""
    folder = parent / name
    folder.mkdir()
    for part in PARTS:
        (folder / part).symlink_to(ROOT / part)
    return folder


def finish_children() -> None:
    """Wait for the processes that a process has left behind, so that their time is counted."""
    with suppress(ChildProcessError):
        while True:
            os.wait()


def run(command: list[str], folder: Path, **environment: str) -> tuple[float, float, str]:
    """Run a command; returns its wall and processor seconds and what it said."""
    before, start = Used.so_far().cpu_seconds, time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    wall = time.perf_counter() - start
    finish_children()
    return wall, Used.so_far().cpu_seconds - before, done.stdout


def run_script(script: str) -> None:
    """Run a script as `python` does, in this process."""
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


def scripts_in_one_process(arguments: list[str]) -> None:
    """Run Snakemake with all scripts in one other process, and print the processor time of that one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:

        def execute_script(script: PythonScript, name: str, **_given: object) -> None:
            start = time.perf_counter()
            pool.submit(run_script, name).result()
            Used(cpu_seconds=0.0, memory_mb=0.0, seconds=time.perf_counter() - start).enter(
                script.bench_record
            )

        PythonScript.execute_script = execute_script
        sys.argv = ["snakemake", "--cores", "1", *arguments]
        try:
            snakemake()
        except SystemExit as ended:
            if ended.code:
                raise
        used = pool.submit(Used.so_far).result()
    print(USED, used.cpu_seconds)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configfile", help="a file below config/")
    parser.add_argument("--in-one-process", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    arguments = ["--configfile", given.configfile] if given.configfile else []
    if given.in_one_process:
        scripts_in_one_process(arguments)
        return
    # The processes that Snakemake leaves to their end, such as that of the forks, become children of this.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = folder_with_workflow(Path(scratch), "run")
        wall, whole, _ = run([sys.executable, "-m", "snakemake", "--cores", "all", *arguments], folder)
        print(f"the run: {wall:.0f} s by the clock, {whole:.0f} s of processor time")
        folder = folder_with_workflow(Path(scratch), "one")
        command = [sys.executable, str(Path(__file__)), "--in-one-process", *arguments]
        _, _, said = run(command, folder, **{FRESH: "1", "OMP_NUM_THREADS": "1"})
        alone = float(said.rsplit(USED, 1)[1])
        print(f"its scripts in one process: {alone:.0f} s of processor time")
        print(f"ratio {whole / alone:.2f}")


if __name__ == "__main__":
    main()
