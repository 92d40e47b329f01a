"""A model that holds threads is closed before its job ends; MediaPipe complains afterwards."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from bauta.inference.closing import closing

JOB = """
from bauta.contract import CropContract
from bauta.landmarks import LANDMARKERS
from bauta.inference.closing import closing
from bauta.models.store import ModelStore

with closing(LANDMARKERS.load("mediapipe478")(CropContract(), ModelStore.default())) as landmarker:
    pass
landmarker  # still referenced when the interpreter ends, as in a script
"""


def test_what_can_be_closed_is_closed_even_after_an_error():
    closed = []
    with pytest.raises(ValueError, match="wrong"), closing(SimpleNamespace(close=lambda: closed.append(1))):
        raise ValueError("wrong")
    with closing(SimpleNamespace()) as model:
        assert model is not None
    assert closed == [1]


def test_mediapipe_ends_without_a_complaint(real_models):
    real_models("mediapipe_face_landmarker")
    done = subprocess.run([sys.executable, "-c", JOB], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
