import pytest

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.settings import Setting
from bauta.detect import DETECTORS
from bauta.errors import UnknownNameError
from bauta.registry import nearest


def test_a_name_is_suggested_by_its_beginning_and_a_list_is_cut():
    known = [f"teacher_{number}" for number in range(30)] + ["vgg_fer2013"]
    assert nearest("vgg", known) == "did you mean 'vgg_fer2013'?"
    assert nearest("none of them", known).endswith("teacher_15, …")
    assert nearest("", ["one", "two"]) == "expected one of: one, two"


def test_names_are_those_of_the_cards():
    assert list(ANONYMIZERS)[:5] == ["identity", "blackout", "prototype", "blur", "pixelate"]
    assert "mtcnn" in DETECTORS
    assert DETECTORS["mtcnn"].files == ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")


def test_an_implementation_and_its_settings_are_imported_when_they_are_asked_for():
    assert DETECTORS.load("full_frame").__name__ == "FullFrame"
    assert ANONYMIZERS.settings("blur", Setting)(kernel=3).region == "hull"


@pytest.mark.parametrize(("name", "hint"), [("mtcn", "did you mean 'mtcnn'"), ("zzz", "annotations, dlib")])
def test_an_unknown_name_is_answered_with_the_nearest(name, hint):
    with pytest.raises(UnknownNameError, match=hint):
        DETECTORS[name]


@pytest.mark.parametrize("name", [None, 3, "", "a/b"])
def test_what_is_no_name_is_unknown(name):
    assert name not in DETECTORS
