"""Where model files are looked for, and what is refused."""

import subprocess
import sys

import pytest
import yaml
from small_registry import make_card

from bauta.detect import DETECTORS
from bauta.errors import ModelError, UnknownNameError
from bauta.express import TEACHERS, TRAINED
from bauta.landmarks import LANDMARKERS
from bauta.models.card import REGISTRY, model_card, model_cards
from bauta.models.pins import Pins
from bauta.models.record import write_record
from bauta.models.store import ModelStore
from bauta.parse import PARSERS
from bauta.recognize import RECOGNIZERS

CONTENT = b"12345"


def test_the_registry_is_complete():
    cards = model_cards()
    assert list(cards) == list(yaml.safe_load(REGISTRY.read_text()))
    for name, card in cards.items():
        assert card.source.startswith("https://"), name
        assert card.sha256 is None or len(card.sha256) == 64, name
        # Somebody without the file must be told how to get it.
        assert card.package or card.urls or card.pack or card.get or card.source, name


@pytest.mark.parametrize("name", [name for name, card in model_cards().items() if card.package])
def test_every_packaged_model_is_installed_and_has_its_hash(name):
    assert ModelStore.default().path(name).stat().st_size == model_card(name).bytes


def test_two_entries_never_share_a_file():
    names = [name for card in model_cards().values() for name in (card.file, *card.also)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("registry_", [DETECTORS, LANDMARKERS, PARSERS, RECOGNIZERS, TEACHERS])
def test_every_implementation_exists_and_names_its_files(registry_):
    for name, card in registry_.built_in.items():
        assert callable(registry_.load(name)), name
        assert bool(card.files) or name in {*TRAINED, "annotations", "full_frame", "landmark_hull"}
        for model in card.files:
            model_card(model)


def test_unknown_name_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'mtcnn_pnet'"):
        ModelStore.default().path("mtcn_pnet")


def test_the_folder_comes_before_the_cache(registry, store):
    registry["tiny"] = make_card(CONTENT)
    for folder in (store.cache, store.folder):
        folder.mkdir(exist_ok=True)
        (folder / "weights.bin").write_bytes(CONTENT)
    assert store.path("tiny") == store.folder / "weights.bin"
    (store.folder / "weights.bin").unlink()
    assert store.path("tiny") == store.cache / "weights.bin"


@pytest.mark.parametrize("place", ["other.bin", "pack/weights.bin", "pack/pack/weights.bin"])
def test_other_names_and_the_folders_of_packs_are_looked_at(registry, store, place):
    registry["pack"] = make_card(b"", kind="pack", file="pack.zip", input=None)
    registry["tiny"] = make_card(CONTENT, also=("other.bin",), pack="pack", member="weights.bin")
    path = store.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    assert store.path("tiny") == path


@pytest.fixture
def package(tmp_path, monkeypatch, registry):
    """A package with a five-byte model."""
    (tmp_path / "tiny_package").mkdir()
    (tmp_path / "tiny_package" / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (tmp_path / "tiny_package" / "weights.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path)
    registry["tiny"] = make_card(CONTENT, package="tiny_package", distribution="tiny==1.0")
    return tmp_path / "tiny_package" / "weights.bin"


def test_a_package_is_not_imported(package, store):
    assert store.path("tiny") == package
    assert "tiny_package" not in sys.modules


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda file: file.write_bytes(b"12346"), "has SHA-256 34d128f5.* expected 5994471a"),
        (lambda file: file.write_bytes(b"1234"), "has 4 bytes instead of 5"),
        (lambda file: file.unlink(), "weights.bin is not there.*install tiny==1.0"),
    ],
)
def test_a_wrong_file_stops_with_one_clear_line(package, store, break_it, message):
    break_it(package)
    with pytest.raises(ModelError, match=message) as caught:
        store.path("tiny")
    assert "\n" not in str(caught.value)
    assert "'tiny'" in str(caught.value)


def test_trap_2_a_missing_file_is_named_with_the_places_and_the_remedy(registry, store):
    registry["tiny"] = make_card(CONTENT, get="https://example.org/download")
    with pytest.raises(ModelError) as caught:
        store.path("tiny")
    message = str(caught.value)
    for part in ("weights.bin", str(store.folder), str(store.cache), "https://example.org/download"):
        assert part in message
    assert "\n" not in message
    assert not store.cache.exists()


def test_without_download_the_remedy_is_to_allow_it(registry, store):
    registry["tiny"] = make_card(CONTENT, urls=("http://127.0.0.1:9/w",))
    offline = ModelStore(store.folder, store.cache)
    for refuse in (offline.path, offline.check_available):
        with pytest.raises(ModelError, match=r"set models\.download: true or put the file there"):
            refuse("tiny")
    store.check_available("tiny")


def test_a_licence_that_is_not_accepted_is_refused_before_anything_is_read(registry, store):
    registry["tiny"] = make_card(CONTENT)
    (store.folder / "weights.bin").write_bytes(CONTENT)
    permissive = ModelStore(store.folder, store.cache, accept=("permissive",))
    for refuse in (permissive.path, permissive.check_available):
        with pytest.raises(ModelError, match=r"for research use only .*accept research"):
            refuse("tiny")
    registry["free"] = make_card(CONTENT, research_only=False)
    assert permissive.path("free")


def test_a_model_without_a_published_hash_is_pinned_and_says_so(registry, store, caplog):
    registry["tiny"] = make_card(CONTENT, sha256=None)
    assert store.sha256("tiny") is None
    with pytest.raises(ModelError, match=r"no hash of weights\.bin is published.*snakemake --cores 1 models"):
        store.check_pinned("tiny")
    (store.folder / "weights.bin").write_bytes(CONTENT)
    pinned = store.sha256("tiny")
    assert pinned.startswith("5994471abb01112a")
    assert "pinned SHA-256 5994471abb01112a" in caplog.text
    assert yaml.safe_load(store.pins.path.read_text()) == {"tiny": pinned}
    (store.folder / "weights.bin").write_bytes(b"54321")
    with pytest.raises(ModelError, match="expected 5994471abb01112a"):
        store.path("tiny")


def test_a_damaged_lock_file_is_one_line(registry, tmp_path):
    lock = tmp_path / "models.lock.yaml"
    lock.write_text("[not, a, mapping]")
    with pytest.raises(ModelError, match="expected a SHA-256 for each model"):
        Pins(lock).expected("tiny", make_card(CONTENT, sha256=None))


def test_the_record_says_what_was_found_but_not_where(registry, store, tmp_path):
    registry["tiny"] = make_card(CONTENT)
    (store.folder / "weights.bin").write_bytes(CONTENT)
    write_record("tiny", store, tmp_path / "cache/models/tiny.json")
    text = (tmp_path / "cache/models/tiny.json").read_text()
    assert "5994471abb01112a" in text
    assert str(tmp_path) not in text


def test_registries_and_hashes_import_nothing_heavy():
    code = (
        "import sys, bauta.detect, bauta.landmarks, bauta.parse, bauta.recognize, bauta.datasets\n"
        "from bauta.models.store import ModelStore\n"
        "import bauta.workflow.rule_inputs, bauta.workflow.model_inputs\n"
        "ModelStore.default().sha256('dlib_face_resnet')\n"
        "heavy = {'torch', 'dlib', 'cv2', 'numpy', 'pyarrow', 'zarr', 'PIL', 'skimage', 'onnxruntime', "
        "'pandas', 'mediapipe', 'requests', 'pooch'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
