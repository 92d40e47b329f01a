"""What every detector must do, on real weights where somebody has them."""

import zipfile

import numpy as np
import pytest

from bauta.detect import DETECTORS
from bauta.detect.mediapipe_face import MediapipeFace
from bauta.images import read_image

ENTRIES = {
    "buffalo_l": "det_10g",
    "buffalo_m": "det_2_5g",
    "buffalo_s": "det_500m",
    "retina_face": "retina_face",
    "retinaface_mobilenet": "retinaface_mobilenet",
    "scrfd_2_5g": "scrfd_2_5g",
    "scrfd_500m": "scrfd_500m",
    "yunet": "yunet",
}
"""Detectors, and the model that each loads."""


class Files:
    def __init__(self, path):
        self._path = path

    def path(self, name):
        return self._path


@pytest.fixture(scope="module", params=[*ENTRIES, "mediapipe_face"])
def detector(request, real_models, tmp_path_factory):
    if request.param in ENTRIES:
        yield DETECTORS.load(request.param)(real_models(ENTRIES[request.param]))
        return
    bundle = real_models("mediapipe_face_landmarker").path("mediapipe_face_landmarker")
    path = tmp_path_factory.mktemp("blaze") / "face_detector.tflite"
    with zipfile.ZipFile(bundle) as files:
        path.write_bytes(files.read("face_detector.tflite"))
    with MediapipeFace(Files(path)) as mediapipe:
        yield mediapipe


@pytest.fixture(scope="module")
def image(real_images):
    return read_image(sorted(real_images("lfw").glob("*/*_0001.jpg"))[0])


@pytest.mark.models
def test_shapes_types_and_order(detector, image):
    wide = np.concatenate([image, image[:, ::-1]], axis=1)
    found = detector.detect(wide)
    faces = len(found.boxes)
    assert faces >= 2
    assert found.boxes.shape == (faces, 4)
    assert found.scores.shape == (faces,)
    assert found.points.shape == (faces, 5, 2)
    assert {found.boxes.dtype, found.scores.dtype, found.points.dtype} == {np.dtype(np.float32)}
    assert (np.diff(found.scores) <= 0).all()
    assert (found.boxes[:, 2:] > found.boxes[:, :2]).all()


@pytest.mark.models
def test_points_are_in_the_order_of_the_template(detector, image):
    left_eye, right_eye, nose, left_mouth, right_mouth = detector.detect(image).points[0]
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.models
def test_same_image_same_faces_and_the_image_is_not_changed(detector, image):
    before = image.copy()
    first, second = detector.detect(image), detector.detect(image)
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(image, before)


@pytest.mark.models
@pytest.mark.parametrize("shape", [(250, 250), (1, 1), (1, 300), (700, 20)])
def test_no_face_is_no_error(detector, shape):
    found = detector.detect(np.zeros((*shape, 3), np.uint8))
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.points.shape == (0, 5, 2)


@pytest.mark.models
def test_memory_layout_does_not_matter(detector, image):
    view = np.asfortranarray(image)
    np.testing.assert_array_equal(detector.detect(view).points, detector.detect(image).points)
