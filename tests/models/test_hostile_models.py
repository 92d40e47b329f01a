"""Whatever stands in for a model: one line, nothing run, nothing pinned, nothing left behind."""

import os
import subprocess
import sys
import time
import warnings

import pytest
import torch
import yaml
from hostile import (
    good_graph,
    hdf5_file,
    loader_files,
    onnx_contents,
    safetensors_contents,
    store_files,
    torch_archive,
    torch_contents,
    torch_files,
)
from small_registry import make_card

from bauta.errors import ModelError
from bauta.express.keras_graph import read_keras_graph
from bauta.inference.onnx_session import open_session
from bauta.models.card import model_cards
from bauta.models.container import check_container, expected_kind, identify
from bauta.models.convert import convert
from bauta.models.pins import Pins
from bauta.models.restricted_pickle import read_checkpoint
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.models.torch_weights import load_lightning, load_weights
from bauta.train.cgan.recipe import GanRecipe
from bauta.train.cgan.resumable import resume_state
from bauta.train.cgan.state import GanState
from bauta.train.export import import_onnx
from bauta.train.ganonymization.recipe import FinetuneRecipe
from bauta.train.ganonymization.state import FinetuneState
from bauta.train.recipe import TeacherRecipe
from bauta.train.state import TrainingState

CARDS = dict(model_cards())
CHECKPOINTS = sorted(name for name, card in CARDS.items() if card.converted_from)

SECONDS = 5
"""A refusal takes milliseconds; this is for a busy machine."""


@pytest.fixture(scope="module")
def canary(tmp_path_factory):
    return tmp_path_factory.mktemp("canary") / "written"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, canary):
    """Everything that must be refused before it is pinned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return store_files(tmp_path_factory.mktemp("hostile"), canary)


def unpublished(name):
    """The card of a model as if nobody had published a hash, of a file that a user can put into a folder."""
    card = CARDS[name]
    changes = {"sha256": None, "md5": None, "bytes": None, "package": None, "distribution": None}
    return card.model_copy(update={**changes, "file": card.file.split("/")[-1]})


def refusal(call, *arguments, seconds=SECONDS):
    """The one line with which something is refused, in time."""
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        call(*arguments)
    line = str(caught.value)
    assert "\n" not in line
    assert line.isprintable()
    assert len(line) < 800
    assert time.monotonic() - start < seconds
    return line


@pytest.mark.parametrize("name", CARDS)
def test_every_hostile_file_is_refused_for_every_registered_name(name, hostile, canary, registry, tmp_path):
    registry |= {each: unpublished(each) for each in CARDS}
    store = ModelStore(folder=tmp_path / "f", cache=tmp_path / "c", pins=Pins(tmp_path / "models.lock.yaml"))
    store.folder.mkdir()
    file = store.folder / registry[name].file
    let_through = []
    for kind, path in hostile.items():
        os.link(path, file)
        try:
            refusal(store.path, name)
        except pytest.fail.Exception:
            let_through.append(kind)
        file.unlink()
        assert not canary.exists(), kind
    assert let_through == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["f"]


def test_every_registered_file_says_what_it_is():
    assert [name for name, card in CARDS.items() if expected_kind(card) is None] == []


def test_the_programs_among_the_models_are_run_only_with_a_hash(registry, store, hostile, canary):
    programs = {name for name, card in CARDS.items() if card.container == "torchscript"}
    assert programs == {"inception_fid", "farl_lapa", "farl_celebm"}
    for name in programs:
        registry[name] = unpublished(name)
        os.link(hostile["torchscript"], store.folder / registry[name].file)
        assert "it is not run until you note" in refusal(store.path, name)
    assert not store.pins.path.exists()
    sha256 = "0" * 64
    check_container(hostile["torchscript"], registry["farl_lapa"], sha256)
    store.pins.path.write_text(yaml.safe_dump({"farl_lapa": sha256}))
    assert "has SHA-256" in refusal(store.path, "farl_lapa")
    assert not canary.exists()


def test_what_is_right_passes(real_models, tmp_path):
    """The packages' files, and those that a developer has."""
    store = real_models("mtcnn_pnet", "lpips_alex", "dlib_face_resnet")
    found = {name: store.find(name) for name in CARDS}
    for name, path in found.items():
        if path is not None:
            check_container(path, CARDS[name], CARDS[name].sha256)


# --- loaders

TORCH_READERS = (load_weights, load_lightning, read_checkpoint)


@pytest.mark.parametrize("read", TORCH_READERS)
def test_no_reader_of_torch_files_takes_another_container(read, hostile, canary):
    for kind, path in hostile.items():
        assert refusal(read, path), kind
        assert not canary.exists(), kind


def test_torch_itself_would_have_run_it(tmp_path):
    """So that the tests above can fail."""
    canary = tmp_path / "written"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (tmp_path / "f.pt").write_bytes(torch_files(canary)["torchscript"])
        torch.load(tmp_path / "f.pt", weights_only=False)
    assert canary.exists()


def test_contents_that_are_not_plain_are_refused(tmp_path, canary):
    for kind, path in loader_files(tmp_path, torch_contents, canary).items():
        refusal(load_weights, path)
        assert not canary.exists(), kind


def test_a_pickle_that_goes_on_and_on_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.models.pickle_bounds.LONGEST", 1000)
    (tmp_path / "f.pt").write_bytes(torch_archive(b"\x80\x02" + b"N0" * 1000 + b"N."))
    assert "more than 1,000 instructions" in refusal(load_weights, tmp_path / "f.pt")


def test_what_a_checkpoint_names_is_inert(tmp_path, canary):
    files = loader_files(tmp_path, torch_contents, canary)
    inert = {
        "harmful",
        "harmful legacy",
        "import",
        "escape codes",
        "no mapping",
        "names of numbers",
        "attributes of what may be called",
    }
    for kind in inert:
        read_checkpoint(files[kind])
        assert not canary.exists()
    for kind in set(files) - inert:
        refusal(read_checkpoint, files[kind])
    assert not hasattr(torch._utils._rebuild_tensor_v2, "evil")


def test_a_name_that_is_not_known_is_in_the_message_and_nothing_that_a_terminal_obeys(tmp_path, canary):
    files = loader_files(tmp_path, torch_contents, canary)
    assert "it names os.system" in refusal(load_weights, files["import"])
    assert "it names [31mevil.red" in refusal(load_weights, files["escape codes"])


def imported(path):
    return import_onnx(path, {"width": 4, "stem": "paper", "mirrored": False})


@pytest.mark.parametrize("read", [open_session, imported])
def test_no_reader_of_graphs_takes_another_container(read, hostile, tmp_path, capfd):
    for path in hostile.values():
        refusal(read, path)
    for path in loader_files(tmp_path, onnx_contents, None).values():
        refusal(read, path)
    assert capfd.readouterr() == ("", "")


def test_a_plain_graph_is_opened(tmp_path):
    good_graph(tmp_path / "g.onnx")
    assert open_session(tmp_path / "g.onnx").get_inputs()[0].name == "x"


def test_no_reader_of_keras_files_takes_another_container(hostile, tmp_path):
    for path in hostile.values():
        refusal(read_keras_graph, path)
    (tmp_path / "w").write_bytes(hdf5_file(tmp_path, "no weights", lambda *_: None))
    refusal(read_keras_graph, tmp_path / "w")


def test_no_reader_of_tensors_takes_another_container(hostile, tmp_path):
    for path in (*hostile.values(), *loader_files(tmp_path, safetensors_contents, None).values()):
        refusal(load_tensors, path)


def test_kinds_are_told_by_content(hostile):
    expected = {
        "torchscript": "TORCHSCRIPT",
        "torchscript moved by two bytes": "TORCHSCRIPT",
        "pt2": "EXPORTED",
        "pt2 of old": "EXPORTED",
        "pickle": "PICKLE",
        "tar": "TAR",
        "zip in a zip": "ZIP",
        "keras 3": "ZIP",
        "gzip": "COMPRESSED",
        "external data": "ONNX",
        "Lambda": "HDF5",
        "hole": "SAFETENSORS",
        "web page": "PAGE",
        "empty": "EMPTY",
        "bundle of noise": "TASK",
    }
    assert {kind: identify(hostile[kind]).name for kind in expected} == expected


# --- what the workflow has trained


class Faces:
    """As many faces as a state asks about."""

    sha256 = "data"

    def __len__(self):
        return 8


def teacher(path):
    """Resume a teacher's training."""
    recipe = TeacherRecipe(epochs=1)
    return TrainingState.begin(Faces(), recipe, 0, torch.device("cpu")).resumed(path, len(Faces()), recipe)


def generator(path):
    """Resume a generator's training."""
    state = GanState.begin("data", GanRecipe(), 0, torch.device("cpu"), vector=8)
    resume_state(state, path)
    return state


def finetuned(path):
    """Resume the further training of a published generator."""
    network = torch.nn.Linear(2, 2)
    state = FinetuneState.begin(network, "data", FinetuneRecipe(), 0, torch.device("cpu"))
    resume_state(state, path)
    return state


@pytest.mark.parametrize("resume", [teacher, generator, finetuned])
def test_states_of_a_training_are_read_by_the_same_door(resume, hostile, canary, tmp_path, caplog):
    for kind in ("torchscript", "pickle", "tar", "zip in a torch file", "deep pickle"):
        caplog.clear()
        resume(hostile[kind])
        assert "the training restarts from the beginning" in caplog.text
        assert not canary.exists()
    state = resume(tmp_path / "nothing")
    others = {"network": 3, "loss_curve": []}, {"loss_curve": 1}, {"generator": {"a": torch.ones(1)}}
    for parts in ({}, *others):
        torch.save({"identity": state.identity, **parts}, tmp_path / "state")
        assert "is not a checkpoint of this training" in refusal(resume, tmp_path / "state")


# --- as a user calls them


@pytest.fixture
def user(registry, store, tmp_path):
    """Put a hostile file where the official one belongs, and call a subcommand in this process."""
    registry |= {name: unpublished(name) for name in CARDS}
    return store


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_bauta_convert_refuses_it(name, hostile, canary, user):
    official = user.folder / CARDS[CARDS[name].converted_from].file
    os.link(hostile["torchscript"], official)
    assert "TorchScript" in refusal(convert, name, user)
    assert not canary.exists()
    assert [each.name for each in user.folder.iterdir()] == [official.name]
    assert not user.pins.path.exists()


def test_what_the_converting_process_meets_is_one_line_of_its_parent(user, canary, tmp_path):
    """A plain container with a harmful pickle comes as far as the process without a network."""
    files = loader_files(tmp_path, torch_contents, canary)
    official = user.folder / "deepprivacy.ckpt"
    for kind in ("harmful", "a storage of absurd size"):
        os.link(files[kind], official)
        line = refusal(convert, "deepprivacy", user, seconds=120)
        assert "cannot be converted" in line
        official.unlink()
        user.pins.path.unlink()
    assert not canary.exists()
    assert list(user.folder.iterdir()) == []


def test_bauta_check_refuses_it(hostile, canary, tmp_path):
    """In a process of its own; CIAGAN's file is published, so that its hash is what it fails at."""
    os.link(hostile["torchscript"], tmp_path / "ganonymization_50.ckpt")
    done = subprocess.run(
        [sys.executable, "-m", "bauta", "check", "ganonymization_50", "--models", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")
    assert not canary.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["ganonymization_50.ckpt"]


def test_a_conversion_that_never_ends_is_one_line(user, monkeypatch):
    torch.save({"state_dict": {}}, user.folder / "deepprivacy.ckpt")
    monkeypatch.setattr("bauta.models.convert.TIMEOUT_S", 0.01)
    assert "was not converted within" in refusal(convert, "deepprivacy", user)
    assert [each.name for each in user.folder.iterdir()] == ["deepprivacy.ckpt"]


def test_a_member_that_swells_is_not_unpacked(registry, store, hostile):
    registry["p"] = make_card(file="p.zip", kind="pack", sha256=None, bytes=None)
    registry["m"] = make_card(file="a.onnx", pack="p", member="a.onnx", sha256=None, bytes=100)
    os.link(hostile["pack that swells"], store.folder / "p.zip")
    refusal(store.path, "m")
    assert not store.cache.exists()
