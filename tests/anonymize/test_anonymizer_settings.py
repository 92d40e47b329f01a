import subprocess
import sys

import pytest
from pydantic import ValidationError

from bauta.anonymize.classical.identity import Identity
from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.settings import SETTINGS, teachers_in
from bauta.errors import ConfigError
from bauta.registry import Registry


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("blur", {"kernel": 10}),
        ("blur", {"kernel": 1}),
        ("blur", {"kernel": 257}),
        ("blur", {"kernel": 11, "region": "face"}),
        ("blur", {}),
        ("pixelate", {"block": 1}),
        ("pixelate", {"block": 257}),
        ("ksame", {"k": 1}),
        ("ksame_select", {"k": 0}),
        ("ksame_select", {"k": 2, "labels": False}),
        ("ksame_select", {"k": 2, "labels": "true", "teacher": "dan7"}),
        ("ksame_generated", {"k": 1}),
        ("ksame_generated", {"k": 2, "region": "hull"}),
        ("ksame_generated", {"k": 2, "teacher": "dan7"}),
        ("ksame_generated", {"k": 2, "look": "man_grey"}),
        ("identity", {"strength": 1}),
        ("blackout", {"region": "hull"}),
    ],
)
def test_refuses(backend, options):
    with pytest.raises(ValidationError):
        SETTINGS[backend](**options)


def test_defaults_say_where_the_bound_holds():
    assert SETTINGS["ksame"](k=5).region == SETTINGS["ksame_select"](k=5).region == "crop"
    assert SETTINGS["blur"](kernel=11).region == SETTINGS["pixelate"](block=8).region == "hull"


def test_trap_26_a_backend_that_sees_more_than_its_setting_declares_is_not_opened(contract, monkeypatch):
    class Sly(Identity):
        def __init__(self, setting, contract):
            super().__init__(setting, contract)
            self.sees = setting.sees | {"labels"}

    monkeypatch.setattr(Registry, "load", lambda *_: Sly)
    with pytest.raises(ConfigError, match="identity: it sees labels, which its setting does not declare"):
        open_anonymizer("identity", {}, contract, None)
    monkeypatch.undo()
    assert isinstance(open_anonymizer("identity", {}, contract, None), Identity)


def test_select_sees_the_labels_only_where_they_are_asked_for():
    setting = SETTINGS["ksame_select"]
    assert setting(k=2).labels == "predicted"
    assert setting(k=2).sees == {"images", "subjects", "posteriors"}
    assert setting(k=2).read_by("dan7").sees == {"images", "subjects", "posteriors:dan7"}
    assert setting(k=2, teacher="dan8").read_by("dan7").teacher == "dan8"
    for labels in (True, "true"):
        assert setting(k=2, labels=labels).read_by("dan7").sees == {"images", "subjects", "labels"}
    assert SETTINGS["ksame"](k=2).read_by("dan7") == SETTINGS["ksame"](k=2)
    assert teachers_in(setting(k=2).sees) == []
    assert teachers_in({"posteriors:dan7", "images"}) == ["dan7"]


def test_generated_faces_see_no_pixel_and_are_not_judged_by_who_taught_or_selected():
    setting = SETTINGS["ksame_generated"]
    plain, select = setting(k=2), setting(k=2, select=True)
    assert plain.sees == {"landmarks", "subjects"}
    assert plain.read_by("dan7") == plain
    assert select.sees == {"landmarks", "subjects", "posteriors"}
    assert select.read_by("dan7").sees == {"landmarks", "subjects", "posteriors:dan7"}
    assert setting(k=2, select=True, teacher="dan8").read_by("dan7").teacher == "dan8"
    for one in (plain, select.read_by("dan7")):
        assert one.taught_by == SETTINGS["cgan"]().taught_by == ("resnet18_fer2013",)
        assert (one.models, one.group) == (("cgan", "avatar"), 2)
        assert one.keyed.keys() == {"k", "select", "teacher"}, "faces made before there were composites stay"
    drawn = setting(k=2, faces="composite", look="in_turn")
    assert (drawn.models, drawn.group) == (("avatar",), 2)
    assert drawn.taught_by == SETTINGS["avatar"]().taught_by
    assert drawn.keyed != setting(k=2, faces="composite").keyed


def test_settings_are_frozen_and_described():
    setting = SETTINGS["blur"](kernel=11)
    with pytest.raises(ValidationError):
        setting.kernel = 13
    for model in SETTINGS.values():
        assert model.__doc__
        assert all(field.description for field in model.model_fields.values())


def test_nothing_heavy_is_imported_while_the_snakefile_is_parsed():
    code = (
        "import sys, bauta.anonymize, bauta.anonymize.settings;"
        "print(*{'numpy', 'cv2', 'scipy', 'torch', 'zarr'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == ""
