"""Zip packs: only the members that the registry knows come out, and only into the pack's folder."""

import os
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from bauta.errors import ModelError
from bauta.models.card import members_of


def unpack(pack: str, archive: Path, cache: Path) -> None:
    """Write the members of a pack to `cache/<pack>/`, under the names of the registry.

    A member is found by its base name, whatever folder it lies in: antelopev2.zip nests two.

    Raises:
        ModelError: the archive is no zip file or a member is damaged.
    """
    wanted = members_of(pack)
    folder = cache / pack
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                card = wanted.get(PurePosixPath(info.filename).name)
                if card is None or info.is_dir():
                    continue
                partial = folder / f"{card.file}.{os.getpid()}"
                try:
                    with packed.open(info) as source, partial.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    partial.replace(folder / card.file)
                finally:
                    partial.unlink(missing_ok=True)
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelError(f"pack '{pack}': {archive} cannot be unpacked ({error}): get it again") from error
