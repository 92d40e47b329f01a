"""Models that come inside pip packages, found without importing the package and checked before use."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bauta.errors import ModelError, UnknownNameError
from bauta.registry import nearest


class ModelCard(BaseModel):
    """What is known of a model file.

    Attributes:
        package: The importable package whose folder holds the file.
        distribution: What to install to get it, with the version that was hashed.
        file: Path relative to the package's folder.
        sha256: SHA-256 of the file.
        bytes: Size of the file.
        licence: Licence of the weights, with what their training data adds to it.
        research_only: True where the weights or their training data exclude commercial use.
        source: Where the weights were published.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    distribution: str
    file: str
    sha256: str
    bytes: int
    licence: str
    research_only: bool
    source: str


@cache
def _cards() -> dict[str, ModelCard]:
    path = Path(__file__).with_name("models.yaml")
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {name: ModelCard.model_validate(entry) for name, entry in entries.items()}
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ModelError(f"{path} cannot be read ({error}): install bauta again") from error


def model_card(name: str) -> ModelCard:
    """Card of a model.

    Raises:
        UnknownNameError: no model has this name.
    """
    cards = _cards()
    if name not in cards:
        raise UnknownNameError(f"unknown model '{name}': {nearest(name, list(cards))}")
    return cards[name]


def model_sha256(name: str) -> str:
    """SHA-256 that the file of a model must have; part of the key of everything made with it.

    Raises:
        UnknownNameError: no model has this name.
    """
    return model_card(name).sha256


@cache
def model_path(name: str) -> Path:
    """The file of a model, checked against its card once in a process.

    Raises:
        UnknownNameError: no model has this name.
        ModelError: the package or the file is missing, or its size or SHA-256 is another.
    """
    card = model_card(name)
    expected = f"expected SHA-256 {card.sha256}; install {card.distribution}"
    spec = find_spec(card.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"model '{name}': package {card.package} is not installed, {expected}")
    path = Path(spec.submodule_search_locations[0]) / card.file
    if not path.is_file():
        raise ModelError(f"model '{name}': {path} does not exist, {expected}")
    size = path.stat().st_size
    if size != card.bytes:
        raise ModelError(f"model '{name}': {path} has {size} bytes instead of {card.bytes}, {expected} again")
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if got != card.sha256:
        raise ModelError(f"model '{name}': {path} has SHA-256 {got}, {expected} again")
    return path
