"""FLAME parameters that a user's own DECA has estimated; neither DECA nor FLAME can be shipped.

DECA (Feng, Feng, Black and Bolkart, "Learning an animatable detailed 3D face model from in-the-wild images",
ACM TOG 40(4), 2021) encodes a face as parameters of FLAME. Its script `demo_reconstruct.py` keeps them in the
variable `codedict`; with `--saveMat` it writes the decoded meshes (`opdict`) instead, which lack them.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError

from bauta.errors import DataError
from bauta.preserve.run import Estimates

CODES: Mapping[str, tuple[int, ...]] = {
    "shape": (100,),
    "exp": (50,),
    "pose": (6,),
    "cam": (3,),
    "light": (9, 3),
}
"""Variable of a file → its shape, possibly with a leading 1. `pose` is the rotation vector of the head, and
that of the jaw behind it; `tex` and `detail` may be there and are not read."""

DECODED = frozenset({"verts", "trans_verts", "landmarks2d"})
"""Variables of what `--saveMat` writes."""

QUANTITIES = ("flame_shape", "flame_expression", "pose", "jaw")

MOST_BYTES = 64 * 2**20
"""Largest file that is read: the parameters are a few kilobytes, DECA's decoded meshes a few megabytes."""

HINT = (
    "write the codes: savemat(name + '.mat', {key: value.cpu().numpy() for key, value in codedict.items() "
    "if key != 'images'})"
)

NOT_MATLAB = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MatReadError, MemoryError, NotImplementedError),
    *(OSError, TypeError, ValueError, struct.error, zlib.error),
)
"""What SciPy raises for a file that is damaged, or of another kind."""


def read_codes(path: Path | str, names: Sequence[str] = tuple(CODES)) -> dict[str, NDArray[np.float64]]:
    """Read the parameters of one face.

    Args:
        path: A MATLAB file with these variables.
        names: The variables to read, some of `CODES`; others may be missing and are not decoded.

    Returns:
        Name → float64 of the shape in `CODES`.

    Raises:
        DataError: it is no such file, lacks a variable, has one of another shape, or a value is not finite.
    """
    path = Path(path)
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise DataError(f"{path}: expected at most {MOST_BYTES >> 20} MB, got {size >> 20}; {HINT}")
        listed = {name: shape for name, shape, _ in whosmat(path)}
        missing = [name for name in names if name not in listed]
        if missing and listed.keys() & DECODED:
            raise DataError(
                f"{path} holds DECA's decoded meshes (--saveMat), which lack '{missing[0]}'; {HINT}"
            )
        if missing:
            raise DataError(f"{path} lacks '{missing[0]}': expected DECA's codes {', '.join(names)}; {HINT}")
        for name in names:
            got = tuple(side for side in listed[name] if side != 1)
            if got != CODES[name]:
                raise DataError(
                    f"{path}: expected '{name}' of shape {CODES[name]} for one face, got {listed[name]}"
                )
        found = loadmat(path, variable_names=list(names))
        codes = {name: np.asarray(found[name], np.float64).reshape(CODES[name]) for name in names}
    except DataError:
        raise
    except NOT_MATLAB as error:
        why = type(error).__name__
        raise DataError(f"{path} is no MATLAB file of DECA's codes ({why}); write it again") from None
    for name, values in codes.items():
        if not np.isfinite(values).all():
            bad = prod(values.shape) - int(np.isfinite(values).sum())
            raise DataError(
                f"{path}: '{name}' has {bad} values that are not finite; run DECA on this face again"
            )
    return codes


def codes_of(folder: Path | str) -> dict[str, Path]:
    """List the files of a folder and those below it by the name of their face, such as `NAME/NAME.mat`.

    Raises:
        DataError: there is none, or two have the same name.
    """
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).rglob("*.mat")):
        if path.stem in found:
            raise DataError(f"two files of '{path.stem}': {found[path.stem]} and {path}; keep one")
        found[path.stem] = path
    if not found:
        raise DataError(f"{folder}: expected DECA's files NAME.mat, got none; {HINT}")
    return found


def read_faces(files: Mapping[str, Path], names: Sequence[str]) -> Estimates:
    """Read the parameters of some faces as estimates of `QUANTITIES`.

    Args:
        files: Name → file; a face without a file is one in which DECA's detector found nothing.
        names: The faces, in the order of the result.

    Raises:
        DataError: as in `read_codes`.
    """
    rows: list[dict[str, Any] | None] = [read_codes(files[name]) if name in files else None for name in names]
    empty = {name: np.full(shape, np.nan) for name, shape in CODES.items()}
    of = {
        name: np.stack([(empty if row is None else row)[name] for row in rows])
        for name in ("shape", "exp", "pose")
    }
    values = {
        "flame_shape": of["shape"],
        "flame_expression": of["exp"],
        "pose": of["pose"][:, :3],
        "jaw": of["pose"][:, 3:],
    }
    return Estimates(values, np.array([row is not None for row in rows], dtype=bool))
