"""The pairs of a verification protocol in the files of its authors, in the folds of `lfw_pairs`.

Sources: LFW's pairs.txt, see `lfw_pairs`; CFP's Readme.txt (Sengupta et al., WACV 2016); AgeDB's MATLAB files
(Moschoglou et al., CVPR Workshops 2017), as `src/data/agedb2pack.py` of InsightFace reads them.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from bauta.attack.lfw_pairs import Fold, Pair, read_pairs
from bauta.datasets import agedb, cfp
from bauta.datasets.files import read_lines
from bauta.errors import DataError
from bauta.io.fingerprint import files_fingerprint
from bauta.io.images import SUFFIXES

FOLDS = 10
MATLAB = ".mat"
BROKEN = (OSError, ValueError, TypeError, LookupError, NotImplementedError, MatReadError)
"""Errors of SciPy's reader for bytes that are not MATLAB's, and of a file with other content."""


def read_pair_files(paths: Sequence[Path | str], form: str, sha256: str | None = None) -> tuple[Fold, ...]:
    """Read the pairs of a protocol.

    Args:
        paths: Its files, as `pair_files` of a dataset's section lists them.
        form: Their format, a name in `READERS`.
        sha256: `files_fingerprint` of the files when the run was planned; None accepts any content.

    Returns:
        The folds; an image has the id that the dataset's adapter assigns.

    Raises:
        DataError: a file cannot be read, does not have this format or has changed since then.
    """
    files = [Path(path) for path in paths]
    folds = READERS[form](files)
    if sha256 is not None and files_fingerprint(files) != sha256:
        raise DataError(f"file {files[-1]}, or one beside it, changed since this run was planned; run again")
    return folds


def _read_lfw(paths: Sequence[Path]) -> tuple[Fold, ...]:
    return read_pairs(paths[0])


def _read_cfp(paths: Sequence[Path]) -> tuple[Fold, ...]:
    """The folds of CFP: lists of images by number, then for each fold the pairs of one person and of two."""
    lists = [path for path in paths if path.name.startswith("Pair_list_")]
    sides = [_numbered(path) for path in lists]
    return tuple(
        (*_cfp_pairs(same, sides, genuine=True), *_cfp_pairs(diff, sides, genuine=False))
        for same, diff in zip(paths[len(lists) :: 2], paths[len(lists) + 1 :: 2], strict=True)
    )


def _numbered(path: Path) -> dict[str, str]:
    """The id of each image by its number, from lines such as `1 ../Data/Images/001/frontal/01.jpg`."""
    found = {}
    for line, text in read_lines(path):
        number, _, name = text.strip().partition(" ")
        image_id = cfp.image_id_of("/".join(PurePosixPath(name.strip()).parts[-3:]))
        if not number.isdecimal() or image_id is None:
            raise DataError(f"{path}, line {line}: expected a number and an image, got '{text}'")
        found[number] = image_id
    return found


def _cfp_pairs(path: Path, sides: Sequence[Mapping[str, str]], *, genuine: bool) -> list[Pair]:
    """The pairs of a list of lines such as `12,34`: numbers in the first list and in the last one."""
    pairs = []
    for line, text in read_lines(path):
        first, _, second = (part.strip() for part in text.partition(","))
        if first not in sides[0] or second not in sides[-1]:
            raise DataError(f"{path}, line {line}: expected the numbers of two images, got '{text}'")
        pairs.append(Pair(sides[0][first], sides[-1][second], genuine))
    return pairs


def _read_agedb(paths: Sequence[Path]) -> tuple[Fold, ...]:
    path = paths[0]
    return _from_matlab(path) if path.suffix.lower() == MATLAB else _from_lines(path)


def _from_matlab(path: Path) -> tuple[Fold, ...]:
    """The folds of AgeDB: cells of structures that hold two rows of images, each a name and an age."""
    try:
        splits = loadmat(path, variable_names=["splits"])["splits"]
        tables = [splits[number, 0][0, 0][0] for number in range(splits.shape[0])]
        names = [[[str(item[0, 0][0][0]) for item in row] for row in table] for table in tables]
        folds = tuple(
            tuple(Pair(one, other, _same(one, other)) for one, other in zip(*rows, strict=True))
            for rows in names
        )
    except BROKEN as error:
        raise DataError(
            f"{path}: expected AgeDB's 'splits', cells with two rows of images, got "
            f"{type(error).__name__}: {error}"
        ) from None
    return _checked(folds, path)


def _same(one: str, other: str) -> bool:
    """Whether two ids of AgeDB name one person.

    Raises:
        ValueError: one names nobody.
    """
    people = [agedb.person_of(name) for name in (one, other)]
    if None in people:
        raise ValueError(f"no person in '{one}' or '{other}'")
    return people[0] == people[1]


def _from_lines(path: Path) -> tuple[Fold, ...]:
    """Ten equal folds of lines with two images and 1 for one person or 0 for two, before or after them."""
    pairs = []
    for line, text in read_lines(path):
        cells = text.split()
        kinds = [cell for cell in cells if cell in ("0", "1")]
        names = [_image_id(cell) for cell in cells if cell not in ("0", "1")]
        if len(kinds) != 1 or len(names) != 2:
            raise DataError(f"{path}, line {line}: expected two images and 1 or 0, got '{text}'")
        pairs.append(Pair(names[0], names[1], genuine=kinds[0] == "1"))
    if not pairs or len(pairs) % FOLDS:
        raise DataError(f"{path}: expected {FOLDS} folds of equal size, got {len(pairs)} pairs")
    size = len(pairs) // FOLDS
    folds = tuple(tuple(pairs[start : start + size]) for start in range(0, len(pairs), size))
    return _checked(folds, path)


def _image_id(path: str) -> str:
    """The name of an image without its folder and suffix; a dot in a name is not the start of a suffix."""
    name = PurePosixPath(path)
    return name.stem if name.suffix.lower() in SUFFIXES else name.name


def _checked(folds: tuple[Fold, ...], path: Path) -> tuple[Fold, ...]:
    """The folds, if there are two with pairs of both kinds."""
    both = [fold for fold in folds if {pair.genuine for pair in fold} == {False, True}]
    if len(both) < 2:
        raise DataError(f"{path}: expected at least two folds with pairs of both kinds, got {len(both)}")
    return folds


READERS: Mapping[str, Callable[[Sequence[Path]], tuple[Fold, ...]]] = {
    "lfw": _read_lfw,
    "cfp": _read_cfp,
    "agedb": _read_agedb,
}
"""Format → its reader."""
