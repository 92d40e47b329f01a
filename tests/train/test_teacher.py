"""Training of the teacher on drawn faces."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from toy_faces import CONTRACT, face_table, write_crops

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.box_points import points_in_box
from bauta.errors import DataError, InfeasibleError
from bauta.express.card import CARD, WEIGHTS, TeacherCard
from bauta.express.trained import TrainedTeacher
from bauta.express.view import TeacherView
from bauta.labels import EXPRESSIONS
from bauta.train.export import predict_logits
from bauta.train.fit import TrainingError, fit_network, reproducible
from bauta.train.recipe import RECIPES, TeacherRecipe
from bauta.train.state import TrainingState
from bauta.train.teacher import train_teacher
from bauta.train.views import LabelledFaces, LabelledViews, pooled

RECIPE = TeacherRecipe(epochs=8, batch_size=16, width=8, view_size=32, learning_rate=1e-2)
TRAIN = face_table(range(12))
DEV = face_table(range(12, 16))
BOTH = face_table(range(16))


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    return write_crops(tmp_path_factory.mktemp("toy") / "crops.zarr", BOTH)


def train(crops, out, *, faces=TRAIN, dev=DEV, recipe=RECIPE, seed=0, threads=1):
    return train_teacher(
        [LabelledFaces(crops, faces)],
        LabelledFaces(crops, dev),
        seed=seed,
        contract=CONTRACT,
        out=out,
        recipe=recipe,
        threads=threads,
    )


@pytest.fixture(scope="module")
def trained(crops, tmp_path_factory):
    out = tmp_path_factory.mktemp("teacher") / "resnet18"
    return out, train(crops, out)


def test_it_reads_the_expressions_of_new_people(crops, trained):
    out, card = trained
    teacher = TrainedTeacher.load(out, CONTRACT)
    rows = crops.rows_of(DEV.face_ids)
    posteriors = teacher.predict(crops.take("images", rows))
    read = [EXPRESSIONS[index] for index in posteriors.argmax(1)]
    share = np.mean([label == shown for label, shown in zip(read, DEV.expressions, strict=True)])
    assert share >= 0.9
    assert share == pytest.approx(card.quality.dev_accuracy)
    np.testing.assert_allclose(posteriors.sum(1), 1.0, atol=1e-5)


def test_the_card_says_what_it_was_trained_on(trained):
    _, card = trained
    assert card.train_counts == dict.fromkeys(EXPRESSIONS, 24)
    assert card.dev_counts == dict.fromkeys(EXPRESSIONS, 8)
    assert card.skipped == 0
    assert card.contract == CONTRACT
    assert card.recipe["epochs"] == len(card.quality.loss_curve) == RECIPE.epochs
    assert card.quality.loss_curve[-1] < card.quality.loss_curve[0]


def test_the_same_seed_gives_the_same_files_byte_for_byte(crops, trained, tmp_path):
    out, _ = trained
    train(crops, tmp_path)
    for name in (WEIGHTS, CARD):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_another_seed_gives_other_weights(crops, tmp_path):
    quick = replace(RECIPE, epochs=5)
    first = train(crops, tmp_path / "first", recipe=quick, seed=1)
    second = train(crops, tmp_path / "second", recipe=quick, seed=2)
    assert first.weights_sha256 != second.weights_sha256
    assert first.data_sha256 == second.data_sha256


def test_training_leaves_the_settings_of_torch_as_they_were(trained):
    """Trap 22."""
    assert not torch.are_deterministic_algorithms_enabled()
    before, state = torch.get_num_threads(), torch.get_rng_state()
    with reproducible(before + 1):
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == before + 1
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == before
    faces = LabelledViews(np.zeros((2, 32, 32), np.uint8), np.array([0, 1]), 0, "")
    torch.set_rng_state(state)
    fit_network(faces, replace(RECIPE, epochs=1), seed=0, progress=False)
    assert torch.equal(torch.get_rng_state(), state)


def test_two_threads_train_and_give_the_same_weights_again():
    """A narrow network in channels-last order crashed torch 2.15 here."""
    views = np.random.default_rng(0).integers(0, 256, (32, 64, 64), dtype=np.uint8)
    faces = LabelledViews(views, np.arange(32) % 7, 0, "")
    with reproducible(2):
        first, second = (
            fit_network(faces, replace(RECIPE, epochs=1), seed=0, progress=False).network.state_dict()
            for _ in range(2)
        )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_subject_on_both_sides_is_refused(crops, tmp_path):
    """Trap 17."""
    with pytest.raises(DataError, match="subject 's11' is in both train and dev"):
        train(crops, tmp_path, dev=face_table(range(11, 16)))


def test_a_face_on_both_sides_is_refused_where_nobody_knows_the_subject(crops, tmp_path):
    unknown = [replace(faces, subjects=(None,) * len(faces)) for faces in (TRAIN, face_table(range(11, 16)))]
    with pytest.raises(DataError, match="face 's11_00' is in both"):
        train(crops, tmp_path, faces=unknown[0], dev=unknown[1])


def test_training_faces_of_one_expression_are_refused(crops, tmp_path):
    with pytest.raises(DataError, match="several expressions"):
        train(crops, tmp_path, faces=replace(TRAIN, expressions=("happy",) * len(TRAIN)))


def test_an_empty_development_set_is_refused(crops, tmp_path):
    with pytest.raises(DataError, match="has a usable crop"):
        train(crops, tmp_path, dev=face_table([]))


def test_an_unknown_label_is_refused(crops, tmp_path):
    with pytest.raises(DataError, match="unknown label 'bored' of face 's0_00'"):
        train(crops, tmp_path, faces=replace(TRAIN, expressions=("bored",) * len(TRAIN)))


def test_faces_without_label_or_crop_are_not_learnt(tmp_path):
    labels = (None, *TRAIN.expressions[1:])
    store = write_crops(tmp_path / "crops.zarr", BOTH, failed=("s1_00", "s13_01"))
    faces = replace(TRAIN, expressions=labels)
    card = train(store, tmp_path / "teacher", faces=faces, recipe=replace(RECIPE, epochs=5))
    assert card.skipped == 2
    assert sum(card.train_counts.values()) == len(TRAIN) - 2
    assert sum(card.dev_counts.values()) == len(DEV) - 1


def test_a_network_that_learns_nothing_is_no_teacher(crops, tmp_path):
    """Traps 2 and 10: an untrained network must not pass for a teacher."""
    with pytest.raises(InfeasibleError, match="on its 168 training faces"):
        train(crops, tmp_path / "weak", recipe=replace(RECIPE, epochs=1, learning_rate=1e-9))
    assert not (tmp_path / "weak").exists()


def test_a_loss_that_is_not_finite_stops_the_training(crops, tmp_path):
    with pytest.raises(TrainingError, match="expected a finite number"):
        train(crops, tmp_path / "broken", recipe=replace(RECIPE, learning_rate=1e30))
    assert not (tmp_path / "broken").exists()


class Interrupted(Exception):
    pass


def interrupt_after(monkeypatch, epochs):
    """Let the training break off when it has saved that many epochs, of all its networks."""
    save, saved = TrainingState.save, []

    def save_and_stop(state, path):
        save(state, path)
        saved.append(path)
        if len(saved) == epochs:
            raise Interrupted

    monkeypatch.setattr(TrainingState, "save", save_and_stop)


@pytest.mark.parametrize("last_epoch", [2, 3, 4])
def test_a_training_that_broke_off_ends_as_if_it_had_not(crops, tmp_path, monkeypatch, last_epoch):
    """In the first schedule, between both, and in the second."""
    recipe = replace(RECIPE, epochs=3, restart_epochs=2)

    def run(out):
        arguments = {"seed": 0, "contract": CONTRACT, "recipe": recipe, "checkpoint": tmp_path / f"{out}.pt"}
        sets = [LabelledFaces(crops, TRAIN)], LabelledFaces(crops, DEV)
        return train_teacher(*sets, out=tmp_path / out, **arguments)

    with monkeypatch.context() as patch:
        interrupt_after(patch, last_epoch)
        with pytest.raises(Interrupted):
            run("broken")
    run("broken")
    assert len(run("undisturbed").quality.loss_curve) == recipe.all_epochs == 5
    for name in (WEIGHTS, CARD):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


def test_the_second_schedule_starts_at_its_own_rate(crops):
    faces = LabelledViews.load(LabelledFaces(crops, TRAIN), TeacherView(size=32), CONTRACT)
    recipe = replace(RECIPE, restart_epochs=2, restart_rate=1e-4)
    state = TrainingState.begin(faces, recipe, 0, torch.device("cpu")).restarted(len(faces), recipe)
    assert state.schedule.get_last_lr()[0] == pytest.approx(1e-4 / 25)


def test_products_in_bfloat16_train_as_well(crops, tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.train.fit.has_bfloat16", lambda _: True)
    monkeypatch.setattr("bauta.inference.bfloat16.has_bfloat16", lambda _: True)
    card = train(crops, tmp_path / "t", recipe=replace(RECIPE, bfloat16=True))
    assert card.quality.train_macro_f1 > 0.5
    assert card.device.endswith(", bfloat16")


def test_a_processor_without_bfloat16_computes_in_float32(crops, trained, tmp_path, monkeypatch):
    """Emulated, products take ten times as long."""
    monkeypatch.setattr("bauta.train.fit.has_bfloat16", lambda _: False)
    monkeypatch.setattr("bauta.inference.bfloat16.has_bfloat16", lambda _: False)
    train(crops, tmp_path, recipe=replace(RECIPE, bfloat16=True))
    out, card = trained
    assert (tmp_path / WEIGHTS).read_bytes() == (out / WEIGHTS).read_bytes()
    assert "bfloat16" not in card.device


def test_several_networks_answer_as_their_mean(crops, trained, tmp_path, monkeypatch):
    """Each is trained as if it were alone, from its own seed; a training that broke off resumes."""
    recipe = replace(RECIPE, networks=2)
    arguments = {"contract": CONTRACT, "recipe": recipe, "checkpoint": tmp_path / "state", "seed": 0}
    sets = [LabelledFaces(crops, TRAIN)], LabelledFaces(crops, DEV)
    with monkeypatch.context() as patch:
        interrupt_after(patch, RECIPE.epochs + 3)
        with pytest.raises(Interrupted):
            train_teacher(*sets, out=tmp_path / "both", **arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"state", "state1"}
    card = train_teacher(*sets, out=tmp_path / "both", **arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"both"}
    train(crops, tmp_path / "second", seed=1)
    views = LabelledViews.load(LabelledFaces(crops, DEV), TeacherView(size=32), CONTRACT).views
    alone = [predict_logits(folder / WEIGHTS, views) for folder in (trained[0], tmp_path / "second")]
    both = predict_logits(tmp_path / "both" / WEIGHTS, views)
    np.testing.assert_allclose(both, np.mean(alone, axis=0), atol=1e-4)
    curves = [trained[1].quality.loss_curve, TeacherCard.read(tmp_path / "second").quality.loss_curve]
    np.testing.assert_allclose(card.quality.loss_curve, np.mean(curves, axis=0))
    size = (tmp_path / "both" / WEIGHTS).stat().st_size
    assert size == pytest.approx(2 * (trained[0] / WEIGHTS).stat().st_size, rel=0.1)


def test_a_checkpoint_of_another_training_is_not_used(crops, tmp_path, monkeypatch, caplog):
    checkpoint = tmp_path / "state.pt"
    arguments = {"contract": CONTRACT, "recipe": RECIPE, "checkpoint": checkpoint}
    with monkeypatch.context() as patch:
        interrupt_after(patch, 1)
        with pytest.raises(Interrupted):
            train_teacher(
                [LabelledFaces(crops, TRAIN)],
                LabelledFaces(crops, DEV),
                out=tmp_path / "a",
                seed=0,
                **arguments,
            )
    card = train_teacher(
        [LabelledFaces(crops, TRAIN)], LabelledFaces(crops, DEV), out=tmp_path / "b", seed=1, **arguments
    )
    assert "to another training and is ignored" in caplog.text
    assert len(card.quality.loss_curve) == RECIPE.epochs


def test_a_damaged_checkpoint_is_not_used(crops, tmp_path, caplog):
    checkpoint = tmp_path / "state.pt"
    checkpoint.write_bytes(b"PK half of a")
    sets = [LabelledFaces(crops, TRAIN)], LabelledFaces(crops, DEV)
    card = train_teacher(
        *sets, out=tmp_path / "t", seed=0, contract=CONTRACT, recipe=RECIPE, checkpoint=checkpoint
    )
    assert "the training restarts from the beginning" in caplog.text
    assert len(card.quality.loss_curve) == RECIPE.epochs


def test_the_first_epochs_can_be_smaller(crops, tmp_path):
    recipe = replace(RECIPE, stem="small", mirrored=True, small_size=24, small_share=0.5, balance=0.3)
    card = train(crops, tmp_path / "t", recipe=recipe)
    assert card.recipe["small_size"] == 24
    assert len(card.quality.loss_curve) == recipe.epochs


def test_the_view_of_the_shipped_recipe_is_the_frame_of_fer2013():
    """What `full_frame` puts into a crop comes out of it at its own place and size."""
    recipe = RECIPES["resnet18_fer2013"]
    view = TeacherView(size=recipe.view_size, margin=recipe.view_margin, centre=recipe.view_centre)
    contract = CropContract(256, 0.4)
    image = np.zeros((48, 48, 3), dtype=np.uint8)
    image[8:40, 8:40] = (
        np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    )
    points = points_in_box(np.array([-0.5, -0.5, 47.5, 47.5]))
    crop = warp_crop(image, fit_similarity(points, contract.template()), 256)
    shown = view.render(crop[None], contract)[0].astype(float)
    frame = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float)
    assert np.corrcoef(shown.ravel(), frame.ravel())[0, 1] > 0.97


def test_the_faces_of_several_datasets_are_one_set(crops, tmp_path):
    first, second = face_table(range(6)), face_table(range(6, 12))
    parts = [LabelledFaces(crops, first), LabelledFaces(crops, second)]
    card = train_teacher(
        parts, LabelledFaces(crops, DEV), seed=0, contract=CONTRACT, out=tmp_path, recipe=RECIPE
    )
    assert sum(card.train_counts.values()) == len(TRAIN)
    assert sum(card.dev_counts.values()) == len(DEV)


def test_votes_are_learnt_instead_of_labels(crops):
    """FER+: what the annotators disagree on is a distribution."""
    view = TeacherView(size=32)
    shares = (0.5, 0.0, 0.25, 0.0, 0.25, 0.0, 0.0)
    voted = TRAIN.face_ids[3]
    with_votes = LabelledViews.load(LabelledFaces(crops, TRAIN, {voted: shares}), view, CONTRACT)
    without = LabelledViews.load(LabelledFaces(crops, TRAIN), view, CONTRACT)
    assert without.distributions is None
    np.testing.assert_allclose(with_votes.distributions[3], shares)
    np.testing.assert_array_equal(with_votes.distributions[4], np.eye(7)[without.labels[4]])
    assert with_votes.sha256 != without.sha256
    both = pooled([without, with_votes])
    np.testing.assert_array_equal(both.distributions[: len(TRAIN)], np.eye(7)[without.labels])
    assert len(both) == 2 * len(TRAIN)
    with reproducible(1):
        assert fit_network(with_votes, replace(RECIPE, epochs=1), seed=0).loss_curve
