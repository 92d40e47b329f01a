"""Checks that a model file is the expected one before it is used."""

import hashlib
from functools import cache
from pathlib import Path

from bauta.errors import ModelError

ANOTHER = "it is another file: delete it and get it again"


def check_file(name: str, path: Path, size: int | None, sha256: str | None, origin: str = ANOTHER) -> str:
    """Check a model's file, once per process as long as it does not change.

    Args:
        name: Name of the model, for the message.
        path: The file.
        size: Its size in bytes, None if unknown.
        sha256: Its SHA-256, None if unknown.
        origin: The source of the hash and the remedy, for the message; see `Pins.origin`.

    Returns:
        SHA-256 of the file.

    Raises:
        ModelError: the size or the hash differs, or the file cannot be read.
    """
    try:
        state = path.stat()
        if size is not None and state.st_size != size:
            raise ModelError(
                f"model '{name}': {path} has {state.st_size} bytes instead of {size}: "
                "delete it and get it again"
            )
        got = _sha256(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"model '{name}': {path} cannot be read: {error.strerror}") from error
    if sha256 is not None and got != sha256:
        raise ModelError(f"model '{name}': {path} has SHA-256 {got}, expected {sha256}, {origin}")
    return got


def check_md5(name: str, path: Path, md5: str) -> None:
    """Check a file for which only an MD5 is published: against mix-ups, not against forgery.

    Raises:
        ModelError: the MD5 differs, or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            got = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise ModelError(f"model '{name}': {path} cannot be read: {error.strerror}") from error
    if got != md5:
        raise ModelError(f"model '{name}': {path} has MD5 {got}, expected {md5}: delete it and get it again")


@cache
def _sha256(path: Path, _size: int, _mtime: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
