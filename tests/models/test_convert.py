"""Official checkpoints are read without running anything, away from the network, and become tensors."""

import os
import socket
import subprocess
import sys

import pytest
import torch
import yaml
from safetensors import safe_open
from small_registry import make_card

from bauta.errors import ModelError
from bauta.models.convert import convert, without_network
from bauta.models.convert_child import refuse
from bauta.models.extract import EXTRACTORS
from bauta.models.restricted_pickle import Opaque, read_checkpoint
from bauta.models.tensor_file import load_tensors, save_tensors


class Harmful:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


class Callback:
    """A class that only the program that wrote the checkpoint has."""

    def __init__(self):
        self.state = {"best": torch.ones(3)}
        self.items = [1]


class Listed(list):
    pass


class Named(dict):
    pass


def checkpoint(tmp_path, **changes):
    """Like a checkpoint of PyTorch Lightning."""
    state = {
        "generator.down1.weight": torch.arange(6.0).reshape(2, 3),
        "generator.final.bias": torch.tensor([1.5]),
        "discriminator.model.0.weight": torch.zeros(4),
    }
    return {
        "state_dict": state,
        "epoch": 24,
        "hyper_parameters": {"img_size": 512, "device": torch.device("cpu"), "n_epochs": 50},
        "callbacks": {"best": Callback(), "list": Listed([Callback()]), "dict": Named(a=Callback())},
        "harm": Harmful(tmp_path / "harm"),
        **changes,
    }


@pytest.fixture
def entry(registry, store):
    """A registry with a model and the checkpoint that it is converted from."""
    registry["generator"] = make_card(
        file="generator.safetensors",
        sha256=None,
        bytes=None,
        converted_from="official",
        extract="ganonymization",
    )
    registry["official"] = make_card(
        file="official.ckpt", sha256=None, bytes=None, get="https://example.org/get"
    )
    return store


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_is_read_without_running_what_is_in_it(tmp_path, zipped):
    torch.save(checkpoint(tmp_path), tmp_path / "c.ckpt", _use_new_zipfile_serialization=zipped)
    content = read_checkpoint(tmp_path / "c.ckpt")
    assert not (tmp_path / "harm").exists()
    assert content["epoch"] == 24
    assert content["state_dict"]["generator.down1.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert isinstance(content["harm"], Opaque)
    assert isinstance(content["callbacks"]["best"], Opaque)
    assert isinstance(content["callbacks"]["list"], Opaque)


def test_an_ordinary_unpickler_would_have_run_it(tmp_path):
    torch.save(checkpoint(tmp_path), tmp_path / "c.ckpt")
    torch.load(tmp_path / "c.ckpt", weights_only=False)
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"anything else", b"\x80\x02]"])
def test_what_is_no_checkpoint_is_one_line(tmp_path, content):
    (tmp_path / "c.ckpt").write_bytes(content)
    with pytest.raises(ModelError, match=r"incomplete or corrupt|expected a PyTorch") as caught:
        read_checkpoint(tmp_path / "c.ckpt")
    assert "\n" not in str(caught.value)


def test_conversion_keeps_the_generator_and_notes_the_hash(entry, tmp_path):
    torch.save(checkpoint(tmp_path), entry.folder / "official.ckpt")
    path = convert("generator", entry)
    assert path == entry.folder / "generator.safetensors"
    tensors, about = load_tensors(path)
    assert set(tensors) == {"down1.weight", "final.bias"}
    assert tensors["final.bias"].tolist() == [1.5]
    assert about == {"epoch": "24", "img_size": "512"}
    assert set(yaml.safe_load(entry.pins.path.read_text())) == {"generator", "official"}
    assert not (tmp_path / "harm").exists()
    first = path.read_bytes()
    assert convert("generator", entry).read_bytes() == first
    assert entry.path("generator") == path


def test_another_result_than_the_noted_one_is_refused_and_leaves_the_old_file(entry, tmp_path):
    torch.save(checkpoint(tmp_path), entry.folder / "official.ckpt")
    old = convert("generator", entry).read_bytes()
    pins = yaml.safe_load(entry.pins.path.read_text())
    entry.pins.path.write_text(yaml.safe_dump({"generator": pins["generator"]}))
    torch.save(checkpoint(tmp_path, epoch=25), entry.folder / "official.ckpt")
    with pytest.raises(ModelError, match="expected"):
        convert("generator", entry)
    assert (entry.folder / "generator.safetensors").read_bytes() == old
    assert sorted(path.name for path in entry.folder.iterdir()) == ["generator.safetensors", "official.ckpt"]


def test_a_converted_file_that_changed_is_refused(entry, tmp_path):
    torch.save(checkpoint(tmp_path), entry.folder / "official.ckpt")
    path = convert("generator", entry)
    save_tensors({"down1.weight": torch.zeros(2, 3)}, path)
    with pytest.raises(ModelError, match="has SHA-256"):
        entry.path("generator")


@pytest.mark.parametrize("content", [{}, {"model": 1}, {"state_dict": 3}])
def test_another_checkpoint_is_one_line(entry, content):
    torch.save(content, entry.folder / "official.ckpt")
    with pytest.raises(ModelError, match=r"cannot be converted \(expected .*another file\)") as caught:
        convert("generator", entry)
    assert "\n" not in str(caught.value)
    assert not (entry.folder / "generator.safetensors").exists()


def test_trap_2_a_missing_official_file_is_named_with_its_place_and_hash(entry, registry):
    registry["official"] = make_card(
        b"x", file="official.ckpt", get="https://example.org/get", urls=("https://example.org/w",)
    )
    sha256 = registry["official"].sha256
    with pytest.raises(ModelError) as caught:
        entry.check_available("generator")
    for part in (
        "generator.safetensors",
        "bauta convert generator",
        "official.ckpt",
        sha256,
        "example.org/w",
    ):
        assert part in str(caught.value)
    registry["official"] = make_card(file="official.ckpt", sha256=None, get="https://example.org/get")
    with pytest.raises(ModelError, match=r"official\.ckpt is not there.*https://example\.org/get"):
        convert("generator", entry)


def test_a_published_md5_is_looked_at_until_a_hash_is_pinned(registry, store):
    registry["old"] = make_card(sha256=None, bytes=None, md5="5d41402abc4b2a76b9719d911017c592")
    (store.folder / "weights.bin").write_bytes(b"hullo")
    with pytest.raises(ModelError, match=r"has MD5 .* expected 5d41402a"):
        store.path("old")
    (store.folder / "weights.bin").write_bytes(b"hello")
    assert store.path("old")
    assert "old" in yaml.safe_load(store.pins.path.read_text())


def test_what_needs_no_conversion_says_so(registry, store):
    registry["plain"] = make_card(b"12345")
    with pytest.raises(ModelError, match="nothing to convert"):
        convert("plain", store)


# --- the process


def test_the_child_refuses_connections_and_programs():
    for event in ("socket.connect", "socket.__new__", "subprocess.Popen", "os.system", "os.exec", "os.fork"):
        with pytest.raises(PermissionError, match="refused"):
            refuse(event, ())
    refuse("open", ("file", "rb", 0))


def test_the_hook_stands_in_a_real_process():
    code = (
        "import sys, socket\nfrom bauta.models.convert_child import refuse\n"
        "sys.addaudithook(refuse)\nsocket.socket()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "refused" in done.stderr


def test_there_is_no_network_where_the_system_can_take_it_away():
    prefix = without_network()
    if not prefix:
        pytest.skip("this system has no network namespaces for users")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        code = f"import socket; socket.create_connection(('127.0.0.1', {listening.getsockname()[1]}), 2)"
        reachable, cut_off = (
            subprocess.run([*start, sys.executable, "-c", code], capture_output=True, check=False).returncode
            for start in ([], prefix)
        )
    assert reachable == 0
    assert cut_off != 0


def test_the_child_gets_nothing_of_the_environment_but_where_programs_are(entry, tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "x")
    seen = {}

    class Done:
        returncode, stderr = 0, ""

    def run(command, **options):
        if "-m" in command:
            seen.update(options["env"])
            save_tensors({"x": torch.ones(1)}, command[-1])
        return Done()

    monkeypatch.setattr("bauta.models.convert.subprocess.run", run)
    torch.save(checkpoint(tmp_path), entry.folder / "official.ckpt")
    convert("generator", entry)
    assert set(seen) <= {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH"}
    assert "A_SECRET" in os.environ


# --- what is taken out


def test_deepprivacy2_takes_the_average_and_keeps_the_centres_apart():
    centres = torch.ones(2, 512)
    state = {"style_net.w_avg": torch.zeros(512), "style_net.w_centers": centres}
    for name in ("EMA_generator", "running_average_generator"):
        found = EXTRACTORS["deepprivacy2"]({name: dict(state), "generator": {"x": torch.ones(1)}})
        assert set(found.tensors) == {"style_net.w_avg", "w_centers"}
    found = EXTRACTORS["deepprivacy2"]({"EMA_generator": {"a": torch.ones(1)}, "w_centers": centres})
    assert set(found.tensors) == {"a", "w_centers"}
    assert set(EXTRACTORS["deepprivacy2"]({"EMA_generator": {"a": torch.ones(1)}}).tensors) == {"a"}


def test_old_names_of_the_first_deepprivacy_become_the_present_ones():
    old = [
        "encoder.from_rgb.conv.layers.0.weight",
        "encoder.basic_block5.layers.0.weight",
        "decoder.basic_block0.layers.3.bias",
        "decoder.skip_connection1.conv.layers.0.weight",
        "rgb_convolutions.4.bias",
        "decoder.to_rgb.conv.weight",
        "decoder.pose_fcnn.pose_preprocessor.1.linear.bias",
    ]
    present = {
        "from_rgb.0.weight",
        "encoder.basic_block128.layers.0.weight",
        "decoder.basic_block4.layers.3.bias",
        "decoder.skip_connection8.conv.layers.0.weight",
        "rgb_convolutions.4.bias",
        "decoder.pose_fcnn.pose_preprocessor.1.linear.bias",
    }
    found = EXTRACTORS["deepprivacy"]({"EMA_generator": {name: torch.ones(1) for name in old}})
    assert set(found.tensors) == present
    found = EXTRACTORS["deepprivacy"]({"EMA_generator": {name: torch.ones(1) for name in present}})
    assert set(found.tensors) == present


def test_files_of_tensors_are_the_same_for_the_same_tensors(tmp_path):
    tensors = {"b": torch.arange(4.0).reshape(2, 2).t(), "a": torch.ones(3)}
    save_tensors(tensors, tmp_path / "one", {"y": "2", "x": "1"})
    save_tensors(dict(reversed(tensors.items())), tmp_path / "two", {"x": "1", "y": "2"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with safe_open(str(tmp_path / "one"), framework="pt") as file:
        assert file.get_tensor("b").tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize("content", [None, b"", b"not tensors"])
def test_what_is_no_file_of_tensors_is_one_line(tmp_path, content):
    if content is not None:
        (tmp_path / "f").write_bytes(content)
    with pytest.raises(ModelError, match="is an incomplete or corrupt safetensors file") as caught:
        load_tensors(tmp_path / "f")
    assert "\n" not in str(caught.value)
