"""Faces that no detector finds: whole frames, annotations, and the points of a box."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bauta.alignment.align import fit_similarity
from bauta.contract import CropContract
from bauta.detect.annotations import Annotations
from bauta.detect.box_points import box_round_points, points_in_box
from bauta.detect.full_frame import FullFrame
from bauta.detect.run import central, detect_dataset
from bauta.io.tables import MANIFEST
from bauta.models.store import ModelStore
from bauta.protocols import Detections

MODELS = ModelStore.default()
BOX = (10.0, 20.0, 60.0, 70.0)
NOWHERE = [float("nan")] * 10


def faces_of(boxes, points):
    return Annotations(MODELS).faces_of({"boxes": boxes, "points": points})


@settings(deadline=None, max_examples=30)
@given(x=st.floats(-100, 1000), y=st.floats(-100, 1000), side=st.floats(10, 800))
def test_the_box_round_the_points_of_a_box_is_that_box(x, y, side):
    box = np.array([x, y, x + side, y + side], dtype=np.float32)
    np.testing.assert_allclose(box_round_points(points_in_box(box)), box, atol=side * 1e-3 + 1e-2)


def test_a_long_box_is_taken_as_the_square_in_its_middle():
    points = points_in_box(np.array([0, 0, 40, 100], dtype=np.float32))
    np.testing.assert_allclose(points, points_in_box(np.array([0, 30, 40, 70], dtype=np.float32)), atol=1e-4)


def test_points_are_in_the_order_and_shape_of_the_template():
    matrix = fit_similarity(points_in_box(np.array(BOX, dtype=np.float32)), CropContract().template())
    # upright but for the template's own lean, and the eyes above the mouth
    assert abs(np.arctan2(matrix[1, 0], matrix[0, 0])) < 0.01


def test_a_frame_is_one_face_whatever_it_shows():
    found = FullFrame(MODELS).detect(np.zeros((48, 48, 3), dtype=np.uint8))
    assert found.boxes.tolist() == [[-0.5, -0.5, 47.5, 47.5]]
    assert found.scores.tolist() == [1.0]
    # 602 frames of FER-2013: the eyes of the median face, by MTCNN
    np.testing.assert_allclose(found.points[0, :2], [[14.7, 18.2], [32.5, 17.8]], atol=0.4)


def test_given_points_are_used_and_missing_ones_are_put_into_the_box():
    given = np.arange(10.0).tolist()
    found = faces_of([*BOX, *(2 * value for value in BOX)], [*given, *NOWHERE])
    # the larger face comes first
    np.testing.assert_allclose(found.boxes[0], [2 * value for value in BOX])
    np.testing.assert_allclose(found.points[0], points_in_box(found.boxes[0]))
    np.testing.assert_allclose(found.points[1].ravel(), given)


def test_a_face_of_which_only_the_points_are_known_gets_a_box():
    points = points_in_box(np.array(BOX, dtype=np.float32))
    found = faces_of([float("nan")] * 4, points.ravel().tolist())
    np.testing.assert_allclose(found.boxes[0], BOX, atol=0.01)


@pytest.mark.parametrize("boxes", [None, []])
def test_an_image_without_annotated_faces_has_none(boxes):
    assert len(faces_of(boxes, None).boxes) == 0


def test_annotations_come_from_the_manifest_and_no_image_is_read(tmp_path):
    rows = [
        {"image_id": "a", "path": "nowhere.png", "status": "ok", "width": 100, "height": 100, "boxes": BOX},
        {"image_id": "b", "path": "nowhere.png", "status": "ok", "width": 100, "height": 100, "boxes": []},
    ]
    manifest = pa.Table.from_pylist(rows, schema=MANIFEST)
    found = detect_dataset(manifest, tmp_path, Annotations(MODELS)).to_pylist()
    assert [row["status"] for row in found] == ["ok", "no_face"]
    assert (found[0]["x0"], found[0]["y1"]) == (10.0, 70.0)


class TwoFaces:
    """A small face in the middle of 100×80 pixels, and a large one at the side."""

    def detect(self, image):
        boxes = np.array([[0, 0, 45, 60], [40, 30, 60, 50]], dtype=np.float32)
        points = np.stack([points_in_box(box) for box in boxes])
        return Detections(boxes, np.array([0.9, 0.8], dtype=np.float32), points)


def test_central_takes_the_face_in_the_middle_and_largest_the_largest(tmp_path):
    Image.fromarray(np.zeros((80, 100, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    row = {"image_id": "a", "path": "a.png", "status": "ok", "width": 100, "height": 80}
    manifest = pa.Table.from_pylist([row], schema=MANIFEST)
    for policy, left in (("central", 40.0), ("largest", 0.0)):
        assert detect_dataset(manifest, tmp_path, TwoFaces(), policy)["x0"].to_pylist() == [left]


def test_of_two_faces_as_near_to_the_middle_the_larger_is_central():
    boxes = np.array([[40, 40, 60, 60], [30, 30, 70, 70]], dtype=np.float32) - 0.5
    found = Detections(boxes, np.ones(2, np.float32), np.zeros((2, 5, 2), np.float32))
    assert central(found, 100, 100) == 1
