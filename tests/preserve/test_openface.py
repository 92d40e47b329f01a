"""The adapter of OpenFace 2, against a program that writes the same tables."""

import sys

import numpy as np
import pytest

from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError, ModelError
from bauta.preserve import ESTIMATORS
from bauta.preserve.openface import COLUMNS, read_intensities
from bauta.testing.estimator_contract import CHECKS, EstimatorCase

CONTRACT = CropContract(size=64)

PROGRAM = f"""#!{sys.executable}
import csv, os, sys
from pathlib import Path
import cv2
at = sys.argv[1:]
assert at[0] == "-fdir" and at[2] == "-out_dir" and at[4:] == ["-aus"], at
if os.environ.get("FAILS"):
    print("no model"); sys.exit(3)
for path in sorted(Path(at[1]).iterdir()):
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    if image.std() < 1:
        continue
    columns = {list(COLUMNS)!r}
    with (Path(at[3]) / f"{{path.stem}}.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["face", " confidence", *(" " + name for name in columns), " AU01_c"])
        table.writerow([0, 0.2, *[9] * len(columns), 1])
        table.writerow([1, 0.9, *(image[0, 0, 0] / 64 + place / 100 for place in range(len(columns))), 1])
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    path = tmp_path / "FaceLandmarkImg"
    path.write_text(PROGRAM)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return path


@pytest.fixture
def crops():
    images = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), dtype=np.uint8)
    images[:, 0, 0, 0] = (64, 128, 0)
    images[2] = 7
    return images


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(program, check, crops):
    check(EstimatorCase(ESTIMATORS.load("openface")(CONTRACT, None), crops))


def test_reads_the_most_certain_face(program, crops):
    found = ESTIMATORS.load("openface")(CONTRACT, None).estimate(crops)
    assert found[0] == pytest.approx(1 + np.arange(17) / 100)
    assert found[1] == pytest.approx(2 + np.arange(17) / 100)
    assert np.isnan(found[2]).all()


def test_a_program_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="expects OpenFace 2's program FaceLandmarkImg on PATH"):
        ESTIMATORS.load("openface")(CONTRACT, None)


def test_a_program_that_fails_is_named(program, crops, monkeypatch):
    monkeypatch.setenv("FAILS", "1")
    with pytest.raises(ModelError, match="failed with exit status 3: no model"):
        ESTIMATORS.load("openface")(CONTRACT, None).estimate(crops)


def test_other_tables_are_refused(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("face,confidence,AU01_r\n0,0.5,1\n")
    with pytest.raises(DataError, match="without the column AU02_r"):
        read_intensities(table)
    table.write_text(f"confidence,{','.join(COLUMNS)}\n0.5,{'x,' * 17}\n")
    with pytest.raises(DataError, match="a value that is no number"):
        read_intensities(table)
    table.write_text(f"confidence,{','.join(COLUMNS)}\n")
    assert np.isnan(read_intensities(table)).all()
