"""The search for model files: in the user's folder, installed packages, the cache, then the network."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

from bauta.errors import ModelError
from bauta.models.card import LicenceClass, ModelCard, model_card
from bauta.models.check import check_file, check_md5
from bauta.models.container import check_container
from bauta.models.intact import check_intact
from bauta.models.pack import unpack
from bauta.models.pins import Pins

log = logging.getLogger(__name__)

FOLDER_VARIABLE = "BAUTA_MODELS"
FETCH = "snakemake --cores 1 models"
"""The command that fetches model files; a caller that knows the configuration adds its options."""

EVERY_LICENCE: tuple[LicenceClass, ...] = ("permissive", "research")


@dataclass(frozen=True)
class ModelStore:
    """Finds model files and returns only those that match the registry.

    Attributes:
        folder: Folder that is searched first, or None.
        cache: Folder of downloads.
        download: Whether missing files may be downloaded.
        fetch: Whether this process may download; jobs on nodes without a network leave it to `fetch_model`.
        accept: Licence classes that may be used.
        pins: Hashes of the models without a published hash.
    """

    folder: Path | None
    cache: Path
    download: bool = False
    fetch: bool = True
    accept: tuple[LicenceClass, ...] = EVERY_LICENCE
    pins: Pins = field(default_factory=lambda: Pins(None))

    @classmethod
    def default(cls) -> "ModelStore":
        """Create a store without a configuration: the folder `BAUTA_MODELS`, the cache, no downloads."""
        folder = os.environ.get(FOLDER_VARIABLE)
        return cls(Path(folder) if folder else None, user_cache())

    def path(self, name: str) -> Path:
        """Return the file of a model, fetched if necessary and checked against its card.

        Raises:
            UnknownNameError: no model has this name.
            ModelError: it cannot be found or fetched, its licence is not accepted, its size or SHA-256 is not
                the expected one, or it is not the kind of file on its card.
        """
        card = model_card(name)
        self._check_licence(name, card)
        found = self.find(name) or self._fetch(name, card)
        expected = self.pins.expected(name, card)
        sha256 = check_file(name, found, card.bytes, expected, self.pins.origin(name, card))
        if card.sha256 is None:
            check_container(found, card, expected)
        if expected is None:
            if card.md5 is not None:
                check_md5(name, found, card.md5)
            check_intact(found, card)
        self.pins.pin(name, card, sha256)
        return found

    def find(self, name: str) -> Path | None:
        """Return the path of a model's file on this machine, unchecked; None if it is missing."""
        card = model_card(name)
        return next((path for path in self._places(card) if path.is_file()), None)

    def sha256(self, name: str) -> str | None:
        """Return the SHA-256 that a model's file must have; part of the key of everything computed with it.

        A file without a published hash is pinned if it is on this machine; None if it has never been seen.

        Raises:
            ModelError: the file on this machine cannot be used.
        """
        card = model_card(name)
        expected = self.pins.expected(name, card)
        if expected is None and self.find(name) is not None:
            self.path(name)
            expected = self.pins.expected(name, card)
        return expected

    def check_available(self, name: str) -> None:
        """Reject an unusable model, without fetching it.

        Raises:
            ModelError: its licence is not accepted, or it is missing and cannot be downloaded.
        """
        card = model_card(name)
        self._check_licence(name, card)
        if self.find(name) is None and not (self.download and self._sources(card)):
            raise self._missing(name, card)

    def check_pinned(self, name: str) -> None:
        """Reject a model whose hash is not known yet.

        Raises:
            ModelError: its hash is neither published nor pinned, and its file is not on this machine.
        """
        if self.sha256(name) is None:
            raise ModelError(
                f"model '{name}': no hash of {model_card(name).file} is published, so it is pinned when "
                f"it is first fetched: run `{FETCH}` once"
            )

    def _places(self, card: ModelCard) -> Iterator[Path]:
        if card.package is not None:
            spec = find_spec(card.package)
            if spec is not None and spec.submodule_search_locations:
                yield Path(spec.submodule_search_locations[0]) / card.file
        folders = [self.folder] if self.folder else []
        for folder in [*folders, self.cache]:
            for name in (card.file, *card.also):
                yield folder / name
                if card.pack:
                    yield folder / card.pack / name
                    yield folder / card.pack / card.pack / name

    def _sources(self, card: ModelCard) -> tuple[str, ...]:
        return card.urls or (model_card(card.pack).urls if card.pack else ())

    def _fetch(self, name: str, card: ModelCard) -> Path:
        if card.pack is not None and ((self.download and self.fetch) or self.find(card.pack)):
            unpack(card.pack, self.path(card.pack), self.cache)
            target = self.cache / card.pack / card.file
            if target.is_file():
                return target
        if not self.download or not self.fetch or not card.urls:
            raise self._missing(name, card)
        # Imported here because it takes a while, and the Snakefile is parsed for every job.
        from bauta.models.download import download  # noqa: PLC0415

        return download(name, card, self.cache, self.pins)

    def _missing(self, name: str, card: ModelCard) -> ModelError:
        places = "; ".join(str(place) for place in (self.folder, self.cache) if place)
        if card.package is not None:
            places = f"package {card.package}"
        return ModelError(
            f"model '{name}': {card.file} is not there, looked in: {places}; {self._remedy(name, card)}"
        )

    def _remedy(self, name: str, card: ModelCard) -> str:
        if card.converted_from is not None:
            return f"`bauta convert {name}` makes it of {self._official(card.converted_from)}"
        if card.distribution is not None:
            return f"install {card.distribution}"
        if self._sources(card):
            return (
                f"run `{FETCH}` where there is a network, on a cluster's login node"
                if self.download
                else "set models.download: true or put the file there"
            )
        where = card.get or card.source
        sha256 = self.pins.expected(name, card)
        which = f" (SHA-256 {sha256})" if sha256 else ""
        return f"get it from {where} and put it into the folder models.dir{which}"

    def _official(self, checkpoint: str) -> str:
        """The file that a model is converted from, its source and its hash, in words."""
        card = model_card(checkpoint)
        sha256 = self.pins.expected(checkpoint, card)
        known = f"SHA-256 {sha256}" if sha256 else (card.md5 and f"MD5 {card.md5}") or "no published hash"
        return f"{card.file} ({known}) from {(*card.urls, card.get or card.source)[0]}"

    def _check_licence(self, name: str, card: ModelCard) -> None:
        if card.licence_class not in self.accept:
            raise ModelError(
                f"model '{name}': {card.file} is for {card.licence_class} use only ({card.licence}), and "
                f"models.accept names {', '.join(self.accept)}: accept {card.licence_class} or choose another"
            )


def user_cache() -> Path:
    """Return the folder of downloads, in the platform's cache folder."""
    return user_cache_path("bauta") / "models"
