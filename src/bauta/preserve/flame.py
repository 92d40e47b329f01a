"""Expression and pose of FLAME in the faces of a dataset, as a user's own DECA has written them, in a store.

Of the codes in a file (`bauta.preserve.deca`), these two are read and nothing else: above all not the shape,
which is who someone is.
"""

import logging
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from bauta.contract import Status
from bauta.errors import DataError
from bauta.io.walk import walk
from bauta.preserve.deca import CODES, HINT, read_codes
from bauta.store import ArraySpec, Store, StoreWriter

log = logging.getLogger(__name__)

READ: Mapping[str, str] = {"expression": "exp", "pose": "pose"}
"""Array of the store → the variable of DECA's that it holds."""

SUFFIX = ".mat"
BATCH = 1024

Parts = tuple[str, ...]
"""A path without its suffix."""


def files_of(folder: Path | str, images: Mapping[str, str]) -> dict[str, Path]:
    """Find the file of each image.

    An image NAME.jpg has the file NAME.mat or, as DECA's script writes it, NAME/NAME.mat. The folders above a
    file must be the last ones above its image; with none, the name must be that of a single image.

    Args:
        folder: The folder that holds the files, at any depth.
        images: Id of each image → its path, relative to the folder of the images.

    Returns:
        Id of an image → its file; an image without one is left out.

    Raises:
        DataError: there is no file, none fits an image, one fits several, or two fit one.
    """
    folder = Path(folder)
    owners: dict[Parts, list[str]] = {}
    for image, path in images.items():
        parts = _parts(path)
        for start in range(len(parts)):
            owners.setdefault(parts[start:], []).append(image)
    found: dict[str, Path] = {}
    strangers = 0
    for name in (names := sorted(_names(folder))):
        fitting = owners.get(_file_parts(name), [])
        if len(fitting) > 1:
            raise DataError(
                f"{folder / name} fits {len(fitting)} images, such as '{images[fitting[0]]}' and "
                f"'{images[fitting[1]]}'; put it in a folder of the name of the image's own"
            )
        for image in fitting:
            if image in found:
                raise DataError(f"two files of '{image}': {found[image]} and {folder / name}; keep one")
            found[image] = folder / name
        strangers += not fitting
    if not names:
        raise DataError(f"{folder}: expected DECA's files NAME{SUFFIX}, got none; {HINT}")
    if not found:
        raise DataError(
            f"{folder}: none of {len(names)} files has the name of an image, such as '{names[0]}'; expected "
            f"names such as '{PurePosixPath(next(iter(images.values()), 'NAME')).with_suffix(SUFFIX)}'"
        )
    if strangers:
        log.info("%s: %d files are of no image of the dataset", folder, strangers)
    return found


def write_flame(
    crops: Store,
    images: Mapping[str, str],
    folder: Path | str,
    out: Path | str,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Read the files of all crops and write expression and pose to a store.

    Args:
        crops: Store with `status`, one row for the one face that is used of each image.
        images: Id of each image → its path, relative to the folder of the images.
        folder: The folder of the files; see `files_of`.
        out: Store to write, with `expression` float32 (N, 50), `pose` float32 (N, 6): the rotation vectors of
            head and jaw, and `status` uint8 (N,). Faces without a crop keep its status and faces without a
            file get `no_face`; both have NaN.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        DataError: as in `files_of` and `read_codes`.
        StoreError: a store cannot be read or written.
    """
    files = files_of(folder, images)
    specs = {name: ArraySpec(CODES[code], "float32") for name, code in READ.items()}
    specs["status"] = ArraySpec((), "uint8")
    lost = 0
    with StoreWriter(out, specs, crops.ids, made_from={"crops": crops.digest}, sources=sources) as writer:
        for start in range(0, len(crops), BATCH):
            ids = crops.ids[start : start + BATCH]
            status = crops.read("status", start, start + len(ids))
            arrays = {name: np.full((len(ids), *CODES[code]), np.nan, "f4") for name, code in READ.items()}
            for row in np.flatnonzero(status == Status.OK.code).tolist():
                if ids[row] not in files:
                    status[row] = Status.NO_FACE.code
                    lost += 1
                    continue
                codes = read_codes(files[ids[row]], tuple(READ.values()))
                for name, code in READ.items():
                    arrays[name][row] = codes[code]
            writer.append(**arrays, status=status)
    if lost:
        log.warning("%s: %d of %d faces have no file and get no picture", folder, lost, len(crops))


def _names(folder: Path) -> Iterator[str]:
    """Names of the files of codes, relative to the folder; what its fingerprint leaves out is not read."""
    for found in walk(folder):
        if found.companion is None and found.name.endswith(SUFFIX):
            yield found.name


def _parts(path: str) -> Parts:
    return PurePosixPath(unicodedata.normalize("NFC", path)).with_suffix("").parts


def _file_parts(name: str) -> Parts:
    """The parts by which a file is found: DECA's script puts it into a folder of its own name."""
    parts = _parts(name)
    return parts[:-1] if len(parts) > 1 and parts[-2] == parts[-1] else parts
