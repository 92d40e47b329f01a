import numpy as np
import pytest

from bauta.apply.evidence import Compared, Evidence
from bauta.contract import CropContract
from bauta.errors import ConfigError
from bauta.models.store import ModelStore


class Colours:
    """A recognizer that knows people by the mean colour of the middle of the crop."""

    dimensions = 3

    def embed(self, crops):
        means = crops[:, 96:160, 96:160].mean(axis=(1, 2)) - 100
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


class Finds:
    def __init__(self, *faces):
        self.faces = faces

    def find(self, image):
        return self.faces


def evidence(*found):
    return Evidence(Finds(*found), Colours(), 0.9, CropContract())


def test_a_face_that_was_not_changed_matches(rendered):
    ((compared, cosine),) = evidence(rendered.face).compare(rendered.image, [rendered.face], rendered.image)
    assert compared == Compared.YES
    assert cosine == pytest.approx(1.0, abs=1e-5)


def test_its_place_is_looked_at_even_if_no_detector_finds_it(rendered):
    ((compared, cosine),) = evidence().compare(rendered.image, [rendered.face], rendered.image)
    assert compared == Compared.YES
    assert cosine == pytest.approx(1.0, abs=1e-5)


def test_an_original_that_shows_nothing_cannot_be_compared(rendered):
    flat = np.full_like(rendered.image, 90)
    faces = [rendered.face]
    assert evidence(rendered.face).compare(flat, faces, rendered.image) == [(Compared.NO, None)]
    once = type(rendered.face)(rendered.face.box, 0.9, np.zeros((5, 2), np.float32))
    assert evidence(rendered.face).compare(rendered.image, [once], rendered.image) == [(Compared.NO, None)]


def test_another_face_does_not_match_and_black_shows_nobody(rendered):
    rng = np.random.default_rng(0)
    blue = np.zeros_like(rendered.image)
    blue[..., 2] = rng.integers(150, 255, blue.shape[:2])
    ((_, cosine),) = evidence(rendered.face).compare(rendered.image, [rendered.face], blue)
    assert cosine < 0.9
    black = np.zeros_like(rendered.image)
    assert evidence(rendered.face).compare(rendered.image, [rendered.face], black) == [
        (Compared.NOTHING_LEFT, None)
    ]


def test_a_face_that_moved_is_found(rendered):
    after = np.roll(rendered.image, 60, axis=1)
    moved = type(rendered.face)(
        rendered.face.box + np.float32([60, 0, 60, 0]), 0.9, rendered.face.points + np.float32([60, 0])
    )
    ((_, cosine),) = evidence(moved).compare(rendered.image, [rendered.face], after)
    assert cosine > 0.99


def test_a_recognizer_without_a_threshold_needs_one():
    with pytest.raises(ConfigError, match="no threshold is known for arcface_r50: give --threshold, or use"):
        Evidence.open("arcface_r50", Finds(), threshold=None, models=ModelStore.default())
