"""What several test files need: real weights and images where somebody has them."""

import os
import shutil
from pathlib import Path

import pytest

from bauta.cache.status import OWN_CONSOLE
from bauta.errors import ModelError
from bauta.models import card as card_module
from bauta.models.store import ModelStore

WORKFLOWS = Path(__file__).with_name("workflow")


def pytest_configure():
    """Tests read Snakemake's own output, but for those of bauta's console, which take this away."""
    os.environ.update(OWN_CONSOLE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Of several processes, each runs whole files."""
    from scheduling import BySharedRun  # noqa: PLC0415 - only where pytest-xdist is there

    return BySharedRun(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no process waits for another at the end."""
    items.sort(key=lambda item: WORKFLOWS not in item.path.parents)


@pytest.fixture(autouse=True)
def kept_umask():
    """A command that keeps its files private does so for its process, which here is that of all tests."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def real_models():
    """A function that returns the store in which all named models are found, or skips the test."""

    def find(*names: str) -> ModelStore:
        store = ModelStore.default()
        for name in names:
            try:
                store.path(name)
            except ModelError as error:
                pytest.skip(str(error))
        return store

    return find


@pytest.fixture(scope="session")
def real_images():
    """A function that returns a folder of real images, or skips the test."""

    def find(name: str) -> Path:
        folder = os.environ.get("BAUTA_DATA")
        if not folder or not (Path(folder) / name).is_dir():
            pytest.skip(f"needs real images in the folder {name} below BAUTA_DATA")
        return Path(folder) / name

    return find


@pytest.fixture
def registry(monkeypatch):
    """The cards of the registry of models, to be filled by the test."""
    cards = {}
    monkeypatch.setattr(card_module, "model_cards", lambda: cards)
    return cards


@pytest.fixture(scope="session")
def _small_original(tmp_path_factory):
    # It takes OpenCV, PyArrow and Zarr, which few tests need.
    from small_project import make_small_project  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_small_project()
    return folder


@pytest.fixture
def small(_small_original, tmp_path, monkeypatch):
    """The small project, in a working directory of its own in which things may be broken."""
    for name in ("cache", "results", "data"):
        shutil.copytree(_small_original / name, tmp_path / name)
        (tmp_path / name).chmod(0o700)
    monkeypatch.chdir(tmp_path)
    return tmp_path
