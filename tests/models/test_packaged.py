import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import bauta.models
from bauta.detect import DETECTORS
from bauta.errors import ModelError, UnknownNameError
from bauta.landmarks import LANDMARKERS
from bauta.models import packaged
from bauta.models.packaged import model_card, model_path, model_sha256
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS

NAMES = list(yaml.safe_load(Path(bauta.models.__file__).with_name("models.yaml").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_installed_and_has_its_hash(name):
    assert model_path(name).stat().st_size == model_card(name).bytes
    assert len(model_sha256(name)) == 64
    assert model_card(name).source.startswith("https://")


def test_unknown_name_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'mtcnn_pnet'"):
        model_path("mtcn_pnet")


@pytest.fixture
def small_model(tmp_path, monkeypatch):
    """A package with a five-byte model, and its card."""
    (tmp_path / "tiny_package").mkdir()
    (tmp_path / "tiny_package" / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    file = tmp_path / "tiny_package" / "weights.bin"
    file.write_bytes(b"12345")
    monkeypatch.syspath_prepend(tmp_path)
    card = model_card("mtcnn_pnet").model_copy(
        update={
            "package": "tiny_package",
            "distribution": "tiny==1.0",
            "file": "weights.bin",
            "bytes": 5,
            "sha256": "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5",
        }
    )
    monkeypatch.setattr(packaged, "_cards", lambda: {"tiny": card})
    model_path.cache_clear()
    yield file
    model_path.cache_clear()


def test_a_package_is_not_imported(small_model):
    assert model_path("tiny") == small_model
    assert "tiny_package" not in sys.modules


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda file: file.write_bytes(b"12346"), "has SHA-256 34d128f5"),
        (lambda file: file.write_bytes(b"1234"), "has 4 bytes instead of 5"),
        (lambda file: file.unlink(), "does not exist"),
    ],
)
def test_a_wrong_file_stops_with_one_clear_line(small_model, break_it, message):
    break_it(small_model)
    with pytest.raises(ModelError, match=message) as caught:
        model_path("tiny")
    text = str(caught.value)
    assert "\n" not in text
    assert str(small_model) in text
    assert "expected SHA-256 5994471abb01112a" in text
    assert "install tiny==1.0" in text


def test_a_missing_package_is_named(monkeypatch):
    card = model_card("mtcnn_pnet").model_copy(update={"package": "not_installed_package"})
    monkeypatch.setattr(packaged, "_cards", lambda: {"tiny": card})
    model_path.cache_clear()
    with pytest.raises(ModelError, match="package not_installed_package is not installed"):
        model_path("tiny")


def test_registries_and_hashes_import_nothing_heavy():
    code = (
        "import sys, bauta.detect, bauta.landmarks, bauta.parse, bauta.recognize, bauta.datasets\n"
        "from bauta.models.packaged import model_sha256\n"
        "model_sha256('dlib_face_resnet')\n"
        "heavy = {'torch', 'dlib', 'cv2', 'numpy', 'pyarrow', 'zarr', 'PIL', 'skimage'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize("registry", [DETECTORS, LANDMARKERS, PARSERS, RECOGNIZERS])
def test_every_registered_name_exists(registry):
    for name in registry:
        assert callable(registry.load(name))
