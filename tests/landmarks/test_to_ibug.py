import numpy as np
import pytest

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.mtcnn import Mtcnn
from bauta.errors import DataError
from bauta.io.images import read_image
from bauta.landmarks.dlib68 import Dlib68
from bauta.landmarks.hull import face_hull
from bauta.landmarks.mediapipe478 import MediaPipe478
from bauta.landmarks.to_ibug import FROM_INSIGHT106, FROM_MEDIAPIPE, to_ibug

MIRRORED = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
]
"""Which iBUG point each becomes in a mirrored face."""

MESH_PAIRS = {127: 356, 234: 454, 132: 361, 58: 288, 172: 397, 136: 365, 149: 378, 148: 377}
"""Mirrored vertices of MediaPipe's face oval, from its canonical mesh."""


@pytest.mark.parametrize("table", [FROM_MEDIAPIPE, FROM_INSIGHT106], ids=["mediapipe", "insight"])
def test_a_table_names_68_different_points(table):
    assert len(table) == len(set(table)) == 68


def test_the_jaw_of_the_mesh_is_symmetric():
    jaw = FROM_MEDIAPIPE[:17]
    assert [MESH_PAIRS[point] for point in jaw[:8]] == list(jaw[:8:-1])


@pytest.mark.parametrize(("count", "table"), [(478, FROM_MEDIAPIPE), (106, FROM_INSIGHT106)])
def test_points_are_picked_by_the_table(count, table):
    points = np.arange(2 * count * 2, dtype=np.float32).reshape(2, count, 2)
    points[1] = np.nan
    ibug = to_ibug(points)
    np.testing.assert_array_equal(ibug[0], points[0, list(table)])
    assert np.isnan(ibug[1]).all()
    assert ibug.dtype == np.float32


def test_68_points_stay_what_they_are():
    points = np.random.default_rng(0).normal(size=(3, 68, 2)).astype(np.float32)
    np.testing.assert_array_equal(to_ibug(points), points)


def test_other_sets_are_refused():
    for shape in ((2, 5, 2), (2, 106, 3), (106, 2)):
        with pytest.raises(DataError, match="with P one of 68, 106, 478"):
            to_ibug(np.zeros(shape))


@pytest.mark.models
def test_on_photographs_both_landmarkers_outline_the_same_face(real_models, real_images):
    """Overlap of the hulls of MediaPipe's and dlib's points on aligned faces of LFW."""
    contract, models = CropContract(), real_models("mediapipe_face_landmarker", "dlib_shape_predictor_68")
    detector, crops = Mtcnn(models), []
    for path in sorted(real_images("lfw").glob("*/*_0001.jpg"))[:240:20]:
        image = read_image(path)
        matrix = fit_similarity(detector.detect(image).points[0], contract.template())
        crops.append(warp_crop(image, matrix, contract.size))
    with MediaPipe478(contract, models) as landmarker:
        meshes = landmarker.locate(np.stack(crops))
    found = np.isfinite(meshes).all(axis=(1, 2))
    assert found.sum() >= 11
    ibug, dlib = to_ibug(meshes[found]), Dlib68(contract, models).locate(np.stack(crops)[found])
    mirrored = to_ibug(meshes[found])[:, MIRRORED]
    scale = np.linalg.norm(dlib[:, 45] - dlib[:, 36], axis=1)[:, None]
    assert np.median((np.linalg.norm(ibug - dlib, axis=2) / scale).mean(axis=1)) < 0.06
    assert np.median((np.linalg.norm(mirrored - dlib, axis=2) / scale).mean(axis=1)) > 0.3
    for one, other in zip(ibug, dlib, strict=True):
        hulls = face_hull(one, contract.size), face_hull(other, contract.size)
        assert (hulls[0] & hulls[1]).sum() / (hulls[0] | hulls[1]).sum() > 0.8
