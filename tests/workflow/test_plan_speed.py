"""What a large grid plans; `make bench` measures how long that takes."""

import re
import subprocess
import sys

import pytest
from projects import ROOT


@pytest.mark.long
def test_3_datasets_40_settings_and_3_recognizers_are_planned():
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/plan.py"], capture_output=True, text=True, check=True
    )
    assert [int(jobs) for jobs in re.findall(r"(\d+) jobs", done.stdout)] == [3548, 0]
