"""MTCNN against facenet-pytorch's, whose weights it has: the same boxes, scores and points to the bit."""

import cv2
import numpy as np
import pytest
import torch

from bauta.anonymize.samples import rendered_faces
from bauta.contract import CropContract
from bauta.detect.mtcnn import SMALLEST_FACE, Mtcnn
from bauta.detect.mtcnn_cascade import _cut, _without_nested
from bauta.models.store import ModelStore


@pytest.fixture(scope="module")
def detector():
    return Mtcnn(ModelStore.default())


@pytest.fixture(scope="module")
def reference():
    package = pytest.importorskip("facenet_pytorch")
    network = package.MTCNN(keep_all=True, min_face_size=SMALLEST_FACE).eval()
    return network.to(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def scenes():
    """Rendered faces of several sizes on one picture, noise, and a flat picture."""
    crowd = np.full((330, 560, 3), 90, np.uint8)
    places = ((0, 0, 256), (20, 270, 160), (200, 450, 90))
    faces = rendered_faces(CropContract(), subjects=3, images=1).images
    for face, (row, column, side) in zip(faces, places, strict=True):
        crowd[row : row + side, column : column + side] = cv2.resize(face, (side, side))
    return {
        "faces": crowd,
        "cut off": crowd[90:, 110:].copy(),
        "noise": np.random.default_rng(0).integers(0, 256, (200, 150, 3), dtype=np.uint8),
        "flat": np.full((64, 64, 3), 127, np.uint8),
    }


@pytest.mark.parametrize(("name", "count"), [("faces", 3), ("cut off", None), ("noise", None), ("flat", 0)])
def test_it_is_facenet_pytorchs_to_the_bit(name, count, scenes, detector, reference):
    boxes, scores, points = reference.detect(scenes[name], landmarks=True)
    found = detector._cascade.search(scenes[name])
    assert count in (None, len(found.boxes))
    if boxes is None:
        assert len(found.boxes) == 0
        return
    for ours, theirs in zip(found, (boxes, scores, points), strict=True):
        np.testing.assert_array_equal(ours, np.asarray(theirs, np.float32))


@pytest.mark.models
def test_it_is_facenet_pytorchs_on_photographs(real_images, detector, reference):
    files = sorted(real_images("orl").rglob("*.*"))[::40]
    found = 0
    for file in files:
        image = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
        boxes, _, points = reference.detect(image, landmarks=True)
        ours = detector._cascade.search(image)
        found += len(ours.boxes)
        if boxes is not None:
            np.testing.assert_array_equal(ours.boxes, np.asarray(boxes, np.float32))
            np.testing.assert_array_equal(ours.points, np.asarray(points, np.float32))
    assert found >= len(files) // 2


def test_the_best_comes_first_and_coordinates_are_the_images(scenes, detector):
    found = detector.detect(scenes["faces"])
    assert np.all(np.diff(found.scores) <= 0)
    for points, box in zip(found.points, found.boxes, strict=True):
        assert np.all((points > box[:2]) & (points < box[2:]))


def test_boxes_outside_of_the_image_are_left_out():
    image = torch.zeros(1, 3, 20, 30)
    boxes = torch.tensor([[5.0, 5, 15, 15], [-9.0, -9, -1, -1], [40.0, 2, 50, 12]])
    kept, crops = _cut(image, boxes, 24)
    assert kept.tolist() == [[5, 5, 15, 15]]
    assert crops.shape == (1, 3, 24, 24)
    assert _cut(image, boxes[1:], 24)[1].shape == (0, 3, 24, 24)


def test_a_box_inside_a_better_one_goes():
    boxes = np.array([[0, 0, 100, 100], [30, 30, 50, 50], [200, 0, 300, 100]], np.float32)
    assert _without_nested(boxes, np.array([0.9, 0.8, 0.95], np.float32)).tolist() == [2, 0]
