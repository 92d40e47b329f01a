"""A workflow of one rule that runs into trouble once, under the profile `slurm` of this checkout."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from projects import ROOT

from bauta.store import Store

TOY = Path(__file__).with_name("slurm_toy")
COMMAND = (sys.executable, "-m", "snakemake", "--profile", "slurm")
CONFIG = ("--configfile", "config.yaml")
QUICKLY = ("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5")
LIMIT_S = 600
"""What waits longer than this waits for ever."""


@dataclass(frozen=True)
class Toy:
    """A folder with the workflow."""

    folder: Path

    def start(self, *arguments):
        """Snakemake as a process of its own group, its output in `output.txt`."""
        with (self.folder / "output.txt").open("a") as output:
            return subprocess.Popen(
                [*COMMAND, *CONFIG, *QUICKLY, *arguments],
                cwd=self.folder,
                env={**os.environ, "TOY_POLL": "1", "COLUMNS": "200"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments):
        """Snakemake's exit code."""
        return self.start(*arguments).wait(timeout=LIMIT_S)

    @property
    def output(self):
        return (self.folder / "output.txt").read_text()

    def starts(self, name):
        """Attempt, memory and minutes of each start of a job."""
        path = self.folder / f"started-{name}"
        lines = path.read_text().splitlines() if path.exists() else []
        return [tuple(map(int, line.split())) for line in lines]

    def wait_for_trouble(self, *names):
        """Until the first attempts have written half their stores."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            logs = [self.folder / f"logs/{name}.log" for name in names]
            if all(log.exists() and "trouble" in log.read_text() for log in logs):
                return
            time.sleep(0.2)
        pytest.fail(f"the jobs did not begin in {LIMIT_S} s:\n{self.output[-4000:]}")

    def stores_are_whole(self):
        """Every store is complete and holds what an undisturbed run writes; nothing else is there."""
        names = sorted(yaml.safe_load((self.folder / "config.yaml").read_text())["trouble"])
        found = sorted(path.name for path in (self.folder / "stores").iterdir())
        assert found == [f"{name}.zarr" for name in names]
        for name in names:
            store = Store.open(self.folder / f"stores/{name}.zarr")
            for row in range(len(store.ids)):
                assert (store.read("images", row, row + 1) == row).all(), (name, row)


def make_toy(folder, trouble, *, gpu=(), minutes=5, memory=1000):
    """The workflow in a folder.

    Args:
        folder: Where to make it.
        trouble: Of each job by its name: hang, pause, memory, fail or none.
        gpu: Names of the jobs that ask for a GPU.
        minutes: Of the first attempt.
        memory: MB of the first attempt.
    """
    folder.mkdir()
    for part in ("slurm", "profiles"):
        (folder / part).symlink_to(ROOT / part)
    for part in ("Snakefile", "write_store.py"):
        (folder / part).symlink_to(TOY / part)
    config = {"trouble": trouble, "gpu": list(gpu), "minutes": minutes, "memory": memory}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return Toy(folder)
