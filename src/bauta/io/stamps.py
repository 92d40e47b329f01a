"""Stamp files, which record the configuration that each result was made from.

Results have the names that a person expects, so their names do not identify their configuration. A stamp file
beside them does: `.made/<result>/<digest>`, which Snakemake tracks like any other output, with the checksums
of the results that it covers. There is one at a time: a job that makes a result again first removes the old
stamp, so returning to an old configuration makes the result again.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bauta.io.layout import STAMPS
from bauta.io.seal import REMEDY, SealError, read_sealed, write_sealed


@contextmanager
def stamping(
    stamp: Path | str, results: Iterable[Path | str] = (), made_from: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Remove the stamps of other configurations, let the block make the result, then write the stamp.

    Args:
        stamp: The stamp file to write; all other files in its folder are older stamps of the same result.
        results: The files that the stamp covers.
        made_from: Place → digest of each of their inputs.
    """
    stamp = Path(stamp)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    for old in stamp.parent.iterdir():
        if not old.is_dir():
            old.unlink(missing_ok=True)
    yield
    checksums = {os.path.relpath(path, stamp.parent): _sha256(Path(path)) for path in results}
    write_sealed(stamp, {"results": checksums}, made_from=made_from)


def stamps_in(results: Path) -> list[Path]:
    """The stamp files in a folder of results."""
    return sorted(path for path in (results / STAMPS).rglob("*") if path.is_file())


def check_stamp(stamp: Path) -> None:
    """Compare the results that a stamp covers with its checksums; missing results are skipped.

    Raises:
        SealError: a result or the stamp is damaged, or the stamp is not the one that its path names.
    """
    for path, expected in _stamped(stamp).items():
        if path.exists():
            _compare(path, expected)


def check_results(results: Path, read: Iterable[Path | str]) -> None:
    """Compare results that a job reads with their stamps.

    Args:
        results: Folder of the run's results.
        read: Files in it.

    Raises:
        SealError: a file differs from its stamp, or no stamp covers it.
    """
    stamped = {path: sha256 for stamp in stamps_in(results) for path, sha256 in _stamped(stamp).items()}
    for path in map(Path, read):
        if path not in stamped:
            raise SealError(f"{path} has no stamp in {results / STAMPS}: {REMEDY}")
        _compare(path, stamped[path])


def _stamped(stamp: Path) -> dict[Path, str]:
    """The SHA-256 of each result that a stamp covers."""
    values, _ = read_sealed(stamp)
    names = values["results"].items()
    return {Path(os.path.normpath(stamp.parent / name)): sha256 for name, sha256 in names}


def _compare(path: Path, expected: str) -> None:
    got = _sha256(path)
    if got != expected:
        raise SealError(
            f"{path} is not what was made (expected the SHA-256 {expected[:12]}…, got {got[:12]}…): {REMEDY}"
        )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
