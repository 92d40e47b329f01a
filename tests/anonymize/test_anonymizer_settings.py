import subprocess
import sys

import pytest
from pydantic import ValidationError

from bauta.anonymize.settings import SETTINGS


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
