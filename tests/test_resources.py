"""What rules ask of a machine."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.resources import CPU_ONLY, gpu_for, scaled

SOURCE = Path(__file__).parents[1] / "src"
SMALL = {"resnet18_fer2013"}


def test_each_attempt_gets_more():
    assert [scaled(200)(None, attempt) for attempt in (1, 2, 3)] == [200, 400, 600]


@pytest.mark.parametrize(
    ("name", "gpus"),
    [("dlib_resnet-0123abcd", 0), ("arcface_r50-0123abcd", 1), ("landmark_hull", 0), ("bisenet", 1)],
)
def test_a_gpu_for_what_uses_one(name, gpus):
    assert gpu_for("model")(SimpleNamespace(model=name)) == gpus


def uses_a_device(target):
    """Whether the module of an implementation, or one of ours that it imports, asks where to compute."""
    todo, seen = [target.partition(":")[0]], set()
    while todo:
        name = todo.pop()
        path = SOURCE / (name.replace(".", "/") + ".py")
        if name in seen or not path.exists():
            continue
        seen.add(name)
        text = path.read_text()
        if "torch_device()" in text or "open_session(" in text.replace("def open_session(", ""):
            return True
        todo += [line.split()[1] for line in text.splitlines() if line.startswith("from bauta.")]
    return False


def test_exactly_those_that_never_ask_for_a_device_get_no_gpu():
    registries = (DETECTORS, LANDMARKERS, PARSERS, RECOGNIZERS, TEACHERS)
    without = {name for each in registries for name, target in each.items() if not uses_a_device(target)}
    assert without | SMALL == CPU_ONLY
