"""What rules ask of a machine."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bauta.anonymize import ANONYMIZERS
from bauta.detect import DETECTORS
from bauta.express import TEACHERS
from bauta.landmarks import LANDMARKERS
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS
from bauta.workflow.resources import gpu_for, scaled
from bauta.workflow.start import Guarded

SOURCE = Path(__file__).parents[2] / "src"
SMALL = {"mtcnn", "resnet18_fer2013", "vgg_fer2013"}
"""So small that a GPU would wait for them; on one, they use it."""


def test_each_attempt_gets_more():
    assert [scaled(200)(None, attempt) for attempt in (1, 2, 3)] == [200, 400, 600]


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (scaled(1), ["wildcards", "attempt"]),
        (gpu_for("backend"), ["wildcards"]),
        (Guarded(SimpleNamespace(crops=lambda wildcards: wildcards), lambda: None, ()).crops, ["wildcards"]),
    ],
)
def test_what_snakemake_calls_for_each_job_knows_its_signature(function, names):
    assert list(vars(function)["__signature__"].parameters) == names


@pytest.mark.parametrize(
    ("wildcard", "name", "gpus"),
    [
        ("recognizer", "dlib_resnet-0123abcd", 1),
        ("recognizer", "arcface_r50-0123abcd", 1),
        ("crop", "mtcnn-0123abcd", 0),
        ("teacher", "ferplus-0123abcd", 1),
        ("parsing", "landmark_hull", 0),
        ("parsing", "bisenet", 1),
        ("landmarks", "mediapipe478", 0),
        ("backend", "ciagan", 1),
    ],
)
def test_a_gpu_for_what_uses_one(wildcard, name, gpus):
    assert gpu_for(wildcard)(SimpleNamespace(**{wildcard: name})) == gpus


def test_anonymizers_without_a_network_ask_for_no_gpu():
    classical = {"blur", "pixelate", "ksame", "ksame_select", "avatar", "avatar_free"}
    without = {"identity", "blackout", "prototype", "external", *classical}
    assert {name for name, card in ANONYMIZERS.built_in.items() if not card.gpu} == without


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
    registries = (ANONYMIZERS, DETECTORS, LANDMARKERS, PARSERS, RECOGNIZERS, TEACHERS)
    cards = [card for each in registries for card in each.built_in.values()]
    without = {card.name for card in cards if not uses_a_device(card.implementation)}
    # What another program computes on is unknown.
    assert (without - {"command"}) | SMALL == {card.name for card in cards if not card.gpu}
