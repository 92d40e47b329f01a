"""Models that nobody publishes a hash of: what is refused before it is pinned, and how pins are kept."""

import io
import json
import pickle
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import onnx
import pytest
import torch
import yaml
from onnx import TensorProto, helper
from safetensors.numpy import save
from small_registry import make_card

from bauta.errors import ModelError
from bauta.models.intact import check_intact
from bauta.models.pins import Pins
from bauta.models.store import ModelStore

PAGE = b"<html><body>Sign in to continue</body></html>\n"
TFLITE = (28).to_bytes(4, "little") + b"TFL3"
PROCESSES = 40


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, value in members.items():
            archive.writestr(f"archive/{name.replace('_', '.')}", value)
    return content.getvalue()


def checkpoint(*, archive, first=0.0):
    content = io.BytesIO()
    state = {"weight": torch.arange(first, first + 4000.0).reshape(40, 100)}
    torch.save(state, content, _use_new_zipfile_serialization=archive)
    return content.getvalue()


def graph():
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1000], np.arange(1000.0))
    node = helper.make_node("Add", ["x", "w"], ["y"])
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1000]) for name in ("x", "y")]
    made = helper.make_graph([node], "g", value[:1], value[1:], initializer=[weights])
    return helper.make_model(made).SerializeToString()


def hierarchy(tmp_path):
    with h5py.File(tmp_path / "h.hdf5", "w") as file:
        file["weights"] = np.arange(4000.0)
        file.attrs["model_config"] = json.dumps({"config": {"layers": []}})
    return (tmp_path / "h.hdf5").read_bytes()


@pytest.fixture
def whole(tmp_path):
    """Suffix → a file of its kind."""
    return {
        "zip": zipped(weights_onnx=bytes(2000)),
        "task": zipped(face_tflite=TFLITE + bytes(2000)),
        "pt": checkpoint(archive=True),
        "pth": checkpoint(archive=False),
        "ckpt": checkpoint(archive=True),
        "onnx": graph(),
        "hdf5": hierarchy(tmp_path),
        "tflite": TFLITE + bytes(100),
        "safetensors": save({"weight": np.arange(4000.0)}),
    }


KINDS = ("zip", "task", "pt", "pth", "ckpt", "onnx", "hdf5", "tflite", "safetensors")


ALIKE = dict.fromkeys(("pt", "pth", "ckpt"), ("pt", "pth", "ckpt"))
"""Kinds whose files can be taken for each other's."""


def intact(path):
    check_intact(path, make_card(file=path.name, sha256=None, bytes=None))


def refused(path):
    with pytest.raises(ModelError) as caught:
        intact(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert re.search(r"get (it|model\.\w+) again", message)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_its_kind_passes_and_nothing_else_does(whole, kind, tmp_path):
    path = tmp_path / f"model.{kind}"
    path.write_bytes(whole[kind])
    intact(path)
    others = {"page": PAGE, "empty": b"", "noise": bytes(range(7, 200)) * 9}
    others |= {name: content for name, content in whole.items() if name not in ALIKE.get(kind, (kind,))}
    for content in others.values():
        path.write_bytes(content)
        refused(path)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "tflite"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(whole, kind, share, tmp_path):
    path = tmp_path / f"model.{kind}"
    path.write_bytes(whole[kind][: int(len(whole[kind]) * share)])
    refused(path)


VERSIONS = {
    "zip": lambda value: zipped(weights_onnx=bytes([value]) * 4000),
    "task": lambda value: zipped(face_tflite=TFLITE + bytes([value]) * 4000),
    "pt": lambda value: checkpoint(archive=True, first=value),
    "ckpt": lambda value: checkpoint(archive=True, first=value),
}


@pytest.mark.parametrize("kind", VERSIONS)
def test_a_mix_of_two_versions_is_refused(kind, tmp_path):
    path = tmp_path / f"model.{kind}"
    one, other = (VERSIONS[kind](value) for value in (1, 2))
    path.write_bytes(one[: len(one) // 2] + other[len(one) // 2 :])
    assert re.search(r"is damaged|Bad CRC", refused(path))


def test_a_pickle_that_would_run_something_runs_nothing(tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    (tmp_path / "model.pth").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelError):
        intact(tmp_path / "model.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("place", ["folder", "server"])
def test_an_error_page_is_neither_kept_nor_pinned(registry, store, server, place):
    registry["tiny"] = make_card(file="w.onnx", sha256=None, bytes=None, urls=(server.url("w"),))
    if place == "folder":
        (store.folder / "w.onnx").write_bytes(PAGE)
    server.files["w"] = PAGE
    with pytest.raises(ModelError, match=r"a web page or text|like a web page or a server message"):
        store.path("tiny")
    assert not store.pins.path.exists()
    assert not (store.cache / "w.onnx").exists()
    # The right file is accepted afterwards.
    (store.folder / "w.onnx").unlink(missing_ok=True)
    server.files["w"] = graph()
    assert store.path("tiny").read_bytes() == graph()
    assert list(yaml.safe_load(store.pins.path.read_text())) == ["tiny"]
    assert sorted(path.name for path in store.cache.iterdir()) == ["w.onnx", "w.onnx.lock"]


def test_a_body_that_ends_early_without_a_length_is_not_pinned(registry, store, server):
    server.files["w"], server.lengths, server.breaks = graph(), False, 1
    registry["tiny"] = make_card(file="w.onnx", sha256=None, bytes=None, urls=(server.url("w"),))
    with pytest.raises(ModelError, match="does not say how long the file is"):
        store.path("tiny")
    assert not store.pins.path.exists()


@pytest.mark.parametrize("knows", [True, False], ids=["with If-Range", "without"])
def test_a_rest_of_another_version_is_not_taken(registry, store, server, knows):
    one, other = bytes(range(256)) * 4096, bytes(range(255, -1, -1)) * 4096
    server.files["w"], server.breaks, server.knows_if_range = one, 3, knows
    registry["tiny"] = make_card(sha256=None, bytes=None, urls=(server.url("w"),))
    with pytest.raises(ModelError, match="could not be downloaded"):
        store.path("tiny")
    server.files["w"] = other
    assert store.path("tiny").read_bytes() == other


def test_without_a_name_for_its_version_a_file_is_fetched_from_its_start(registry, store, server):
    content = bytes(range(256)) * 4096
    server.files["w"], server.breaks, server.tags = content, 1, False
    registry["tiny"] = make_card(sha256=None, bytes=None, urls=(server.url("w"),))
    assert store.path("tiny").read_bytes() == content
    assert [asked for _, asked in server.requests] == [None, None]


def test_a_wrong_file_is_told_of_its_pin_and_how_to_remove_it(registry, store, server):
    registry["tiny"] = make_card(sha256=None, bytes=None)
    (store.folder / "weights.bin").write_bytes(b"first")
    store.path("tiny")
    (store.folder / "weights.bin").write_bytes(b"later")
    lock = store.pins.path
    said = f"pinned in {lock} .*delete the file and get it again or.*remove the line 'tiny' from {lock}"
    with pytest.raises(ModelError, match=said) as caught:
        store.path("tiny")
    assert "\n" not in str(caught.value)
    # The same of what is downloaded.
    (store.folder / "weights.bin").unlink()
    server.files["w"] = b"later"
    registry["tiny"] = make_card(sha256=None, bytes=None, urls=(server.url("w"),))
    with pytest.raises(ModelError, match=said):
        store.path("tiny")
    # What it says to do helps.
    lock.write_text("".join(line for line in lock.open() if not line.startswith("tiny:")))
    assert store.path("tiny").read_bytes() == b"later"


def test_a_published_hash_is_not_called_a_pin(registry, store):
    registry["tiny"] = make_card(b"right")
    (store.folder / "weights.bin").write_bytes(b"wrong")
    with pytest.raises(ModelError, match="which is published"):
        store.path("tiny")


def test_a_published_md5_is_asked_of_a_download_before_it_is_kept(registry, store, server):
    server.files["w"] = b"another"
    registry["tiny"] = make_card(sha256=None, bytes=None, md5="0" * 32, urls=(server.url("w"),))
    with pytest.raises(ModelError, match="another file than expected"):
        store.path("tiny")
    assert not (store.cache / "weights.bin").exists()
    assert not store.pins.path.exists()


def test_a_pin_of_another_process_stands(registry, store, monkeypatch):
    card = make_card(sha256=None, bytes=None)
    late = Pins(store.pins.path)
    read = Pins._read
    answers = iter([{}])
    monkeypatch.setattr(Pins, "_read", lambda pins: next(answers, None) or read(pins))
    store.pins.path.write_text(yaml.safe_dump({"tiny": "a" * 64}))
    with pytest.raises(ModelError, match=f"has SHA-256 {'b' * 64}, expected {'a' * 64}, which was pinned in"):
        late.pin("tiny", card, "b" * 64)


PIN = """
import sys, logging
from pathlib import Path
from bauta.models.card import ModelCard, InputContract
from bauta.models.pins import Pins
logging.disable(logging.CRITICAL)
contract = InputContract(size=None, channels="rgb", range="x", alignment="none")
unknown = {"sha256": None, "bytes": None}
card = ModelCard(file="w", **unknown, licence="x", research_only=True, source="x", input=contract)
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    Pins(Path(sys.argv[1])).pin(f"model_{sys.argv[2]}_{number}", card, f"{int(sys.argv[2]):064x}")
"""


@pytest.mark.slow
def test_no_pin_is_lost_however_many_processes_pin_at_once(tmp_path):
    lock = tmp_path / "models.lock.yaml"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PIN, str(lock), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda process: process.communicate("go\n"), started))
    assert [process.returncode for process in started] == [0] * PROCESSES
    pinned = yaml.safe_load(lock.read_text())
    assert set(pinned) == {f"model_{process}_{number}" for process in range(PROCESSES) for number in range(5)}
    assert ModelStore(None, tmp_path, pins=Pins(lock)).pins._read() == pinned


def test_the_graph_that_these_tests_pin_is_one():
    onnx.checker.check_model(onnx.load_from_string(graph()))
