import numpy as np
import pytest
import torch
from teacher_files import Files, save_teacher

from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.express.dan import dan7, dan8
from bauta.express.emonet import emonet5, emonet8
from bauta.express.ferplus import ferplus
from bauta.express.hsemotion import hsemotion_b0, hsemotion_b0_afew, hsemotion_b2, hsemotion_b2_7
from bauta.express.xception import big_xception, mini_xception
from bauta.labels import LABEL_SPACES

CONTRACT = CropContract(size=96)
TEACHERS = {
    "mini_xception": (mini_xception, "fer2013_mini_xception", "xception"),
    "big_xception": (big_xception, "fer2013_big_xception", "xception"),
    "ferplus": (ferplus, "ferplus", "ferplus8"),
    "hsemotion_b0": (hsemotion_b0, "hsemotion_b0", "hsemotion8"),
    "hsemotion_b0_afew": (hsemotion_b0_afew, "hsemotion_b0_afew", "hsemotion8"),
    "hsemotion_b2": (hsemotion_b2, "hsemotion_b2", "hsemotion8"),
    "hsemotion_b2_7": (hsemotion_b2_7, "hsemotion_b2_7", "hsemotion7"),
    "emonet8": (emonet8, "emonet8", "emonet8"),
    "emonet5": (emonet5, "emonet5", "emonet5"),
    "dan7": (dan7, "dan7", "dan7"),
    "dan8": (dan8, "dan8", "dan8"),
}


@pytest.fixture(scope="module")
def crops():
    coarse = np.random.default_rng(1).integers(0, 256, (2, 6, 6, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 16, axis=1), 16, axis=2)


@pytest.fixture(scope="module", params=TEACHERS)
def case(request, tmp_path_factory):
    """A teacher, its label space and what it says of the crops."""
    make, model, space = TEACHERS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    save_teacher(folder, model)
    torch.set_num_threads(1)
    return make(CONTRACT, Files(folder)), LABEL_SPACES[space]


def test_answers_in_its_label_space(case, crops):
    teacher, space = case
    assert teacher.space == space.name
    assert teacher.classes == space.classes
    probabilities = teacher.predict(crops)
    assert probabilities.shape == (len(crops), len(space.classes))
    assert probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert np.ptp(probabilities, axis=0).max() > 1e-4
    np.testing.assert_array_equal(teacher.predict(crops), probabilities)


def test_a_face_does_not_depend_on_its_batch(case, crops):
    teacher, _ = case
    together = teacher.predict(crops)
    alone = np.concatenate([teacher.predict(crops[row : row + 1]) for row in range(len(crops))])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(teacher.predict(crops[::-1]), together[::-1], atol=1e-5)


def test_no_crops_and_wrong_crops(case, crops):
    teacher, space = case
    assert teacher.predict(crops[:0]).shape == (0, len(space.classes))
    for wrong in (crops[:, :64], crops.astype(np.float32), crops[:0, :64]):
        with pytest.raises(DataError, match=r"expected uint8 crops \(N, 96, 96, 3\)"):
            teacher.predict(wrong)
