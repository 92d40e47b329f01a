"""Every view keeps the contract, and the checks notice one that does not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.settings import BlurSetting
from bauta.attack.views import VIEWS
from bauta.attack.views.as_is import as_is
from bauta.attack.views.people import ClearFaces, compressed
from bauta.attack.views.restored_network import restored_network
from bauta.contract import CropContract
from bauta.protocols import AnonymizedBatch
from bauta.testing.view_contract import CHECKS, SIZE, Thumbnails, ViewCase, people
from bauta.testing.violation import ContractViolationError

BACKEND = Blur(BlurSetting(kernel=9, region="crop"), CropContract(SIZE))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", VIEWS.built_in)
def test_keeps_the_contract(name, check, tmp_path):
    check(ViewCase(VIEWS.load(name), BACKEND, tmp_path))


@dataclass(frozen=True)
class Changed:
    """A learnt view whose features are changed."""

    learnt: Any
    change: Any
    about: str = "changed"

    @property
    def dimensions(self):
        return self.learnt.dimensions

    def anonymized(self, images):
        return self.change(self.learnt.anonymized(images))

    def clear(self, faces):
        return self.learnt.clear(faces)


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("output", lambda features: features * 2),
        ("output", lambda features: features.astype(np.float64)),
        ("output", lambda features: features[:, :-1]),
        ("deterministic", lambda features: features + np.random.default_rng().normal(size=features.shape)),
        ("batches", lambda features: features - features.mean(axis=0)),
        ("nobody", lambda features: features * np.nan),
    ],
)
def test_a_faulty_view_is_caught(check, change, tmp_path):
    def view(own, backend, recognizer, *, seed):
        return Changed(as_is(own, backend, recognizer, seed=seed), change)

    with pytest.raises(ContractViolationError):
        CHECKS[check](ViewCase(view, BACKEND, tmp_path))


def test_conditions_gives_back_what_a_face_was_drawn_on(tmp_path):
    """A backend that draws dots where the landmarks are: they are recovered, and match the clear ones."""

    @dataclass(frozen=True)
    class Dots:
        sees = frozenset({"landmarks"})

        def anonymize(self, batch, *, seed):
            images = np.zeros((len(batch), SIZE, SIZE, 3), np.uint8)
            for row, points in enumerate(batch.landmarks):
                column, line = points.round().astype(int).T
                images[row, line, column] = 255
            status, mask = np.zeros(len(batch), np.uint8), np.ones(images.shape[:3], np.uint8)
            return AnonymizedBatch(images, status, mask)

    own = people(ViewCase(as_is, Dots(), tmp_path))
    learnt = VIEWS.load("conditions")(own, Dots(), None, seed=0)
    released = learnt.anonymized(own.released(np.arange(len(own))))
    clear = learnt.clear(ClearFaces(own.face_ids, own.clear, own.crops, own.landmarks))
    assert (np.argmax(released @ clear.T, axis=1) == np.arange(len(own))).mean() >= 0.5


def test_a_release_is_compressed_as_often_as_it_says():
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    assert compressed(images, None) is images
    strong, weak = (np.abs(compressed(images, quality).astype(int) - images).mean() for quality in (10, 95))
    assert strong > weak > 0
    red = np.zeros((1, 16, 16, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(compressed(red, 95).astype(int) - red).max() < 12, "the order of the channels stays"


@pytest.mark.slow
def test_the_network_learns_to_undo_what_no_formula_is_given_for(tmp_path, monkeypatch):
    """Pictures whose brightness is turned round, which is nowhere told."""

    @dataclass(frozen=True)
    class Negative:
        sees = frozenset({"images"})

        def anonymize(self, batch, *, seed):
            status, mask = np.zeros(len(batch), np.uint8), np.ones(batch.images.shape[:3], np.uint8)
            return AnonymizedBatch(255 - batch.images, status, mask)

    monkeypatch.setattr("bauta.attack.views.restored_network.FEWEST", 4)
    monkeypatch.setattr("bauta.attack.views.restored_network.SIDE", 32)
    own = people(ViewCase(as_is, Negative(), tmp_path))
    everybody = np.arange(len(own))
    learnt, again = (restored_network(own, Negative(), Thumbnails(), seed=0, steps=150) for _ in range(2))
    released, original = own.released(everybody), own.original(everybody)
    before, after = (
        np.abs(images.astype(float) - original).mean() for images in (released, learnt.restore(released))
    )
    assert after < before / 4
    np.testing.assert_array_equal(learnt.restore(released), again.restore(released))
