"""Zip packs: only members in the registry are extracted, and only into the pack's folder."""

import os
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from bauta.errors import ModelError
from bauta.io.atomic import sync, sync_names
from bauta.models.card import ModelCard, members_of
from bauta.models.reason import first_line
from bauta.models.zip_container import ENCRYPTED, UNREADABLE

LARGEST = 2**31
"""Maximum size in bytes of a member without a published size; no ONNX graph is larger."""


def unpack(pack: str, archive: Path, cache: Path) -> None:
    """Extract the members of a pack to `cache/<pack>/`, under their names in the registry.

    A member is found by its base name in any folder, because antelopev2.zip nests two.

    Raises:
        ModelError: the archive is not a zip file, or a member is damaged, encrypted or too large.
    """
    wanted = members_of(pack)
    folder = cache / pack
    try:
        with zipfile.ZipFile(archive) as packed:
            folder.mkdir(parents=True, exist_ok=True)
            for info in packed.infolist():
                card = wanted.get(PurePosixPath(info.filename).name)
                if card is None or info.is_dir():
                    continue
                _check_member(info, card)
                partial = folder / f"{card.file}.{os.getpid()}"
                try:
                    with packed.open(info) as source, partial.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    sync(partial)
                    partial.replace(folder / card.file)
                finally:
                    partial.unlink(missing_ok=True)
        sync_names(folder)
    except (*UNREADABLE, zlib.error) as error:
        raise ModelError(
            f"pack '{pack}': {archive} cannot be unpacked ({first_line(error)}): get it again"
        ) from error


def _check_member(info: zipfile.ZipInfo, card: ModelCard) -> None:
    """Reject a member before it is decompressed; zipfile decompresses no more than is declared."""
    if info.flag_bits & ENCRYPTED:
        raise ValueError(f"{card.file} in it is encrypted")
    if info.file_size > (card.bytes or LARGEST):
        raise ValueError(f"{card.file} in it has {info.file_size:,} bytes")
