"""Slurm's commands on PATH, replaced by `slurm_commands.py`, and what they keep of the jobs."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("slurm_commands.py")
NAMES = ("sacct", "sacctmgr", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun", "sshare")


@dataclass(frozen=True)
class StubSlurm:
    """The jobs that were submitted to the stubs."""

    folder: Path

    def jobs(self):
        """In the order of their submission: `asked` is what sbatch was told, `state` what became of it."""
        files = sorted((self.folder / "jobs").glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text()) for path in files]

    def states(self):
        return [job["state"] for job in self.jobs()]

    def expire(self, number):
        """The time of a job is over."""
        (self.folder / f"expire-{number}").touch()

    def refuse(self):
        """From now on `sbatch` fails."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "refuse").touch()


def install_stubs(folder, monkeypatch):
    commands = folder / "commands"
    commands.mkdir()
    for name in NAMES:
        path = commands / name
        path.write_text(f"#!{sys.executable} -S\n{SOURCE.read_text()}")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUB_SLURM", str(folder / "slurm"))
    for name in ("SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    return StubSlurm(folder / "slurm")
