import dlib
import numpy as np
import pytest
from skimage.data import astronaut

from bauta.alignment.align import apply_affine, fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract, Status
from bauta.detect.dlib_hog import DlibHog
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.dlib68 import predict_68
from bauta.landmarks.ibug import five_points
from bauta.landmarks.run import locate_store
from bauta.models.store import ModelStore
from bauta.store import ArraySpec, Store, StoreWriter

CONTRACT = CropContract()


@pytest.fixture(scope="module")
def landmarker():
    return LANDMARKERS.load("dlib68")(CONTRACT, ModelStore.default())


@pytest.fixture(scope="module")
def matrix():
    found = DlibHog(ModelStore.default()).detect(astronaut())
    return fit_similarity(found.points[0], CONTRACT.template())


def test_agrees_with_dlibs_own_detector_and_box(landmarker, matrix):
    image = astronaut()
    (box,) = dlib.get_frontal_face_detector()(image)
    predictor = dlib.shape_predictor(str(ModelStore.default().path("dlib_shape_predictor_68")))
    expected = apply_affine(matrix, predict_68(predictor, image, box))
    located = landmarker.locate(warp_crop(image, matrix, CONTRACT.size)[None])
    assert located.shape == (1, 68, 2)
    assert located.dtype == np.float32
    error = np.linalg.norm(located[0] - expected, axis=1) / np.linalg.norm(expected[45] - expected[36])
    assert error.mean() < 0.03


def test_five_points_lie_on_the_template(landmarker, matrix):
    (points,) = landmarker.locate(warp_crop(astronaut(), matrix, CONTRACT.size)[None])
    assert np.linalg.norm(five_points(points) - CONTRACT.template(), axis=1).max() < 0.05 * CONTRACT.size


def test_other_contracts_move_the_box(landmarker, matrix):
    wide = CropContract(size=384, margin=0.8)
    to_wide = fit_similarity(CONTRACT.template(), wide.template())
    homogeneous = np.vstack([matrix, [0, 0, 1]])
    crop = warp_crop(astronaut(), to_wide @ homogeneous, wide.size)
    (points,) = LANDMARKERS.load("dlib68")(wide, ModelStore.default()).locate(crop[None])
    (narrow,) = landmarker.locate(warp_crop(astronaut(), matrix, CONTRACT.size)[None])
    error = np.linalg.norm(points - apply_affine(to_wide, narrow), axis=1)
    assert error.mean() < 0.02 * np.linalg.norm(points[45] - points[36])


def test_no_crops(landmarker):
    assert landmarker.locate(np.zeros((0, 256, 256, 3), dtype=np.uint8)).shape == (0, 68, 2)


class Corner:
    """Landmarks at the value of each crop's first pixel; the first is lost where that is 9."""

    points = 3

    def locate(self, crops):
        value = crops[:, 0, 0, 0].astype(np.float32)
        points = np.tile(value[:, None, None], (1, 3, 2))
        points[value == 9, 0] = np.nan
        return points


def test_locate_store_keeps_statuses(tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.landmarks.run.BATCH", 2)
    images = np.zeros((5, 4, 4, 3), dtype=np.uint8)
    images[:, 0, 0, 0] = (1, 9, 3, 4, 5)
    status = np.array([0, 0, Status.NO_FACE.code, Status.UNREADABLE.code, 0], dtype=np.uint8)
    specs = {"images": ArraySpec((4, 4, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "crops.zarr", specs, list("abcde")) as writer:
        writer.append(images=images, status=status)
    locate_store(Store.open(tmp_path / "crops.zarr"), Corner(), tmp_path / "landmarks.zarr")
    store = Store.open(tmp_path / "landmarks.zarr")
    assert store.ids == tuple("abcde")
    assert store.read("status").tolist() == [0, Status.NO_FACE.code, *status[2:4], 0]
    points = store.read("points")
    assert points.shape == (5, 3, 2)
    assert np.isnan(points[1:4]).all()
    assert (points[0] == 1).all()
    assert (points[4] == 5).all()
