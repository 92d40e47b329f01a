import dlib
import numpy as np
import pytest
from skimage.data import astronaut

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.dlib_hog import DlibHog
from bauta.models.store import ModelStore
from bauta.recognize import RECOGNIZERS
from bauta.recognize.batches import BATCH
from bauta.recognize.dlib_resnet import CHIP_CENTRE, CHIP_SIDE
from bauta.testing.recognizer_contract import CHECKS, RecognizerCase
from bauta.testing.samples import sample_crops

CONTRACT = CropContract()


@pytest.fixture(scope="module")
def recognizer():
    return RECOGNIZERS.load("dlib_resnet")(CONTRACT, ModelStore.default())


@pytest.fixture(scope="module")
def points():
    return DlibHog(ModelStore.default()).detect(astronaut()).points[0]


@pytest.fixture(scope="module")
def crop(points):
    return warp_crop(astronaut(), fit_similarity(points, CONTRACT.template()), CONTRACT.size)


def test_agrees_with_dlibs_own_chip_in_rgb(recognizer, crop):
    image = astronaut()
    (box,) = dlib.get_frontal_face_detector()(image)
    landmarks = dlib.shape_predictor(str(ModelStore.default().path("dlib_shape_predictor_68")))(image, box)
    chip = dlib.get_face_chip(image, landmarks, 150, 0.25)
    network = dlib.face_recognition_model_v1(str(ModelStore.default().path("dlib_face_resnet")))
    reference = np.array(network.compute_face_descriptor(chip))
    vector, swapped = recognizer.embed(np.stack([crop, crop[..., ::-1]]))
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    cosine, cosine_swapped = np.stack([vector, swapped]) @ reference / np.linalg.norm(reference)
    assert cosine > 0.98
    assert cosine_swapped < cosine


def test_other_contracts_show_the_network_the_same_chip(recognizer, crop, points):
    wide = CropContract(size=320, margin=0.6)
    wide_crop = warp_crop(astronaut(), fit_similarity(points, wide.template()), wide.size)
    (first,), (second,) = (
        recognizer.embed(crop[None]),
        RECOGNIZERS.load("dlib_resnet")(wide, ModelStore.default()).embed(wide_crop[None]),
    )
    assert first @ second > 0.99


def test_chip_lies_where_dlib_puts_it(crop):
    (box,) = dlib.get_frontal_face_detector()(crop)
    landmarks = dlib.shape_predictor(str(ModelStore.default().path("dlib_shape_predictor_68")))(crop, box)
    chip = dlib.get_face_chip_details(landmarks, 150, 0.25).rect
    centre = CONTRACT.from_arcface(np.array(CHIP_CENTRE))
    assert CHIP_SIDE * CONTRACT.scale == pytest.approx(chip.width(), rel=0.1)
    assert np.hypot(*(centre - (chip.center().x, chip.center().y))) < 0.05 * chip.width()


def test_batches_do_not_matter(recognizer, crop):
    crops = np.stack([crop, crop[:, ::-1], crop[::-1]] * 6)
    assert len(crops) > BATCH
    whole = recognizer.embed(crops)
    np.testing.assert_allclose(
        np.concatenate([recognizer.embed(one[None]) for one in crops]), whole, atol=1e-5
    )
    assert recognizer.embed(crops[:0]).shape == (0, 128)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(recognizer, check):
    check(RecognizerCase(recognizer, sample_crops(CONTRACT)))
