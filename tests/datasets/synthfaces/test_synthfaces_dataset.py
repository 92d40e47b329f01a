from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from bauta.datasets.synthfaces import render_dataset
from bauta.datasets.synthfaces.camera import MAX_PITCH, MAX_ROLL, MAX_YAW
from bauta.errors import ConfigError
from bauta.labels import EXPRESSIONS


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.*g")}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("alone")
    assert render_dataset(root, subjects=1, images_per_subject=3, seed=11) == root / "truth.parquet"
    return root


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("together")
    render_dataset(root, subjects=2, images_per_subject=3, seed=11, processes=2)
    return root


def test_files_do_not_depend_on_processes_or_number_of_subjects(alone: Path, together: Path) -> None:
    expected, found = contents(alone), contents(together)
    assert len(expected) == 2 * 3
    assert len(found) == 2 * len(expected)
    assert {name: found[name] for name in expected} == expected
    truth, larger = (pd.read_parquet(root / "truth.parquet") for root in (alone, together))
    pd.testing.assert_frame_equal(larger[: len(truth)], truth)


def test_seed_changes_the_pictures(alone: Path, tmp_path: Path) -> None:
    render_dataset(tmp_path, subjects=1, images_per_subject=1, seed=12)
    name = "images/s0000/s0000_00.jpg"
    assert contents(tmp_path)[name] != contents(alone)[name]


def test_truth_describes_the_files(together: Path) -> None:
    truth = pd.read_parquet(together / "truth.parquet")
    assert truth["image_id"].tolist() == [f"s{s:04d}/s{s:04d}_{i:02d}" for s in range(2) for i in range(3)]
    assert set(truth["expression"]) <= set(EXPRESSIONS)
    by_subject = [sorted(group) for _, group in truth.groupby("subject")["expression"]]
    assert by_subject[0] == by_subject[1]
    for column, limit in (("yaw", MAX_YAW), ("pitch", MAX_PITCH), ("roll", MAX_ROLL)):
        assert truth[column].abs().max() <= limit
    for row in truth.itertuples():
        image = cv2.imread(str(together / row.path))
        parsing = cv2.imread(str(together / "parsing" / f"{row.image_id}.png"), cv2.IMREAD_UNCHANGED)
        assert parsing.shape == image.shape[:2]
        assert row.subject == row.image_id.split("/")[0]
        points = np.asarray(row.points).reshape(68, 2)
        assert row.box_x0 <= points[:, 0].min()
        assert row.box_y1 >= points[:, 1].max()


@pytest.mark.parametrize("argument", ["subjects", "images_per_subject", "seed", "processes"])
def test_refuses_numbers_out_of_range(tmp_path: Path, argument: str) -> None:
    numbers = {"subjects": 1, "images_per_subject": 1, "seed": 0, "processes": 1} | {argument: -1}
    with pytest.raises(ConfigError, match=f"expected {argument} ≥ ., got -1"):
        render_dataset(tmp_path, **numbers)
