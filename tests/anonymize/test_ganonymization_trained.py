"""GANonymization trained further: it keeps the contract, is `ganonymization` otherwise, checks its folder."""

from dataclasses import replace

import numpy as np
import pytest
from backends import Drawn, seeded
from network_cards import generator_card

from bauta.anonymize.cgan.anonymizer import cgan_trained
from bauta.anonymize.cgan.settings import TrainedCganSetting
from bauta.anonymize.ganonymization import trained as backend
from bauta.anonymize.ganonymization.anonymizer import Ganonymization
from bauta.anonymize.ganonymization.settings import GanonymizationSetting, TrainedGanonymizationSetting
from bauta.anonymize.ganonymization.trained import ganonymization_trained
from bauta.anonymize.generator_card import TENSORS, WEIGHTS, GeneratorCard, notes_on_people, subject_digest
from bauta.anonymize.open import open_anonymizer
from bauta.anonymize.settings import SETTINGS
from bauta.contract import CropContract, Status
from bauta.errors import DataError, ModelError
from bauta.express.card import file_sha256, write_card
from bauta.models.store import ModelStore
from bauta.models.tensor_file import save_tensors
from bauta.testing.anonymizer_contract import CHECKS, BackendCase, pick

MODELS = ModelStore.default()
SETTING = TrainedGanonymizationSetting(size=256)


@pytest.fixture(autouse=True)
def small_network(monkeypatch):
    """The official network takes seconds for each face."""
    monkeypatch.setattr(backend, "UNetGenerator", Drawn)


def write_folder(folder, **changes):
    """Write what a training writes, without having trained; returns the folder."""
    folder.mkdir(exist_ok=True)
    save_tensors(seeded(Drawn()).state_dict(), folder / TENSORS)
    card = generator_card(file_sha256(folder / TENSORS), inputs=("mesh",)).model_copy(
        update={
            "architecture": "ganonymization",
            "setting": SETTING.model_dump(),
            "subjects": (subject_digest("Ann"),),
            **changes,
        }
    )
    write_card(card, folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "generator")


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_it_keeps_the_contract(folder, check, faces, contract):
    def make():
        return ganonymization_trained(SETTING, contract, folder, MODELS)

    check(BackendCase(make, pick(faces, range(0, len(faces), 3)), contract, seed=3))


def test_it_is_ganonymization_with_other_weights(folder, faces, contract):
    faces.mesh[2] = np.nan
    trained = open_anonymizer(
        "ganonymization_trained", SETTING.model_dump(), contract, MODELS, trained=folder
    )
    plain = Ganonymization(GanonymizationSetting(size=256), contract, seeded(Drawn()))
    done, expected = (one.anonymize(faces, seed=0) for one in (trained, plain))
    np.testing.assert_array_equal(done.images, expected.images)
    np.testing.assert_array_equal(done.status, expected.status)
    assert done.status[2] == Status.NO_FACE.code
    assert trained.sees == plain.sees == SETTING.sees == {"mesh"}
    with pytest.raises(DataError, match="add mediapipe478"):
        trained.anonymize(replace(faces, mesh=None), seed=0)


def test_whom_it_was_learnt_from_and_its_weights_are_told(folder, contract):
    trained = ganonymization_trained(SETTING, contract, folder, MODELS)
    (note,) = notes_on_people(trained.learnt_from, ["Ann", "Bob"])
    assert note.startswith("1 of 2 people")
    assert trained.describe(None, seed=0) == {"generator_sha256": file_sha256(folder / TENSORS)}


def test_only_a_weighed_teacher_taught_it():
    assert SETTING.taught_by == ("resnet18_fer2013",)
    assert TrainedGanonymizationSetting(lambda_expr=0).taught_by == ()
    assert SETTING.models == ("ganonymization_25", "mobilefacenet_casia", "resnet18_fer2013")
    with pytest.raises(ValueError, match="did you mean 'mobilefacenet_casia'"):
        TrainedGanonymizationSetting(recognizer="mobilefacenet_casi")
    assert SETTINGS["ganonymization_trained"] is TrainedGanonymizationSetting


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": 512}, "was trained with size=256, expected 512; train the generator again"),
        ({"finetune": "ganonymization_50"}, "finetune=ganonymization_25, expected ganonymization_50"),
        ({"lambda_id": 3.0}, r"lambda_id=1\.0, expected 3\.0"),
    ],
)
def test_a_folder_of_another_setting_is_refused(folder, contract, asked, said):
    setting = TrainedGanonymizationSetting(**{**SETTING.model_dump(), **asked})
    with pytest.raises(ModelError, match=said):
        ganonymization_trained(setting, contract, folder, MODELS)


def test_a_folder_of_the_other_backend_is_refused(folder, tmp_path, contract):
    with pytest.raises(ModelError, match="holds the network ganonymization, expected cgan"):
        cgan_trained(TrainedCganSetting(), contract, folder, MODELS)
    other = tmp_path / "cgan"
    other.mkdir()
    (other / WEIGHTS).write_bytes(b"graph")
    write_card(generator_card(file_sha256(other / WEIGHTS)), other)
    with pytest.raises(ModelError, match="holds the network cgan, expected ganonymization"):
        ganonymization_trained(SETTING, contract, other, MODELS)


def test_a_card_of_another_network_than_its_weights_is_refused(tmp_path):
    folder = write_folder(tmp_path / "generator", architecture="cgan")
    with pytest.raises(ModelError, match=f"holds {TENSORS}, expected {WEIGHTS}"):
        GeneratorCard.read(folder)


def test_weights_that_are_damaged_missing_or_of_another_network_are_refused(folder, contract, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(ModelError, match="does not hold the weights of UNetGenerator"):
        ganonymization_trained(SETTING, contract, folder, MODELS)
    content = bytearray((folder / TENSORS).read_bytes())
    content[-1] ^= 1
    (folder / TENSORS).write_bytes(content)
    with pytest.raises(ModelError, match="its card expects"):
        ganonymization_trained(SETTING, contract, folder, MODELS)
    (folder / TENSORS).unlink()
    with pytest.raises(ModelError, match=f"{TENSORS} does not exist; train the generator"):
        ganonymization_trained(SETTING, contract, folder, MODELS)


def test_crops_that_show_more_of_the_head_are_refused(folder):
    with pytest.raises(ModelError, match=r"margin of 0\.4, got 0\.6"):
        ganonymization_trained(SETTING, CropContract(margin=0.6), folder, MODELS)
