import os
import subprocess
import sys

import numpy as np
import pytest
from skimage.data import astronaut

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.mtcnn import Mtcnn
from bauta.errors import ModelError
from bauta.landmarks.dlib68 import Dlib68
from bauta.landmarks.ibug import five_points
from bauta.landmarks.mediapipe478 import BLENDSHAPES, MediaPipe478
from bauta.landmarks.to_ibug import to_ibug
from bauta.models.store import ModelStore

CONTRACT = CropContract()

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def crop():
    image = astronaut()
    found = Mtcnn(ModelStore.default()).detect(image)
    return warp_crop(image, fit_similarity(found.points[0], CONTRACT.template()), CONTRACT.size)


@pytest.fixture
def landmarker(real_models):
    with MediaPipe478(CONTRACT, real_models("mediapipe_face_landmarker")) as made:
        yield made


def test_the_mesh_lies_on_the_face(landmarker, crop):
    points, shapes = landmarker.locate_with_blendshapes(crop[None])
    assert points.shape == (1, 478, 2)
    assert shapes.shape == (1, BLENDSHAPES)
    assert ((shapes >= 0) & (shapes <= 1)).all()
    ibug = to_ibug(points)
    expected = Dlib68(CONTRACT, ModelStore.default()).locate(crop[None])[0]
    assert np.linalg.norm(five_points(ibug[0]) - CONTRACT.template(), axis=1).max() < 0.05 * CONTRACT.size
    error = np.linalg.norm(ibug[0] - expected, axis=1) / np.linalg.norm(expected[45] - expected[36])
    assert error.mean() < 0.06


def test_a_smile_is_a_blendshape(landmarker, crop):
    """The astronaut smiles; `mouthSmileLeft` and `mouthSmileRight` are the 45th and 46th of the 52."""
    _, shapes = landmarker.locate_with_blendshapes(crop[None])
    assert shapes[0, 44:46].min() > 0.3


def test_without_a_face_there_are_no_points(landmarker, crop):
    both = np.stack([np.zeros_like(crop), crop])
    points, shapes = landmarker.locate_with_blendshapes(both)
    assert np.isnan(points[0]).all()
    assert np.isnan(shapes[0]).all()
    assert np.isfinite(points[1]).all()


def test_a_file_of_something_else_is_refused(tmp_path):
    class Files:
        def path(self, name):
            return tmp_path / name

    (tmp_path / "mediapipe_face_landmarker").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="not a FaceLandmarker bundle"):
        MediaPipe478(CONTRACT, Files())


def test_a_process_ends_that_does_not_close_it(real_models):
    real_models("mediapipe_face_landmarker")
    code = (
        "import numpy as np\n"
        "from bauta.contract import CropContract\n"
        "from bauta.landmarks.mediapipe478 import MediaPipe478\n"
        "from bauta.models.store import ModelStore\n"
        "landmarker = MediaPipe478(CropContract(), ModelStore.default())\n"
        "landmarker.locate(np.zeros((1, 256, 256, 3), dtype=np.uint8))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=dict(os.environ))
