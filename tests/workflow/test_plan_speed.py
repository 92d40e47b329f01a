"""A dry run of a large grid, timed as `make bench` times it."""

import re
import subprocess
import sys

import pytest
from projects import ROOT

MOST_SECONDS = 15


@pytest.mark.slow
def test_3_datasets_40_settings_and_3_recognizers_are_planned_in_15_seconds():
    """Processor time, which is wall time on an idle machine: a dry run has one thread."""
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/plan.py"], capture_output=True, text=True, check=True
    )
    rows = re.findall(r"(\d+) jobs +[\d.]+ s wall +([\d.]+) s processor", done.stdout)
    assert [int(jobs) for jobs, _ in rows] == [1865, 0]
    assert all(float(seconds) < MOST_SECONDS for _, seconds in rows), done.stdout
