"""Detectors and landmarkers that were trained on photographs must work on the rendered faces."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from bauta.datasets.synthfaces import render_dataset

pytestmark = pytest.mark.slow

dlib = pytest.importorskip("dlib")
facenet_pytorch = pytest.importorskip("facenet_pytorch")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[NDArray, NDArray, NDArray]]:
    """Image, box and points of 40 pictures."""
    root = tmp_path_factory.mktemp("synthfaces")
    truth = pd.read_parquet(render_dataset(root, subjects=5, images_per_subject=8, seed=21))
    boxes = truth[["box_x0", "box_y0", "box_x1", "box_y1"]].to_numpy()
    images = [cv2.cvtColor(cv2.imread(str(root / path)), cv2.COLOR_BGR2RGB) for path in truth["path"]]
    points = [np.asarray(row).reshape(68, 2) for row in truth["points"]]
    return list(zip(images, boxes, points, strict=True))


def best_overlap(boxes: NDArray, truth: NDArray) -> float:
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    low, high = np.maximum(boxes[:, :2], truth[:2]), np.minimum(boxes[:, 2:], truth[2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(truth[2:] - truth[:2]) - shared
    return float(np.max(shared / union, initial=0.0))


def test_mtcnn_finds_the_faces(samples: list[tuple[NDArray, NDArray, NDArray]]) -> None:
    detector = facenet_pytorch.MTCNN(keep_all=True)
    overlaps = []
    for image, box, _ in samples:
        found, _ = detector.detect(image)
        overlaps.append(best_overlap(np.empty((0, 4)) if found is None else found, box))
    assert np.mean(np.array(overlaps) >= 0.5) >= 0.99


def test_dlib_finds_the_faces(samples: list[tuple[NDArray, NDArray, NDArray]]) -> None:
    detector = dlib.get_frontal_face_detector()
    overlaps = []
    for image, box, _ in samples:
        found = [(r.left(), r.top(), r.right(), r.bottom()) for r in detector(image, 1)]
        overlaps.append(best_overlap(np.array(found), box))
    assert np.mean(np.array(overlaps) >= 0.5) >= 0.99


def test_dlib_landmarks_agree_with_the_truth(samples: list[tuple[NDArray, NDArray, NDArray]]) -> None:
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("face_recognition_models is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "models"
    predictor = dlib.shape_predictor(str(folder / "shape_predictor_68_face_landmarks.dat"))
    errors = []
    for image, box, points in samples:
        shape = predictor(image, dlib.rectangle(*(int(value) for value in box)))
        found = np.array([(shape.part(k).x, shape.part(k).y) for k in range(68)])
        scale = np.linalg.norm(points[36] - points[45])
        errors.append(np.linalg.norm(found - points, axis=1).mean() / scale)
    assert np.median(errors) <= 0.06
