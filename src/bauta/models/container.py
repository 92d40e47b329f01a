"""The kind of a model file, by its content; no file is opened that is not of the kind on its card.

A loader accepts more than its name suggests: `torch.load` accepts programs, and HDF5 and ONNX can refer to
other files. Here a file is identified by its first bytes and its directory, and inspected for anything that
its loader would follow, before any loader opens it.
"""

import zipfile
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath

from bauta.errors import ModelError
from bauta.models import torch_container
from bauta.models.card import ModelCard
from bauta.models.reason import corrupt
from bauta.models.zip_container import UNREADABLE, check_pack, directory

HEAD = 1024
TFLITE_IDENTIFIER = b"TFL3"


class Kind(StrEnum):
    """Kinds of files, in words for a message."""

    TORCH = torch_container.KIND
    ONNX = "an ONNX graph"
    SAFETENSORS = "a safetensors file"
    HDF5 = "an HDF5 file"
    TFLITE = "a TensorFlow Lite model"
    TASK = "a MediaPipe bundle"
    DLIB = "a dlib model"
    PACK = "a zip pack of models"
    TORCHSCRIPT = "a TorchScript archive, which is a program"
    EXPORTED = "a .pt2 archive, which is a program"
    ZIP = "another zip archive"
    PICKLE = "a bare pickle"
    TAR = "a tar archive"
    COMPRESSED = "a compressed file"
    PAGE = "a web page or text"
    EMPTY = "an empty file"
    UNKNOWN = "something else"


EXPECTED: Mapping[str, Kind] = {
    ".pt": Kind.TORCH,
    ".pth": Kind.TORCH,
    ".ckpt": Kind.TORCH,
    ".onnx": Kind.ONNX,
    ".safetensors": Kind.SAFETENSORS,
    ".hdf5": Kind.HDF5,
    ".tflite": Kind.TFLITE,
    ".task": Kind.TASK,
    ".dat": Kind.DLIB,
    ".zip": Kind.PACK,
}
"""Suffix of a file → the kind that it implies."""

STARTS: tuple[tuple[bytes, Kind], ...] = (
    (torch_container.LEGACY, Kind.TORCH),
    (b"\x89HDF\r\n\x1a\n", Kind.HDF5),
    (b"\x1f\x8b", Kind.COMPRESSED),
    (b"BZh", Kind.COMPRESSED),
    (b"\xfd7zXZ", Kind.COMPRESSED),
    (b"7z\xbc\xaf", Kind.COMPRESSED),
    (b"(\xb5/\xfd", Kind.COMPRESSED),
    (b"Rar!", Kind.COMPRESSED),
    (b"\x80", Kind.PICKLE),
    # dlib writes a number as its length and its bytes; this is version 1.
    (b"\x01\x01", Kind.DLIB),
    # Field 1 of a protocol buffer, the version of the format: every ONNX file begins with it.
    (b"\x08", Kind.ONNX),
)

MARKS: tuple[tuple[int, bytes, Kind], ...] = (
    (257, b"ustar", Kind.TAR),
    (4, TFLITE_IDENTIFIER, Kind.TFLITE),
    # The length of the header, as eight bytes of which the last are zero, and the header.
    (5, b"\0\0\0{", Kind.SAFETENSORS),
)
"""Offset, the bytes at it, and the kind that they identify."""


def identify(path: Path | str) -> Kind:
    """Identify the kind of a file from its first bytes, or from the directory of an archive.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    # MediaPipe's bundles are shifted by a few bytes, so that their models are aligned for memory mapping.
    if b"PK\x03\x04" in head[:8] or head.startswith(b"PK\x05\x06"):
        return _of_archive(path)
    inner = next((kind for place, mark, kind in MARKS if head[place:].startswith(mark)), None)
    return inner or _of_start(head)


def expected_kind(card: ModelCard) -> Kind | None:
    """Return the kind that a card's file must have; None if neither the card nor its file name implies it."""
    if card.container is not None:
        return Kind[card.container.upper()]
    return Kind.PACK if card.kind == "pack" else EXPECTED.get(PurePosixPath(card.file).suffix)


def check_container(path: Path | str, card: ModelCard, sha256: str | None = None) -> None:
    """Reject a file that is not a plain container of the kind that its card expects.

    Nothing in it is executed or unpacked, and memory use is limited to a few times the file's size.

    Args:
        path: The file.
        card: Its card.
        sha256: SHA-256 that it was checked against, if any. A program is accepted only with one.

    Raises:
        ModelError: it is of another kind, is damaged, or refers to other files.
    """
    kind = check_plain(path, card)
    if kind == Kind.TORCHSCRIPT and (sha256 or card.sha256) is None:
        raise ModelError(
            f"{path} is a program (TorchScript), and no SHA-256 of {card.file} is published: it is not run "
            f"until you note that of a file that you trust in models.lock.yaml; see {card.source}"
        )


def check_plain(path: Path | str, card: ModelCard) -> Kind | None:
    """Reject a file that is of another kind than its card expects, or that refers to other files.

    Returns:
        Its kind; None if neither the card nor the file name implies the kind that it must have.

    Raises:
        ModelError: it is of another kind, is damaged, or refers to other files.
    """
    expected = expected_kind(card)
    if expected is None:
        return None
    got = identify(path)
    if got != expected and not (expected == Kind.PACK and got == Kind.ZIP):
        raise ModelError(
            f"{path}: expected {expected}, got {got}: nothing of it was run; delete it and get {card.file} "
            f"again from {card.get or card.source}"
        )
    if expected in CHECKS:
        CHECKS[expected](path)
    return expected


def _of_start(head: bytes) -> Kind:
    if not head:
        return Kind.EMPTY
    kind = next((kind for start, kind in STARTS if head.startswith(start)), None)
    is_text = not any(byte < 9 or 14 <= byte < 32 for byte in head)
    return kind or (Kind.PAGE if is_text else Kind.UNKNOWN)


def _of_archive(path: Path | str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except UNREADABLE as error:
        raise corrupt(path, "zip archive", error) from None
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return Kind.TORCHSCRIPT
    if inner & {"archive_format", "archive_version"} or "serialized_exported_program.json" in names:
        return Kind.EXPORTED
    if "data.pkl" in inner:
        return Kind.TORCH
    return Kind.TASK if any(name.endswith(".tflite") for name in names) else Kind.ZIP


def _check_onnx(path: Path | str) -> None:
    from bauta.models.onnx_container import check_onnx  # noqa: PLC0415 (onnx)

    check_onnx(path)


def _check_hdf5(path: Path | str) -> None:
    from bauta.models.hdf5_container import check_hdf5  # noqa: PLC0415 (h5py)

    check_hdf5(path)


def _check_safetensors(path: Path | str) -> None:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(str(path), framework="numpy") as file:
            file.keys()
    except (SafetensorError, OSError, ValueError, MemoryError) as error:
        raise corrupt(path, "safetensors file", error) from None


def _check_tflite(path: Path | str) -> None:
    with Path(path).open("rb") as file:
        _check_flatbuffer(path, file.read(8), Path(path).stat().st_size)


def _check_task(path: Path | str) -> None:
    entries = directory(path, "MediaPipe bundle")
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            if not entry.filename.endswith((".tflite", ".binarypb")):
                raise ModelError(f"{path}: in {Kind.TASK} is no entry {entry.filename[:80]!r}: get it again")
            if entry.filename.endswith(".tflite"):
                _check_flatbuffer(path, _start_of(path, archive, entry), entry.file_size)


def _start_of(path: Path | str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Read the first bytes of an entry; for a short entry, this verifies its checksum."""
    try:
        with archive.open(entry) as model:
            return model.read(8)
    except UNREADABLE as error:
        raise corrupt(path, "MediaPipe bundle", error) from None


def _check_flatbuffer(path: Path | str, head: bytes, size: int) -> None:
    if head[4:8] != TFLITE_IDENTIFIER or int.from_bytes(head[:4], "little") >= size:
        raise ModelError(f"{path} is an incomplete or corrupt TensorFlow Lite model: get it again")


CHECKS: Mapping[Kind, Callable[[Path | str], None]] = {
    Kind.TORCH: torch_container.check_torch,
    Kind.ONNX: _check_onnx,
    Kind.HDF5: _check_hdf5,
    Kind.SAFETENSORS: _check_safetensors,
    Kind.TFLITE: _check_tflite,
    Kind.TASK: _check_task,
    Kind.PACK: check_pack,
}
"""Kind → function that inspects a file of this kind."""
