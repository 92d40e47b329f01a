"""The entries of the registry `models.yaml`, one per model file."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bauta.errors import ModelError, UnknownNameError
from bauta.registry import nearest

REGISTRY = Path(__file__).with_name("models.yaml")

LicenceClass = Literal["permissive", "research"]


class InputContract(BaseModel):
    """The input that a network expects.

    Attributes:
        size: Height and width in pixels, null if any size is accepted.
        channels: Order of the channels.
        range: How the values 0 to 255 are scaled.
        alignment: The template to which faces are aligned, `none` for whole images.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: tuple[int, int] | None
    channels: Literal["rgb", "bgr", "grey"]
    range: str
    alignment: str


class ModelCard(BaseModel):
    """One file of weights, or a zip pack of several.

    Attributes:
        file: Its name in `models.dir` and in the cache; in a package, its path relative to the package.
        also: Other names of the same file.
        kind: `pack` for a zip whose members are other entries.
        package: The importable package that contains the file.
        distribution: The distribution that provides the package, with the version that was hashed.
        urls: Addresses from which it can be downloaded, tried in this order.
        pack: Name of the pack that contains it.
        member: Its name inside the pack, in any folder.
        converted_from: Name of the checkpoint from which `bauta convert` makes the file.
        extract: How to convert it, a name in `models.extract.EXTRACTORS`.
        get: Page from which a person can get it.
        sha256: SHA-256 of the file, null if none is published.
        md5: MD5 of the file, if only that is published; checked until a SHA-256 is pinned.
        bytes: Size of the file, null if unknown.
        licence: Licence of the weights, with restrictions from their training data.
        research_only: Whether the weights or their training data exclude commercial use, or no licence is
            stated.
        source: Where the weights were published.
        input: The input that the network expects.
        container: The kind of file, if the suffix of its name does not imply it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    also: tuple[str, ...] = ()
    kind: Literal["file", "pack"] = "file"
    package: str | None = None
    distribution: str | None = None
    urls: tuple[str, ...] = ()
    pack: str | None = None
    member: str | None = None
    converted_from: str | None = None
    extract: str | None = None
    get: str | None = None
    sha256: str | None
    md5: str | None = None
    bytes: int | None
    licence: str
    research_only: bool
    source: str
    input: InputContract | None = None
    container: Literal["torchscript"] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.package is None) != (self.distribution is None):
            raise ValueError("expected package and distribution together")
        if (self.pack is None) != (self.member is None):
            raise ValueError("expected pack and member together")
        if (self.converted_from is None) != (self.extract is None):
            raise ValueError("expected converted_from and extract together")
        if self.kind == "file" and self.input is None:
            raise ValueError("expected the input contract of a network")
        return self

    @property
    def licence_class(self) -> LicenceClass:
        """The licence class that `models.accept` must name."""
        return "research" if self.research_only else "permissive"


@cache
def model_cards() -> dict[str, ModelCard]:
    """Read all cards by name.

    Raises:
        ModelError: the registry cannot be read, or a member's pack is not in it.
    """
    try:
        entries = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
        cards = {name: ModelCard.model_validate(entry) for name, entry in entries.items()}
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ModelError(f"{REGISTRY} cannot be read ({error}): install bauta again") from error
    for name, card in cards.items():
        if card.pack is not None and (card.pack not in cards or cards[card.pack].kind != "pack"):
            raise ModelError(f"{REGISTRY}: '{name}' is in the unknown pack '{card.pack}'")
    return cards


def members_of(pack: str) -> dict[str, ModelCard]:
    """Return the cards of the files in a pack, by their base names in it."""
    return {card.member: card for card in model_cards().values() if card.pack == pack and card.member}


def model_card(name: str) -> ModelCard:
    """Return the card of a model.

    Raises:
        UnknownNameError: no model has this name.
    """
    cards = model_cards()
    if name not in cards:
        raise UnknownNameError(f"unknown model '{name}': {nearest(name, list(cards))}")
    return cards[name]
