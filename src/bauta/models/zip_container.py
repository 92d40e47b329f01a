"""Checks of a zip archive's directory before anything is extracted from it."""

import zipfile
from pathlib import Path, PurePosixPath

from bauta.errors import ModelError
from bauta.models.reason import corrupt

MOST_ENTRIES = 100_000
"""Most entries of an archive: a network of a thousand layers has a few thousand tensors, one entry each."""

ENCRYPTED = 0x1

UNREADABLE = (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, EOFError)
"""Errors that zipfile raises for archives that are damaged or deliberately malformed."""


MOST_INFLATED = 20
"""Largest ratio of a pack's uncompressed size to its archive's size: weights hardly compress."""


def check_pack(path: Path | str) -> None:
    """Reject a pack that is not an archive of ONNX graphs, or that expands too much.

    Raises:
        ModelError: it is damaged or encrypted, declares too much data, contains no graph, or names an entry
            that would lie outside its folder.
    """
    entries, size = _entries(path, "zip pack")
    wrong = _wrong(entries, MOST_INFLATED * size)
    if wrong is None and not any(entry.filename.endswith(".onnx") for entry in entries):
        wrong = "without any ONNX graph"
    if wrong:
        raise ModelError(f"{path}: expected a zip pack, got an archive {wrong}: do not use it, get it again")


def directory(path: Path | str, kind: str) -> list[zipfile.ZipInfo]:
    """Return the entries of an archive whose members are stored uncompressed.

    Weights do not compress, and the programs that write them do not try. So nothing needs to be decompressed,
    and the content can never exceed the size of the archive.

    Args:
        path: The archive.
        kind: The expected kind of archive for the message, such as "MediaPipe bundle".

    Raises:
        ModelError: it is damaged, encrypted or compressed, declares more data than it has, or names an entry
            that would lie outside its folder.
    """
    entries, size = _entries(path, kind)
    wrong = _wrong(entries, size)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        wrong = "that is compressed"
    if wrong:
        raise ModelError(f"{path}: expected a {kind}, got an archive {wrong}: do not use it, get it again")
    return entries


def _entries(path: Path | str, kind: str) -> tuple[list[zipfile.ZipInfo], int]:
    """The entries of an archive, and its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist(), Path(path).stat().st_size
    except UNREADABLE as error:
        raise corrupt(path, kind, error) from None


def _wrong(entries: list[zipfile.ZipInfo], most: int) -> str | None:
    if len(entries) > MOST_ENTRIES:
        return f"of {len(entries):,} entries"
    if len({entry.filename for entry in entries}) < len(entries):
        return "with two entries of one name"
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            return "that is encrypted"
        if is_outside(entry.orig_filename):
            return f"with the entry {entry.orig_filename[:80]!r}, which leaves its folder"
    declared = sum(entry.file_size for entry in entries)
    return f"of {declared:,} bytes, where there is room for {most:,}" if declared > most else None


def is_outside(name: str) -> bool:
    """Whether a name in an archive would lie outside the folder to which it is unpacked."""
    parts = PurePosixPath(name.replace("\\", "/"))
    return parts.is_absolute() or ".." in parts.parts or ":" in name or "\0" in name
