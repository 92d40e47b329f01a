"""The adversary of a training: what it recovers, and that a generator is changed by it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gan_faces import RECIPE, small_faces, small_judges

from bauta.errors import DataError
from bauta.train.augment import augment
from bauta.train.cgan import fit as fitting
from bauta.train.cgan.batches import MIRRORED, Batches
from bauta.train.cgan.fit import MOVES, fit_generator
from bauta.train.cgan.inversion import Inverter, Sought, inversion_loss, inverter_loss
from bauta.train.cgan.networks import Generator
from bauta.train.cgan.recipe import Weights
from bauta.train.fit import reproducible

CPU = torch.device("cpu")
AGAINST = replace(RECIPE, weights=Weights(inversion=2.0))


@pytest.fixture(autouse=True)
def few_people(monkeypatch):
    """Noise of two dozen photographs has too few pairs for the thresholds of real trainings."""
    monkeypatch.setattr(fitting, "MATCH_FAR", 0.1)
    monkeypatch.setattr(fitting, "DEV_FAR", 0.1)
    monkeypatch.setattr("bauta.train.cgan.development.DEV_FAR", 0.1)


def with_proportions(photographs, others, *, seed=0):
    faces = small_faces(photographs, others, seed=seed)
    rng = np.random.default_rng(seed + 100)
    return replace(faces, proportions=rng.normal(size=(len(faces), 68, 2)).astype(np.float32))


def train(recipe=AGAINST, checkpoint=None):
    with reproducible(1):
        return fit_generator(
            with_proportions(24, 12),
            with_proportions(16, 8, seed=1),
            small_judges(),
            recipe,
            seed=0,
            device=CPU,
            checkpoint=checkpoint,
        )


def test_who_knows_nothing_misses_one_of_each_and_who_knows_all_nothing():
    truth = torch.randn(6, 136), torch.randn(4, 16)
    nothing = torch.zeros(6, 136), torch.zeros(6, 16)
    assert inverter_loss(nothing, truth).item() == pytest.approx(2.0, abs=1e-4)
    assert inversion_loss(nothing, truth).item() == 0.0
    # Of the embeddings, only those of photographs are known, which come first.
    everything = truth[0], torch.cat([truth[1], torch.randn(2, 16)])
    assert inverter_loss(everything, truth).item() == pytest.approx(0.0, abs=1e-6)
    assert inversion_loss(everything, truth).item() == pytest.approx(1.0, abs=1e-6)


def test_a_prediction_that_is_wrong_on_purpose_is_not_rewarded():
    truth = torch.randn(6, 136), torch.randn(4, 16)
    assert inversion_loss((-truth[0], -torch.cat([truth[1], truth[1][:2]])), truth).item() == 0.0


def test_what_is_sought_is_standardised_over_the_training_faces():
    faces = with_proportions(24, 12)
    sought = Sought.of(faces, CPU)
    everybody = Batches(faces, CPU, recipe=AGAINST).take(
        torch.arange(len(faces)), torch.zeros(len(faces), dtype=bool)
    )
    proportions, _ = sought.truth(everybody)
    np.testing.assert_allclose(proportions.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(proportions.std(0, correction=0), 1.0, atol=1e-2)
    unit = faces.vectors / np.linalg.norm(faces.vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(sought.vector, unit.mean(axis=0), atol=1e-6)


def test_embeddings_are_sought_in_faces_and_not_in_their_mirror_images():
    faces = with_proportions(24, 12)
    batch = Batches(faces, CPU, recipe=AGAINST).draw(torch.Generator().manual_seed(0))
    proportions, vectors = Sought.of(faces, CPU).truth(batch)
    assert len(proportions) == len(batch.views)
    assert len(vectors) == len(batch.images) // 2


def test_it_finds_what_the_pictures_show():
    """Pictures that are bright as far as the numbers say that are sought."""
    torch.manual_seed(0)
    inverter, generator = Inverter(16), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(inverter.parameters(), lr=3e-3)
    for _ in range(120):
        sides = torch.rand(16, 1, generator=generator) * 2 - 1
        truth = sides.expand(-1, 136), sides[:, :1].expand(-1, 16)
        bright = (torch.linspace(-1, 1, 32) < sides).float()[:, None, None]
        loss = inverter_loss(inverter(bright.expand(-1, 3, 32, 32)), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2


def test_a_training_against_it_measures_what_it_recovers_and_resumes(tmp_path, monkeypatch):
    expected, path, step = train(), tmp_path / "state", fitting._step
    assert {"inverter", "inversion", "inverted"} <= expected.curve[-1].keys()
    assert expected.judgement.inverted is not None

    def stop(state, training):
        if state.step == 5:
            raise KeyboardInterrupt
        return step(state, training)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_step", stop)
        with pytest.raises(KeyboardInterrupt):
            train(checkpoint=path)
    assert train(checkpoint=path).curve == expected.curve


def test_the_weight_of_the_adversary_changes_the_generator_and_nothing_else_does():
    without = train(RECIPE)
    assert "inversion" not in without.curve[-1]
    assert without.judgement.inverted is None
    first, second = (fit.network.exit.weight for fit in (without, train()))
    assert not torch.equal(first, second)


def test_without_proportions_there_is_no_adversary():
    with pytest.raises(DataError, match="expected proportions for the adversary"), reproducible(1):
        fit_generator(
            small_faces(24, 12),
            small_faces(16, 8, seed=1),
            small_judges(),
            AGAINST,
            seed=0,
            device=CPU,
        )


def test_the_proportions_of_a_mirror_image_are_mirrored():
    faces = with_proportions(4, 0)
    rows = torch.tensor([2, 2])
    batch = Batches(faces, CPU, recipe=AGAINST).take(rows, torch.tensor([False, True]))
    own, mirrored = batch.proportions
    assert torch.equal(mirrored[:, 0], -own[list(MIRRORED), 0])
    assert torch.equal(mirrored[:, 1], own[list(MIRRORED), 1])


def test_a_generator_without_a_tint_changes_all_colours_alike():
    torch.manual_seed(0)
    network = Generator(replace(RECIPE, tinted=False)).eval()
    with torch.no_grad():
        network.exit.weight.normal_(std=0.5)
        network.appearance.mean.copy_(
            torch.tensor([0.5, 0.1, -0.2])[None, :, None, None].expand(1, 3, 32, 32)
        )
        images = network({"landmarks": torch.rand(2, 68, 2) - 0.5}).double()
    change = torch.atanh(images) - torch.atanh(torch.tensor([0.5, 0.1, -0.2]).double())[None, :, None, None]
    assert change.std() > 0.05
    torch.testing.assert_close(change[:, 0], change[:, 2], atol=1e-3, rtol=1e-3)


def test_the_teacher_sees_both_views_moved_alike(monkeypatch):
    """Views that are equal stay equal, so that their distance stays zero."""
    seen = []

    def watched(views, strength, generator):
        seen.append(augment(views, strength, generator))
        assert strength == MOVES
        return seen[-1]

    monkeypatch.setattr(fitting, "augment", watched)
    judges = small_judges()
    faces = with_proportions(24, 12)
    monkeypatch.setattr(type(judges), "views", lambda self, images: clear[0])
    clear = []
    drawn = Batches.draw

    def kept(self, generator):
        batch = drawn(self, generator)
        clear[:] = [batch.views]
        return batch

    monkeypatch.setattr(Batches, "draw", kept)
    monkeypatch.setattr(fitting, "judge", lambda *_: fitting.Development(0.0, 0.0))
    recipe = replace(RECIPE, moved=True, steps=1, evaluate_every=1, weights=Weights(0.0, 0.0, 0.0, 0.0))
    with reproducible(1):
        fit_generator(faces, faces, judges, recipe, seed=0, device=CPU)
    assert len(seen) == 2
    assert torch.equal(*seen)
    assert not torch.equal(seen[0], clear[0])
