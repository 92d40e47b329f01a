"""Any program as an anonymizer: its pictures are checked as a folder's are, and it is kept within limits."""

import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from whole_images import CONTRACT, NAMES, hidden, make_dataset, stored

from bauta.anonymize.external.command import Command
from bauta.anonymize.external.folder import External
from bauta.anonymize.external.program import identify
from bauta.anonymize.external.settings import CommandSetting, ExternalSetting
from bauta.anonymize.run import anonymize_store
from bauta.contract import Status
from bauta.errors import ConfigError, InfeasibleError
from bauta.io.fingerprint import Fingerprints
from bauta.models.convert import without_network
from bauta.store import Store

OK, FAILED = Status.OK.code, Status.FAILED.code

EACH = """
import sys
import cv2
image = cv2.imread(sys.argv[1])
{}
cv2.imwrite(sys.argv[2], cv2.blur(image, (31, 31)))
"""

FOLDER = """
import sys
from pathlib import Path
import cv2
for path in sorted(Path(sys.argv[1]).iterdir()):
    image = cv2.imread(str(path))
    {}
    cv2.imwrite(f"{{path.parent}}/{{path.stem}}_done{{path.suffix}}", cv2.blur(image, (31, 31)))
"""


@pytest.fixture
def data(tmp_path):
    return make_dataset(tmp_path / "data")


def run_command(data, tmp_path, script, arguments="{input} {output}", **options):
    (tmp_path / "program.py").write_text(script)
    options.setdefault("network", not without_network())
    setting = CommandSetting(
        run=f"python {tmp_path / 'program.py'} {arguments}", python=sys.executable, **options
    )
    backend = Command(setting, CONTRACT)
    backend.locate(data.places())
    crops, labels = stored(tmp_path, data.batch())
    out = tmp_path / "command.zarr"
    anonymize_store(crops, None, None, labels, backend, out=out, seed=0, batch=3)
    return Store.open(out)


def _external(data, tmp_path):
    folder = data.write(tmp_path / "out", hidden)
    backend = External(ExternalSetting(root=str(folder)), CONTRACT)
    backend.locate(data.places(folder))
    crops, labels = Store.open(tmp_path / "crops.zarr"), stored_labels(data)
    anonymize_store(crops, None, None, labels, backend, out=tmp_path / "external.zarr", seed=0)
    return Store.open(tmp_path / "external.zarr")


def stored_labels(data):
    nothing = [None] * len(NAMES)
    return SimpleNamespace(face_ids=list(NAMES), subjects=nothing, expressions=nothing)


@pytest.mark.parametrize(
    ("script", "options"),
    [
        (EACH.format(""), {}),
        (FOLDER.format(""), {"arguments": "{input_folder}", "suffix": "_done"}),
    ],
    ids=["each", "folder"],
)
def test_a_program_gives_what_the_folder_of_its_pictures_gives(data, tmp_path, script, options):
    store = run_command(data, tmp_path, script, **options)
    assert (store.read("status") == OK).all()
    other = _external(data, tmp_path)
    np.testing.assert_array_equal(store.read("images"), other.read("images"))
    np.testing.assert_array_equal(store.read("mask"), other.read("mask"))


def test_a_program_for_crops_gets_crops(data, tmp_path):
    store = run_command(data, tmp_path, EACH.format("assert image.shape == (64, 64, 3)"), files="crops")
    assert (store.read("status") == OK).all()
    np.testing.assert_array_equal(store.read("images"), [hidden(crop) for crop in data.batch().images])


def test_a_picture_on_which_a_program_fails_does_not_fail_others(data, tmp_path, caplog):
    first = np.asarray(Image.open(data.root / NAMES[0]))[0, 0, ::-1].tolist()
    script = FOLDER.format(f"assert image[0, 0].tolist() != {first}, 'no such face'")
    store = run_command(data, tmp_path, script, "{input_folder}", suffix="_done")
    assert store.read("status").tolist() == [FAILED, OK, OK, OK, OK]
    assert "python failed with exit status 1: AssertionError: no such face" in caplog.text


def test_what_a_program_passes_on_or_forgets_has_failed(data, tmp_path, caplog):
    script = """
import shutil, sys
from pathlib import Path
import cv2
for path in sorted(Path(sys.argv[1]).iterdir()):
    out = f"{sys.argv[2]}/{path.name}"
    if path.name == "000000.png":
        shutil.copy(path, out)
    if path.name == "000002.png":
        cv2.imwrite(out, cv2.blur(cv2.imread(str(path)), (31, 31)))
"""
    store = run_command(data, tmp_path, script, "{input_folder} {output_folder}")
    assert store.read("status").tolist() == [FAILED, FAILED, OK, FAILED, FAILED]
    assert "the program wrote no picture of it" in caplog.text


@pytest.mark.skipif(not without_network(), reason="this system has no network namespaces for users")
def test_a_program_has_no_network(data, tmp_path, caplog):
    connect = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=5)"
    with pytest.raises(InfeasibleError, match="all 5 faces failed"):
        run_command(data, tmp_path, EACH.format(connect))
    assert "unreachable" in caplog.text


def test_without_namespaces_a_program_needs_leave_for_the_network(data, tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.anonymize.external.running.without_network", list)
    with pytest.raises(ConfigError, match="cannot run a program without network"):
        run_command(data, tmp_path, EACH.format(""), network=False)


def test_a_program_that_hangs_is_ended(data, tmp_path, caplog):
    with pytest.raises(InfeasibleError, match="all 5 faces failed"):
        run_command(data, tmp_path, "while True: pass", minutes=0.002)
    assert "python did not end within 0.12 s" in caplog.text


def test_a_program_that_takes_too_much_memory_fails(data, tmp_path, caplog):
    with pytest.raises(InfeasibleError, match="all 5 faces failed"):
        run_command(data, tmp_path, "bytearray(2**30)", memory_gb=0.5)
    assert "MemoryError" in caplog.text


def test_the_program_does_not_see_the_names_of_the_people(data, tmp_path):
    script = EACH.format("assert 'ann' not in sys.argv[1].partition('/input/')[2]")
    assert (run_command(data, tmp_path, script).read("status") == OK).all()


def _hashed(tmp_path):
    return Fingerprints(memory=tmp_path / "memory").of_file


def test_a_script_is_in_the_key_by_its_content(tmp_path):
    script = tmp_path / "program.py"
    setting = CommandSetting(run=f"python {script} {{input}} {{output}}", python=sys.executable)
    seen = []
    for text in ("1", "2", "1"):
        script.write_text(text)
        seen.append(identify(setting, _hashed(tmp_path)))
    assert seen[0] == seen[2] != seen[1]
    assert list(seen[0]) == ["program.py"]


def test_a_binary_is_in_the_key_by_its_content(tmp_path):
    shutil.copy("/bin/true", tmp_path / "blurs")
    setting = CommandSetting(run=f"{tmp_path / 'blurs'} {{input}} {{output}}")
    before = identify(setting, _hashed(tmp_path))
    with (tmp_path / "blurs").open("ab") as file:
        file.write(b"more")
    assert identify(setting, _hashed(tmp_path)) != before


@pytest.mark.parametrize("run", ["pytest {input} {output}", "python -m pytest {input} {output}"])
def test_a_python_program_is_in_the_key_by_its_distribution(run, tmp_path):
    found = identify(CommandSetting(run=run, python=sys.executable), _hashed(tmp_path))
    assert found["distribution"] == f"pytest {pytest.__version__}"
    assert set(found) == {"distribution", "files"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"run": "nothing_of_this_name {input} {output}"},
            "the program 'nothing_of_this_name' is not on PATH",
        ),
        ({"run": "a {input} {output}", "conda": "nowhere"}, "conda: nowhere does not exist"),
        ({"run": "a {input} {output}", "python": "nowhere"}, "python: nowhere does not exist"),
        ({"run": "a {input} {output}", "apptainer": "nowhere.sif"}, "the image nowhere.sif does not exist"),
    ],
)
def test_a_missing_program_is_one_clear_line(options, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        identify(CommandSetting(**options), _hashed(tmp_path))
