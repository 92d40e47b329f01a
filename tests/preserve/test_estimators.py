import numpy as np
import pytest
import torch
from skimage.data import astronaut
from teacher_files import Files, save_teacher

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.dlib_hog import DlibHog
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.preserve import ESTIMATORS
from bauta.preserve.head_pose import angles
from bauta.preserve.presence import FacePresence
from bauta.preserve.quantities import unpack
from bauta.testing.estimator_contract import CHECKS, EstimatorCase
from bauta.testing.samples import sample_crops

CONTRACT = CropContract()


@pytest.fixture(scope="module")
def crops():
    """A photograph of a face, aligned, and what is no face."""
    found = DlibHog(ModelStore.default()).detect(astronaut())
    face = warp_crop(astronaut(), fit_similarity(found.points[0], CONTRACT.template()), CONTRACT.size)
    return np.concatenate([face[None], sample_crops(CONTRACT, 2)])


@pytest.fixture(scope="module", params=["dlib68", "emonet"])
def estimator(request, tmp_path_factory):
    torch.set_num_threads(1)
    files = ModelStore.default()
    if request.param == "emonet":
        folder = tmp_path_factory.mktemp("emonet")
        save_teacher(folder, "emonet8")
        files = Files(folder)
    return ESTIMATORS.load(request.param)(CONTRACT, files)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(estimator, check, crops):
    check(EstimatorCase(estimator, crops))


def test_finds_the_face_and_nothing_else(estimator, crops):
    assert np.isfinite(estimator.estimate(crops)).all(axis=1).tolist() == [True, False, False]


def test_affect_is_within_its_scale(tmp_path, crops):
    save_teacher(tmp_path, "emonet8")
    estimator = ESTIMATORS.load("emonet")(CONTRACT, Files(tmp_path))
    assert np.abs(estimator.estimate(crops)[0]).max() <= 1


@pytest.fixture(scope="module")
def dlib68():
    return ESTIMATORS.load("dlib68")(CONTRACT, ModelStore.default())


def test_a_photograph(dlib68, crops):
    found = unpack(dlib68.quantities, dlib68.estimate(crops[:1]))
    yaw, pitch, roll = angles(found["pose"])[0]
    assert abs(yaw) < 25
    assert abs(pitch) < 25
    assert abs(roll) < 8, "a crop is upright"
    eyes, mouth = found["openings"][0]
    assert 0.15 < eyes < 0.45
    assert 0 < mouth < 0.5


def test_known_landmarks_give_the_same(dlib68, crops):
    points = LANDMARKERS.load("dlib68")(CONTRACT, ModelStore.default()).locate(crops)
    assert np.array_equal(
        dlib68.estimate_from(crops, {"points": points}), dlib68.estimate(crops), equal_nan=True
    )


def test_a_mirrored_face_has_the_mirrored_pose(dlib68, crops):
    poses = [
        angles(unpack(dlib68.quantities, dlib68.estimate(images))["pose"])[0]
        for images in (crops[:1], crops[:1, :, ::-1].copy())
    ]
    assert poses[0] * (-1, 1, -1) == pytest.approx(poses[1], abs=4)


def test_a_face_must_be_where_an_aligned_one_lies(crops):
    presence = FacePresence(CONTRACT)
    away = np.roll(crops[:1], 110, axis=2)
    small = np.full_like(crops[:1], 90)
    small[0, 60:188, 60:188] = crops[0, ::2, ::2]
    assert presence.of(np.concatenate([crops[:1], away, small])).tolist() == [True, False, False]


@pytest.mark.parametrize("contract", [CropContract(size=128), CropContract(size=384, margin=0.8)])
def test_other_contracts_have_their_own_place(contract):
    found = DlibHog(ModelStore.default()).detect(astronaut())
    crop = warp_crop(astronaut(), fit_similarity(found.points[0], contract.template()), contract.size)
    assert FacePresence(contract).of(crop[None]).tolist() == [True]
