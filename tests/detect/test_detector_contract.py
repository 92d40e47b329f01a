"""What every detector must do, on real weights where somebody has them."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from bauta.detect import DETECTORS
from bauta.detect.full_frame import FullFrame
from bauta.detect.mediapipe_face import MediapipeFace
from bauta.io.images import read_image
from bauta.testing.detector_contract import CHECKS, DetectorCase
from bauta.testing.violation import ContractViolationError

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
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(detector, image, check):
    check(DetectorCase(detector, image))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_whole_image_keeps_the_contract(check):
    check(DetectorCase(FullFrame(None), np.full((48, 48, 3), 7, np.uint8), always=True))


def test_a_detector_whose_points_are_in_another_order_is_caught():
    class Mirrored(FullFrame):
        def detect(self, image):
            found = super().detect(image)
            return replace(found, points=found.points[:, ::-1])

    case = DetectorCase(Mirrored(None), np.full((48, 48, 3), 7, np.uint8), always=True)
    with pytest.raises(ContractViolationError, match="the eyes are not"):
        CHECKS["points"](case)
