"""The truth of rendered faces, against what can be seen in them."""

import numpy as np
import pyarrow as pa
import pytest

from bauta.alignment.align import apply_affine
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.errors import DataError
from bauta.io.parquet import read_parquet
from bauta.io.tables import ALIGNMENT, write_table
from bauta.preserve.head_pose import angles, between, head_poses
from bauta.preserve.openings import openings
from bauta.preserve.truth import rendered_truth

SEED = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("rendered")
    render_dataset(root, subjects=2, images_per_subject=3, seed=SEED)
    return root


@pytest.fixture(scope="module")
def images(folder):
    return read_parquet(folder / "truth.parquet").to_pylist()


def align(folder, images, *matrices):
    """An alignment in which image i has matrix i, or no crop."""
    rows = [
        {
            "face_id": f"{image['image_id']}#0",
            "image_id": image["image_id"],
            "matrix": None if matrix is None else np.ravel(matrix).tolist(),
            "inter_ocular": 50.0,
            "status": "no_face" if matrix is None else "ok",
            "reason": "no face" if matrix is None else None,
        }
        for image, matrix in zip(images, matrices, strict=False)
    ]
    path = folder / "alignment.parquet"
    write_table(pa.Table.from_pylist(rows, schema=ALIGNMENT), path, ALIGNMENT)
    return path, [row["face_id"] for row in rows]


SAME = np.array([[1.0, 0, 0], [0, 1, 0]])


def test_a_crop_that_is_the_picture_has_its_truth(folder, images):
    path, ids = align(folder, images, SAME, SAME)
    found = rendered_truth(folder / "truth.parquet", path, ids[::-1], SEED)
    for row, image in enumerate(images[1::-1]):
        assert angles(found["pose"])[row] == pytest.approx([image[name] for name in ("yaw", "pitch", "roll")])
        assert found["landmarks"][row].ravel() == pytest.approx(image["points"])
    assert found["openings"] == pytest.approx(openings(found["landmarks"]))
    assert np.abs(found["gaze"]).max() < 18
    known = np.isfinite(found["blendshapes"]).all(axis=0)
    assert known.sum() == 26
    assert not known[[0, 6, 38]].any(), "nothing that it draws moves cheekPuff or mouthPucker"


def test_a_smile_is_one(folder, images):
    path, ids = align(folder, images, *[SAME] * len(images))
    shapes = rendered_truth(folder / "truth.parquet", path, ids, SEED)["blendshapes"]
    for image, own in zip(images, shapes, strict=True):
        smiles = image["expression"] == "happy"
        assert (own[44] > 0.5) == smiles
        assert (own[30] > 0.3) == (image["expression"] == "sad")


def test_a_crop_that_is_turned_turns_the_head(folder, images):
    turn = np.radians(30)
    matrix = 0.5 * np.array([[np.cos(turn), -np.sin(turn), 40], [np.sin(turn), np.cos(turn), 9]])
    path, ids = align(folder, images, matrix)
    found = rendered_truth(folder / "truth.parquet", path, ids, SEED)
    assert angles(found["pose"])[0, 2] == pytest.approx(images[0]["roll"] + 30)
    points = np.reshape(images[0]["points"], (68, 2))
    assert found["landmarks"][0] == pytest.approx(apply_affine(matrix, points))


def test_the_pose_from_true_points_is_near_the_true_pose(folder, images):
    """The model of the estimator and that of the renderer are different people."""
    path, ids = align(folder, images, *[SAME] * len(images))
    found = rendered_truth(folder / "truth.parquet", path, ids, SEED)
    seen = head_poses(found["landmarks"].astype(np.float32), 360)
    assert between(found["pose"], seen).mean() < 15


def test_a_face_without_a_crop_has_none(folder, images):
    path, ids = align(folder, images, None, SAME)
    found = rendered_truth(folder / "truth.parquet", path, ids, SEED)
    for values in found.values():
        assert np.isnan(values[0]).all()
        assert np.isfinite(values[1]).any()


def test_what_does_not_belong_together_is_refused(folder, images):
    path, ids = align(folder, images, SAME)
    with pytest.raises(DataError, match="has no face 'other'"):
        rendered_truth(folder / "truth.parquet", path, [*ids, "other"], SEED)
    path, ids = align(folder, [{"image_id": "s0009/s0009_00"}], SAME)
    with pytest.raises(DataError, match="has no image 's0009/s0009_00': render the dataset again"):
        rendered_truth(folder / "truth.parquet", path, ids, SEED)
