"""Training the conditional GAN: it learns, is reproducible, resumes, stops early and is exported as it is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gan_faces import RECIPE, SIZE, small_faces, small_judges

from bauta.inference.onnx_session import open_session
from bauta.train.cgan import fit as fitting
from bauta.train.cgan.development import Development
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.fit import fit_generator
from bauta.train.cgan.recipe import Weights
from bauta.train.fit import TrainingError, reproducible

CPU = torch.device("cpu")


def train(recipe=RECIPE, seed=0, checkpoint=None):
    with reproducible(1):
        return fit_generator(
            small_faces(24, 12),
            small_faces(16, 8, seed=1),
            small_judges(),
            recipe,
            seed=seed,
            device=CPU,
            checkpoint=checkpoint,
        )


def weights(fit):
    return torch.cat([values.flatten().float() for values in fit.network.state_dict().values()])


@pytest.fixture(autouse=True)
def few_people(monkeypatch):
    """Noise of two dozen photographs has too few pairs for the thresholds of real trainings."""
    monkeypatch.setattr(fitting, "MATCH_FAR", 0.1)
    monkeypatch.setattr(fitting, "DEV_FAR", 0.1)
    monkeypatch.setattr("bauta.train.cgan.development.DEV_FAR", 0.1)


def test_a_seed_gives_the_same_weights_and_another_seed_others():
    first = train()
    assert torch.equal(weights(first), weights(train()))
    assert not torch.equal(weights(first), weights(train(seed=1)))
    assert [point["step"] for point in first.curve] == [2, 4, 6]
    parts = {"adversarial", "reconstruction", "identity", "expression", "kappa", "matched"}
    assert parts <= first.curve[0].keys()


def test_a_training_that_broke_off_goes_on_to_the_same_result(tmp_path, monkeypatch):
    expected, path, step = train(), tmp_path / "state", fitting._step

    def stop(state, training):
        if state.step == 5:
            raise KeyboardInterrupt
        return step(state, training)

    monkeypatch.setattr(fitting, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(checkpoint=path)
    steps = []
    monkeypatch.setattr(
        fitting, "_step", lambda state, training: (steps.append(state.step), step(state, training))[1]
    )
    resumed = train(checkpoint=path)
    assert steps == [4, 5]
    assert torch.equal(weights(resumed), weights(expected))
    assert resumed.curve == expected.curve


def test_a_checkpoint_of_another_training_is_not_used(tmp_path):
    path = tmp_path / "state"
    train(checkpoint=path)
    other = replace(RECIPE, weights=Weights(identity=0.0))
    assert torch.equal(weights(train(other, checkpoint=path)), weights(train(other)))


def test_it_stops_where_the_development_faces_get_no_better_and_keeps_the_best(monkeypatch):
    scores = iter([0.1, 0.5, 0.3, 0.2, 0.9])
    monkeypatch.setattr(fitting, "judge", lambda *_: Development(next(scores), 0.0))
    fit = train(replace(RECIPE, steps=20, patience=2))
    assert (fit.judgement.kappa, fit.judgement.step) == (0.5, 4)
    assert fit.curve[-1]["step"] == 8


def test_the_loss_on_the_expression_falls():
    fit = train(replace(RECIPE, steps=60, evaluate_every=20, weights=Weights(0.0, 0.0, 0.0, 1.0)))
    assert fit.curve[-1]["expression"] < 0.8 * fit.curve[0]["expression"]


def test_a_loss_that_is_not_finite_stops_the_training():
    with pytest.raises(TrainingError, match="not finite in step"):
        train(replace(RECIPE, learning_rate=1e20, steps=40))


@pytest.mark.parametrize("loss", [{"identity_loss": "threshold"}, {"expression_loss": "features"}])
def test_each_variant_of_the_losses_gives_another_generator(loss):
    assert not torch.equal(weights(train(replace(RECIPE, **loss))), weights(train()))


def test_the_exported_file_draws_what_the_network_draws(tmp_path):
    fit = train()
    export_generator(fit.network, tmp_path / "generator.onnx")
    given = small_faces(4).given
    (drawn,) = open_session(tmp_path / "generator.onnx").run(None, given)
    with torch.no_grad():
        images = fit.network({name: torch.from_numpy(values) for name, values in given.items()})
    expected = ((images + 1) * 127.5).permute(0, 2, 3, 1).numpy()
    assert drawn.shape == (4, SIZE, SIZE, 3)
    assert drawn.dtype == np.uint8
    # Kernels are rounded to float16.
    assert np.abs(drawn - expected).max() < 2.0
