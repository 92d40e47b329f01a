"""MTCNN against facenet-pytorch's, whose weights it has: the same boxes, scores and points."""

import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from bauta.anonymize.samples import rendered_faces
from bauta.contract import CropContract
from bauta.detect.mtcnn import SMALLEST_FACE, Mtcnn
from bauta.detect.mtcnn_cascade import _averaged, _cut, _without_nested
from bauta.models.store import ModelStore

ROOT = Path(__file__).parents[2]
NETWORKS = ("pnet", "rnet", "onet")
NEAR = {"rtol": 1e-5, "atol": 2e-4}
"""Pixels, and shares of one; float32 has 6e-5 pixels at the far end of such pictures."""


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
def test_it_is_facenet_pytorchs(name, count, scenes, detector, reference):
    boxes, scores, points = reference.detect(scenes[name], landmarks=True)
    found = detector._cascade.search(scenes[name])
    assert count in (None, len(found.boxes))
    if boxes is None:
        assert len(found.boxes) == 0
        return
    for ours, theirs in zip(found, (boxes, scores, points), strict=True):
        np.testing.assert_allclose(ours, np.asarray(theirs, np.float32), **NEAR)


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
            np.testing.assert_allclose(ours.boxes, np.asarray(boxes, np.float32), **NEAR)
            np.testing.assert_allclose(ours.points, np.asarray(points, np.float32), **NEAR)
    assert found >= len(files) // 2


def test_the_best_comes_first_and_coordinates_are_the_images(scenes, detector):
    found = detector.detect(scenes["faces"])
    assert np.all(np.diff(found.scores) <= 0)
    for points, box in zip(found.points, found.boxes, strict=True):
        assert np.all((points > box[:2]) & (points < box[2:]))


def test_boxes_outside_of_the_image_are_left_out():
    sums = np.zeros((21, 31, 3), np.int32)
    boxes = np.array([[5, 5, 15, 15], [-9, -9, -1, -1], [40, 2, 50, 12]], np.float32)
    kept, crops = _cut(sums, boxes, 24)
    assert kept.tolist() == [[5, 5, 15, 15]]
    assert crops.shape == (1, 24, 24, 3)
    assert _cut(sums, boxes[1:], 24)[1].shape == (0, 24, 24, 3)


def test_a_box_inside_a_better_one_goes():
    boxes = np.array([[0, 0, 100, 100], [30, 30, 50, 50], [200, 0, 300, 100]], np.float32)
    assert _without_nested(boxes, np.array([0.9, 0.8, 0.95], np.float32)).tolist() == [2, 0]


@pytest.mark.parametrize("size", [(1, 1), (12, 24), (37, 20), (90, 131)])
def test_resizing_by_areas_is_pytorchs(size):
    """One window and several take different ways."""
    image = np.random.default_rng(3).integers(0, 256, (70, 91, 3), dtype=np.uint8)
    sums = cv2.integral(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA))
    windows = np.array([[0, 0, 91, 70], [30, 11, 91, 51]], np.int32)
    ours = np.concatenate([_averaged(sums, chosen, size) for chosen in (windows, windows[:1], windows[1:])])
    for crop, (left, top, right, bottom) in zip(ours, np.tile(windows, (2, 1)), strict=True):
        channels = torch.tensor(image[top:bottom, left:right], dtype=torch.float32).permute(2, 0, 1)
        theirs = torch.nn.functional.interpolate(channels[None], size=size, mode="area")[0]
        np.testing.assert_allclose(crop, theirs.permute(1, 2, 0), rtol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_files_are_facenet_pytorchs_networks(name, reference):
    weights = {key: value.numpy() for key, value in getattr(reference, name).state_dict().items()}
    made = runpy.run_path(str(ROOT / "benchmarks/mtcnn_graphs.py"))["graph"](name, weights)
    assert made == (ROOT / f"src/bauta/detect/mtcnn_weights/{name}.onnx").read_bytes()


def test_detecting_faces_does_not_import_torch():
    code = """
import sys
import numpy as np
from bauta.detect.mtcnn import Mtcnn
from bauta.models.store import ModelStore
Mtcnn(ModelStore.default()).detect(np.zeros((64, 64, 3), np.uint8))
sys.exit("torch" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
