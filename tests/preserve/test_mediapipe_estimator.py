import mediapipe as mp
import numpy as np
import pytest
from skimage.data import astronaut

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.dlib_hog import DlibHog
from bauta.models.store import ModelStore
from bauta.preserve import ESTIMATORS
from bauta.preserve.head_pose import angles, between
from bauta.preserve.quantities import unpack
from bauta.preserve.truth import BLENDSHAPES
from bauta.testing.estimator_contract import CHECKS, EstimatorCase
from bauta.testing.samples import sample_crops

pytestmark = pytest.mark.models
CONTRACT = CropContract()


@pytest.fixture(scope="module")
def crops():
    found = DlibHog(ModelStore.default()).detect(astronaut())
    face = warp_crop(astronaut(), fit_similarity(found.points[0], CONTRACT.template()), CONTRACT.size)
    return np.concatenate([face[None], sample_crops(CONTRACT, 2)])


@pytest.fixture(scope="module")
def estimator(real_models):
    made = ESTIMATORS.load("mediapipe478")(CONTRACT, real_models("mediapipe_face_landmarker"))
    yield made
    made.close()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(estimator, check, crops):
    check(EstimatorCase(estimator, crops))


def test_agrees_with_dlib(estimator, crops):
    dlib68 = ESTIMATORS.load("dlib68")(CONTRACT, ModelStore.default())
    own, other = (unpack(one.quantities, one.estimate(crops[:1])) for one in (estimator, dlib68))
    assert between(own["pose"], other["pose"])[0] < 12
    left, right = other["landmarks"][0, [36, 45]]
    apart = np.linalg.norm(own["landmarks"] - other["landmarks"], axis=2).mean()
    assert apart / np.linalg.norm(right - left) < 0.08


def test_the_blendshapes_of_the_truth_are_those_of_their_names(estimator, crops):
    picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(crops[0]))
    (shapes,) = estimator._landmarker._landmarker.detect(picture).face_blendshapes
    names = [
        {shapes[place].category_name.removesuffix("Left").removesuffix("Right") for place in places}
        for places in BLENDSHAPES.values()
    ]
    assert names == [
        {"browInnerUp"}, {"browOuterUp"}, {"browDown"}, {"eyeWide"}, {"cheekSquint"}, {"eyeSquint"},
        {"noseSneer"}, {"mouthUpperUp"}, {"mouthSmile"}, {"mouthFrown"}, {"mouthLowerDown"},
        {"mouthStretch"}, {"jawOpen"}, {"eyeBlink"},
    ]  # fmt: skip


def test_a_mirrored_face_looks_the_other_way(estimator, crops):
    own, mirrored = (
        unpack(estimator.quantities, estimator.estimate(images))
        for images in (crops[:1], crops[:1, :, ::-1].copy())
    )
    assert own["gaze"][0] * (-1, 1) == pytest.approx(mirrored["gaze"][0], abs=6)
    assert angles(own["pose"])[0] * (-1, 1, -1) == pytest.approx(angles(mirrored["pose"])[0], abs=4)
    assert np.abs(own["blendshapes"]).max() <= 1
