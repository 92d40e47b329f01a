import pytest
import torch
from teacher_files import Files, save_teacher

from bauta.contract import CropContract
from bauta.express.dan import dan7, dan8
from bauta.express.ddamfn import ddamfn_affectnet7, ddamfn_affectnet8, ddamfn_rafdb
from bauta.express.emonet import emonet5, emonet8
from bauta.express.ferplus import ferplus
from bauta.express.hsemotion import (
    hsemotion_b0,
    hsemotion_b0_afew,
    hsemotion_b2,
    hsemotion_b2_7,
    hsemotion_mbf,
    hsemotion_mobilevit,
)
from bauta.express.poster import poster_affectnet7, poster_affectnet8, poster_rafdb
from bauta.express.xception import big_xception, mini_xception
from bauta.testing.samples import sample_crops
from bauta.testing.teacher_contract import CHECKS, TeacherCase

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
    "hsemotion_mobilevit": (hsemotion_mobilevit, "hsemotion_mobilevit", "hsemotion8"),
    "hsemotion_mbf": (hsemotion_mbf, "hsemotion_mbf", "hsemotion8"),
    "poster_rafdb": (poster_rafdb, "poster_rafdb", "poster_rafdb"),
    "poster_affectnet7": (poster_affectnet7, "poster_affectnet7", "poster_affectnet7"),
    "poster_affectnet8": (poster_affectnet8, "poster_affectnet8", "poster_affectnet8"),
    "ddamfn_rafdb": (ddamfn_rafdb, "ddamfn_rafdb", "ddamfn_rafdb"),
    "ddamfn_affectnet7": (ddamfn_affectnet7, "ddamfn_affectnet7", "ddamfn_affectnet7"),
    "ddamfn_affectnet8": (ddamfn_affectnet8, "ddamfn_affectnet8", "ddamfn_affectnet8"),
}


@pytest.fixture(scope="module", params=TEACHERS)
def case(request, tmp_path_factory):
    """A teacher, and the name of its label space."""
    make, model, space = TEACHERS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    save_teacher(folder, model)
    torch.set_num_threads(1)
    return make(CONTRACT, Files(folder)), space


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(case, check):
    teacher, space = case
    assert teacher.space == space
    check(TeacherCase(teacher, sample_crops(CONTRACT, 2, blocks=6)))
