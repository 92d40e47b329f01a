"""The real workflow in folders of its own, run as a user would run it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bauta.cache.status import OWN_CONSOLE

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "envs", "workflow_scripts", "profiles", "report", "slurm")

TINY = {
    "run": "tiny",
    "datasets": {
        "synthfaces": {
            "adapter": "synthfaces",
            "subjects": 12,
            "images_per_subject": 7,
            "splits": {"train": 0.34, "dev": 0.17, "enrol": 0.5},
        }
    },
    # The blur is the light one on which attacks are proved, which is attacked in any case.
    "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 7, "region": "crop"}},
    "teachers": ["resnet18"],
    "attacks": {"views": ["as_is", "restored"]},
    "frontier": {"bootstrap": 200},
}


@dataclass(frozen=True)
class Project:
    """A checkout's workflow in a folder of its own.

    Attributes:
        folder: The folder.
        brief: Whether bauta's own console shows a run, as it does for users; other tests read Snakemake's.
    """

    folder: Path
    brief: bool = False

    def configure(self, config):
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def environment(self):
        own = OWN_CONSOLE if self.brief else ()
        return {**{name: value for name, value in os.environ.items() if name not in own}, "COLUMNS": "200"}

    def snakemake(self, *arguments, check=True):
        """Run Snakemake as the README does; returns the finished process with its output as text."""
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"snakemake {' '.join(arguments)}:\n{done.stdout[-6000:]}")
        return done

    def bauta(self, *arguments, check=True):
        """Run the command `bauta`; returns the finished process with its output as text."""
        done = subprocess.run(
            [sys.executable, "-m", "bauta", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"bauta {' '.join(arguments)}:\n{done.stdout[-6000:]}")
        return done

    def planned(self, *arguments):
        """Rule → number of jobs of a dry run."""
        lines = self.snakemake("-n", *arguments).stdout.splitlines()
        if "Job stats:" not in lines:
            return {}
        start = lines.index("Job stats:") + 3
        counts = {}
        for line in lines[start:]:
            if not line.strip():
                break
            rule, count = line.split()
            counts[rule] = int(count)
        counts.pop("total", None)
        counts.pop("all", None)
        return counts


def make_project(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        (folder / part).symlink_to(ROOT / part)
    return Project(folder)
