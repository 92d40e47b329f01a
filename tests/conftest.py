"""What several test files need: real weights and images where somebody has them."""

import os
from pathlib import Path

import pytest

from bauta.errors import ModelError
from bauta.models import card as card_module
from bauta.models.store import ModelStore


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
