"""The command `bauta`: official files are placed, converted, checked and tried in one step."""

import subprocess
import sys

import cv2
import pytest
import torch
import yaml

from bauta.anonymize.ciagan.network import IdentityGenerator
from bauta.anonymize.deepprivacy.network import MsgGenerator
from bauta.anonymize.deepprivacy2.network import fdf128, fdf256
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.samples import rendered_faces
from bauta.cli.check_model import BACKENDS
from bauta.cli.main import main
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.models.card import ModelCard, model_cards

CARDS = dict(model_cards())


def seeded_state(network, seed=0):
    """A tensor for each of a network's, from a seed."""
    generator = torch.Generator().manual_seed(seed)
    state = network.state_dict()
    return {name: 0.1 * torch.randn(tensor.shape, generator=generator) for name, tensor in state.items()}


@pytest.fixture
def place(registry, tmp_path):
    """Put a file for a model of the registry, whose published hash and size are not looked at."""

    def put(name, content):
        for each in [name, CARDS[name].converted_from]:
            if each is not None:
                registry[each] = CARDS[each].model_copy(update={"sha256": None, "md5": None, "bytes": None})
        official = CARDS[name].converted_from or name
        torch.save(content, tmp_path / CARDS[official].file)

    return put


def run(tmp_path, *arguments):
    main([*arguments, "--models", str(tmp_path), "--lock", str(tmp_path / "models.lock.yaml")])


def test_check_prints_hash_and_tensors_and_writes_a_sample_sheet(place, tmp_path, capsys):
    place("ciagan", seeded_state(IdentityGenerator()))
    sheet = tmp_path / "sheet.png"
    run(tmp_path, "check", "ciagan", "--sheet", str(sheet))
    lines = capsys.readouterr().out.splitlines()
    sha256 = yaml.safe_load((tmp_path / "models.lock.yaml").read_text())["ciagan"]
    assert f"SHA-256: {sha256}" in lines
    assert "tensors: 248, 11,855,935 numbers" in lines
    assert "  conv_end.0.weight (3, 16, 3, 3)" in lines
    assert lines[-1] == f"sample sheet: {sheet}, 8 of 8 faces anonymized"
    assert cv2.imread(str(sheet)).shape == (512, 8 * 256, 3)


def test_a_file_of_another_network_is_one_line(place, tmp_path):
    state = seeded_state(IdentityGenerator())
    del state["embed.1.bias"]
    place("ciagan", state)
    with pytest.raises(
        SystemExit, match=r"error: .*does not hold the weights of IdentityGenerator.*embed\.1\.bias"
    ):
        run(tmp_path, "check", "ciagan")


def test_a_file_with_another_hash_is_one_line(registry, tmp_path):
    registry["ciagan"] = CARDS["ciagan"]
    (tmp_path / "modelG.pth").write_bytes(b"something else")
    with pytest.raises(SystemExit, match=r"error: model 'ciagan': .*expected e2f296e286472c55"):
        run(tmp_path, "check", "ciagan")


@pytest.mark.parametrize(
    ("command", "message"), [("check", "is not a generator"), ("convert", "nothing to convert")]
)
def test_other_models_are_refused(command, message, tmp_path):
    with pytest.raises(SystemExit, match=message):
        run(tmp_path, command, "dlib_face_resnet")


@pytest.mark.parametrize("name", BACKENDS)
def test_trap_2_a_missing_file_is_one_line_with_its_place(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    official = CARDS[CARDS[name].converted_from or name]
    with pytest.raises(SystemExit) as caught:
        run(tmp_path / "folder", "check", name)
    message = str(caught.value)
    assert message.startswith("error: model ")
    assert official.file in message
    assert "\n" not in message


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "bauta", "--help"], capture_output=True, text=True, check=True
    )
    assert "convert" in done.stdout
    assert "check" in done.stdout


def test_rendered_faces_have_everything_but_the_mesh():
    faces = rendered_faces(CropContract(), subjects=1, images=2)
    assert faces.images.shape == (2, 256, 256, 3)
    # Eyes and mouth corners of an aligned crop lie where the contract says.
    expected = CropContract().template()
    for points in faces.landmarks:
        assert abs(points[36:42].mean(axis=0) - expected[0]).max() < 15
        assert abs(points[54] - expected[4]).max() < 20


OFFICIAL = {
    "ganonymization_25": (UNetGenerator, "generator.", 17),
    "deepprivacy2_fdf256": (fdf256, "", 147),
    "deepprivacy2_fdf128": (fdf128, "", 123),
    "deepprivacy": (MsgGenerator, "", 80),
}


def test_ganonymization_is_tried_at_the_size_that_is_asked_for(place, tmp_path, capsys, monkeypatch):
    """A checkpoint without `img_size`; the network and the faces are not what is looked at."""
    opened = []

    def tried(backend, *_):
        raise ModelError(f"shown {opened[-1]['size']}")

    monkeypatch.setattr(
        "bauta.anonymize.open.open_anonymizer", lambda _, options, *__: opened.append(options)
    )
    monkeypatch.setattr("bauta.anonymize.samples.try_backend", tried)
    place("ganonymization_25", {"state_dict": {"generator.final.2.bias": torch.zeros(3)}})
    with pytest.raises(SystemExit, match="error: shown 256"):
        run(tmp_path, "check", "ganonymization_25", "--size", "256")
    assert "img_size: not in the file; see what --size 256 and --size 512 give" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"error: --size is for the files of ganonymization"):
        run(tmp_path, "check", "ciagan", "--size", "256")


def test_names_in_a_file_are_not_obeyed_by_a_terminal(place, tmp_path, capsys):
    place("ciagan", {"a\x1b[31m\nb": torch.zeros(1)})
    with pytest.raises(SystemExit) as caught:
        run(tmp_path, "check", "ciagan")
    assert "  a [31m b (1,)" in capsys.readouterr().out.splitlines()
    assert str(caught.value).isprintable()


@pytest.mark.long
@pytest.mark.parametrize("name", OFFICIAL)
def test_a_full_size_checkpoint_is_converted_loaded_and_tried(
    name, place, registry, tmp_path, capsys, real_models
):
    make, prefix, tensors = OFFICIAL[name]
    state = {f"{prefix}{key}": value for key, value in seeded_state(make()).items()}
    part = "state_dict" if prefix else "EMA_generator"
    place(name, {part: state, "hyper_parameters": {"img_size": 256}, "epoch": 24})
    if name.startswith("ganonymization"):
        landmarker = "mediapipe_face_landmarker"
        registry[landmarker] = CARDS[landmarker]
        (tmp_path / CARDS[landmarker].file).symlink_to(real_models(landmarker).path(landmarker))
    run(tmp_path, "check", name, "--sheet", str(tmp_path / "sheet.png"))
    out = capsys.readouterr().out
    assert f"tensors: {tensors}," in out
    assert "of 8 faces anonymized" in out
    assert " 0 of 8" not in out
    assert set(yaml.safe_load((tmp_path / "models.lock.yaml").read_text())) >= {name, f"{name}_checkpoint"}


def test_every_generator_of_the_registry_can_be_checked():
    assert {name for name, card in CARDS.items() if card.extract or name == "ciagan"} == set(BACKENDS)
    assert all(isinstance(card, ModelCard) for card in CARDS.values())
