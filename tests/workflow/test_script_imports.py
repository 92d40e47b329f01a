"""What a job imports before it computes: a run has hundreds of them, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from bauta.io.parquet import write_parquet

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
OFTEN = (
    *("anonymize", "embed", "express", "view", "suite", "attack", "adapt"),
    *("expression", "coverage", "audit", "realism", "preservation"),
)
"""The scripts that run for every setting."""

ONLY_READ = ("suite", "attack", "adapt", "expression", "coverage", "audit", "preservation")
"""Those that read stores and write none."""

HEAVY = ("torch", "pandas", "pyarrow.compute", "sklearn", "matplotlib", "bauta.config.models")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table-00000000.parquet"
    write_parquet(pa.table({"face_id": ["a", "b"]}), path)
    return path


def test_a_job_of_a_setting_imports_nothing_that_it_does_not_need(table):
    lines = [
        line
        for name in OFTEN
        for line in (SCRIPTS / f"{name}.py").read_text().splitlines()
        if line.startswith(("from ", "import "))
    ]
    code = "\n".join(
        [
            *lines,
            "import sys",
            "from bauta.io.parquet import read_parquet",
            f"read_parquet({str(table)!r})['face_id'].to_pylist()",
            f"print(*[name for name in {HEAVY} if name in sys.modules])",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_job_that_only_reads_stores_starts_without_zarr():
    lines = [
        line
        for name in ONLY_READ
        for line in (SCRIPTS / f"{name}.py").read_text().splitlines()
        if line.startswith(("from ", "import "))
    ]
    code = "\n".join([*lines, "import sys", "print('zarr' in sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False"], done.stderr
