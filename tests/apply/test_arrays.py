import subprocess
import sys

import numpy as np
import pytest

import bauta
from bauta.errors import ConfigError


def picture(first, second=(0, 0, 0)):
    image = np.full((40, 60, 3), 50, np.uint8)
    image[0, 0], image[0, 1] = first, second
    return image


def test_pictures_come_back_with_a_report(fake_models):
    images = [picture((255, 0, 0)), picture((1, 1, 1)), picture((255, 0, 0), (0, 255, 0))]
    before = [image.copy() for image in images]
    edited, report = bauta.apply(images, "blur kernel=61")
    assert (edited[0][10:30, 15:45] == 255).all()
    assert not edited[1].any()
    assert not edited[2].any()
    assert report.setting == "blur kernel=61"
    assert report.note is None
    assert report.unprocessed == (1, 2)
    assert all((now == then).all() for now, then in zip(images, before, strict=True))


def test_a_picture_without_a_face_is_kept_on_request(fake_models):
    (edited,), report = bauta.apply([picture((1, 1, 1))], "blackout", keep_unprocessed=True)
    assert (edited == picture((1, 1, 1))).all()
    assert report.unprocessed == (0,)
    assert "no bound holds" in report.note


def test_a_mistake_is_said(fake_models):
    with pytest.raises(ConfigError, match="cannot be applied"):
        bauta.apply([], "ksame k=2")


def test_it_is_imported_when_it_is_used():
    code = "import sys, bauta; print('bauta.apply' in sys.modules, callable(bauta.apply))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"
    with pytest.raises(AttributeError, match="has no attribute 'unknown'"):
        bauta.unknown  # noqa: B018
