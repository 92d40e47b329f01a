"""Distinguishes PyTorch files of tensors from the programs and archives that `torch.load` also accepts.

PyTorch's reader passes an archive with `constants.pkl` to TorchScript, which executes its content regardless
of the requested unpickler, and a tar archive to a reader that unpacks it. Both are therefore rejected first.
"""

import re
import tarfile
import zipfile
from pathlib import Path

from bauta.errors import ModelError
from bauta.models.pickle_bounds import check_pickle
from bauta.models.reason import corrupt
from bauta.models.zip_container import UNREADABLE, directory

KIND = "a PyTorch file of tensors"

MEMBER = re.compile(
    r"data\.pkl|data/[^/]+|version|byteorder|\.format_version|\.storage_alignment|\.data/[^/]+"
)
"""Entries that `torch.save` writes to the single folder of its archive."""

LEGACY = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""The first pickle in files of PyTorch before 1.6: the magic number."""

LEGACY_PICKLES = 5
"""Pickles before the storages: magic number, version, system, content and the names of the storages."""


def check_torch(path: Path | str) -> None:
    """Reject a file that is not the output of `torch.save` for tensors.

    Raises:
        ModelError: it is of another kind, or is damaged.
    """
    try:
        _check_legacy(path) if _is_legacy(path) else _check_archive(path)
    except UNREADABLE as error:
        if isinstance(error, ModelError):
            raise
        raise corrupt(path, "PyTorch file", error) from None


def _is_legacy(path: Path | str) -> bool:
    with Path(path).open("rb") as file:
        return file.read(len(LEGACY)) == LEGACY


def _check_archive(path: Path | str) -> None:
    entries = directory(path, "PyTorch file")
    folders = {entry.filename.partition("/")[0] for entry in entries}
    names = [entry.filename.partition("/")[2] for entry in entries]
    if len(folders) != 1 or "data.pkl" not in names:
        raise ValueError("it has no data.pkl in its one folder")
    strange = [name for name in names if not MEMBER.fullmatch(name)]
    if strange:
        raise ValueError(f"torch.save writes no entry like {strange[0][:80]!r}")
    with zipfile.ZipFile(path) as archive, archive.open(f"{folders.pop()}/data.pkl") as pickled:
        check_pickle(pickled)


def _check_legacy(path: Path | str) -> None:
    try:
        with tarfile.open(path, "r:"):
            raise ValueError("it is a tar archive too")
    except tarfile.TarError:
        pass
    with Path(path).open("rb") as file:
        for _ in range(LEGACY_PICKLES):
            check_pickle(file)
