"""The conditional GAN as a backend: it keeps the contract and is blind to every pixel."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from network_cards import generator_card

from bauta.anonymize.cgan.anonymizer import Cgan, cgan, cgan_trained
from bauta.anonymize.cgan.settings import CganSetting, TrainedCganSetting
from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard, notes_on_people, subject_digest
from bauta.contract import CropContract, Status
from bauta.errors import DataError, ModelError
from bauta.express.card import file_sha256, write_card
from bauta.inference.onnx_session import open_session
from bauta.models.store import ModelStore
from bauta.testing.anonymizer_contract import CHECKS, BackendCase
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.networks import Generator
from bauta.train.cgan.recipe import GanRecipe

FAMILIES = ("landmarks", "measures", "drawing", "parsing", "both", "blendshapes", "flame")
MODELS = ModelStore.default()


@pytest.fixture(scope="module")
def generators(tmp_path_factory):
    """An untrained generator of each family, as `train_anonymizer` writes it."""
    folders = {}
    for family in FAMILIES:
        folder = tmp_path_factory.mktemp(family)
        torch.manual_seed(0)
        network = Generator(GanRecipe(conditions=family, width=4, size=32)).eval()
        # An untrained one draws its mean face, which is grey.
        with torch.no_grad():
            network.appearance.mean.uniform_(-0.9, 0.9)
            network.exit.weight.normal_(std=0.1)
        export_generator(network, folder / WEIGHTS)
        card = generator_card(file_sha256(folder / WEIGHTS), network.conditions.inputs, family)
        write_card(card, folder)
        folders[family] = folder
    return folders


@pytest.fixture
def everything(faces):
    """Faces with all that a generator may see."""
    shapes = np.random.default_rng(1).random((len(faces), 52), dtype=np.float32)
    return replace(faces, blendshapes=shapes)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_it_keeps_the_contract(generators, family, check, everything, contract):
    setting = TrainedCganSetting(conditions=family)
    check(
        BackendCase(lambda: cgan_trained(setting, contract, generators[family], MODELS), everything, contract)
    )


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_one_that_comes_with_bauta_keeps_the_contract(check, everything, contract):
    backend = cgan(CganSetting(), contract, ModelStore.default())
    check(BackendCase(lambda: backend, everything, contract))


@pytest.mark.parametrize("family", FAMILIES)
def test_not_a_bit_of_the_pixels_passes(generators, family, everything, contract):
    backend = cgan_trained(TrainedCganSetting(conditions=family), contract, generators[family], MODELS)
    before = backend.anonymize(everything, seed=0)
    noise = np.random.default_rng(0).integers(0, 256, everything.images.shape, dtype=np.uint8)
    after = backend.anonymize(replace(everything, images=noise), seed=0)
    assert np.array_equal(before.images, after.images)
    assert (before.mask == 1).all()
    assert "images" not in backend.sees
    assert backend.sees == TrainedCganSetting(conditions=family).sees


@pytest.mark.parametrize("family", ["measures", "drawing"])
def test_of_the_measures_nobodys_proportions_reach_the_network(generators, everything, contract, family):
    """A face that is larger and has a wider jaw, and is held the same, gives the same picture."""
    setting = TrainedCganSetting(conditions=family)
    backend = cgan_trained(setting, contract, generators[family], MODELS)
    before = backend.anonymize(everything, seed=0)
    assert (before.status == Status.OK.code).all()
    other = everything.landmarks.copy()
    other[:, :17] *= 1.1
    moved = other * 1.05 + 4.0
    after = backend.anonymize(replace(everything, landmarks=moved), seed=0)
    # What remains is how the measures were rounded.
    assert np.abs(after.images.astype(int) - before.images).max() <= 2
    shown = np.roll(everything.posteriors, 1, axis=1)
    assert not np.array_equal(
        backend.anonymize(replace(everything, posteriors=shown), seed=0).images, before.images
    )


def test_a_face_that_cannot_be_read_has_no_measures(generators, everything, contract):
    posteriors = everything.posteriors.copy()
    posteriors[1] = np.nan
    backend = cgan_trained(
        TrainedCganSetting(conditions="measures"), contract, generators["measures"], MODELS
    )
    done = backend.anonymize(replace(everything, posteriors=posteriors), seed=0)
    assert done.status[1] == Status.NO_FACE.code
    assert not done.images[1].any()
    with pytest.raises(DataError, match="expected landmarks and a teacher's posteriors"):
        backend.anonymize(replace(everything, posteriors=None), seed=0)


def test_what_it_sees_does_pass(generators, everything, contract):
    backend = cgan_trained(TrainedCganSetting(), contract, generators["landmarks"], MODELS)
    before = backend.anonymize(everything, seed=0)
    after = backend.anonymize(replace(everything, landmarks=everything.landmarks + 3.0), seed=0)
    assert not np.array_equal(before.images, after.images)


def test_a_face_without_landmarks_is_black_and_says_so(generators, everything, contract):
    landmarks = everything.landmarks.copy()
    landmarks[2, 40] = np.nan
    backend = cgan_trained(TrainedCganSetting(), contract, generators["landmarks"], MODELS)
    done = backend.anonymize(replace(everything, landmarks=landmarks), seed=0)
    assert done.status[2] == Status.NO_FACE.code
    assert not done.images[2].any()
    assert not done.mask[2].any()
    assert (np.delete(done.status, 2) == Status.OK.code).all()


def test_a_face_that_deca_has_not_read_is_black_and_says_so(generators, everything, contract):
    flame = everything.flame.copy()
    flame[2, 53] = np.nan
    backend = cgan_trained(TrainedCganSetting(conditions="flame"), contract, generators["flame"], MODELS)
    done = backend.anonymize(replace(everything, flame=flame), seed=0)
    assert done.status[2] == Status.NO_FACE.code
    assert not done.images[2].any()
    assert (np.delete(done.status, 2) == Status.OK.code).all()
    with pytest.raises(DataError, match="sees flame, got none"):
        backend.anonymize(replace(everything, flame=None), seed=0)


@pytest.mark.parametrize("number", [0, 49, 50, 53, 55], ids=["exp", "exp50", "head", "jaw", "jaw3"])
def test_expression_head_and_jaw_reach_the_network(generators, everything, contract, number):
    backend = cgan_trained(TrainedCganSetting(conditions="flame"), contract, generators["flame"], MODELS)
    before = backend.anonymize(everything, seed=0)
    flame = everything.flame.copy()
    flame[:, number] += 2.0
    after = backend.anonymize(replace(everything, flame=flame), seed=0)
    assert not np.array_equal(before.images, after.images)


def test_without_its_conditions_it_draws_nothing(generators, everything, contract):
    backend = cgan_trained(TrainedCganSetting(), contract, generators["landmarks"], MODELS)
    with pytest.raises(DataError, match="sees landmarks, got none"):
        backend.anonymize(replace(everything, landmarks=None), seed=0)


def test_crops_that_show_more_of_the_head_are_refused(generators):
    card = GeneratorCard.read(generators["landmarks"])
    with pytest.raises(ModelError, match=r"margin of 0\.4, got 0\.6"):
        Cgan(card, CropContract(margin=0.6), open_session(generators["landmarks"] / WEIGHTS))


def test_another_family_than_the_setting_s_is_refused(generators, contract):
    with pytest.raises(ModelError, match="sees parsing, expected landmarks"):
        cgan_trained(TrainedCganSetting(), contract, generators["parsing"], MODELS)


@pytest.mark.parametrize("missing", [WEIGHTS, "card.json"])
def test_without_weights_or_card_there_is_no_generator(generators, tmp_path, missing):
    for name in {WEIGHTS, "card.json"} - {missing}:
        (tmp_path / name).write_bytes((generators["landmarks"] / name).read_bytes())
    with pytest.raises(ModelError, match=f"{missing} does not exist"):
        GeneratorCard.read(tmp_path)


def test_changed_weights_are_refused(generators, tmp_path):
    (tmp_path / "card.json").write_bytes((generators["landmarks"] / "card.json").read_bytes())
    (tmp_path / WEIGHTS).write_bytes((generators["parsing"] / WEIGHTS).read_bytes())
    with pytest.raises(ModelError, match="its card expects"):
        GeneratorCard.read(tmp_path)


def test_a_set_of_people_whom_it_was_trained_on_says_so(generators, contract):
    card = GeneratorCard.read(generators["landmarks"])
    card = card.model_copy(update={"subjects": (subject_digest("Ann"), subject_digest("Bob"))})
    backend = Cgan(card, contract, open_session(generators["landmarks"] / WEIGHTS))
    (note,) = notes_on_people(backend.learnt_from, ["Ann", "Ann", "Cid", None])
    assert note.startswith("1 of 2 people have names of people whom the anonymizer was learnt from")
    assert notes_on_people(backend.learnt_from, ["Cid", None]) == []
