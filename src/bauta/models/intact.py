"""Checks of a file without a published hash: its kind and its completeness.

Nothing here executes code in a file.
"""

import zipfile
import zlib
from pathlib import Path

from bauta.errors import ModelError
from bauta.models.card import ModelCard
from bauta.models.container import Kind, check_plain
from bauta.models.reason import first_line
from bauta.models.zip_container import UNREADABLE

PAGES = (b"<!doctype", b"<html", b"<?xml", b"{", b"version https://git-lfs")
"""First bytes of responses that servers send instead of a file."""


def check_intact(path: Path, card: ModelCard) -> None:
    """Reject a file that is not what its card expects, is incomplete, or mixes versions.

    Args:
        path: The file.
        card: Its card.

    Raises:
        ModelError: it is of another kind, incomplete or corrupt.
    """
    _refuse_page(path, card)
    kind = check_plain(path, card)
    if zipfile.is_zipfile(path):
        _check_members(path, card)
    elif kind == Kind.TORCH:
        from bauta.models.restricted_pickle import read_checkpoint  # noqa: PLC0415 (torch)

        read_checkpoint(path)


def _refuse_page(path: Path, card: ModelCard) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    if not start or start.lstrip().lower().startswith(PAGES):
        got = (
            f"a file that begins with {start[:16]!r}, like a web page or a server message"
            if start
            else "nothing"
        )
        raise ModelError(f"{path}: expected {card.file}, got {got}: delete it and get it again")


def _check_members(path: Path, card: ModelCard) -> None:
    """Read every member of an archive against its checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (*UNREADABLE, zlib.error) as error:
        damaged = first_line(error)
    if damaged is not None:
        raise ModelError(f"{path}: {card.file} is damaged ({damaged}): delete it and get it again")
