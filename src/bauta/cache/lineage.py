"""Lineage: the recorded inputs of an artifact, compared with the artifacts that are there now."""

import os
from collections.abc import Container, Iterable, Mapping
from pathlib import Path

from bauta.io import layout
from bauta.io.infeasible import NETWORK_REASON
from bauta.io.leftovers import FINISHED
from bauta.io.parquet import read_seal
from bauta.io.seal import Seal, SealError, place_of, read_sealed

CARD = "card.json"


def seal_of(path: Path | str) -> Seal | None:
    """The seal of the artifact at a path; None for other files, such as raw data.

    Raises:
        SealError: the artifact is damaged, or is not the one that its path names.
    """
    path = Path(path)
    if path.suffix == ".zarr":
        return read_sealed(path / FINISHED, path)[1]
    if path.suffix == ".parquet":
        return read_seal(path)
    if path.suffix == ".json" or layout.STAMPS in path.parts:
        return read_sealed(path)[1]
    for name in (CARD, NETWORK_REASON):
        if (path / name).is_file():
            return read_sealed(path / name, path)[1]
    return None


class Lineage:
    """Artifacts and all of their ancestors, each of which is read once.

    A seal names all ancestors, not only the parents: some of a long chain may have been deleted to save
    space, or never brought to this machine, and the remaining ones are still compared.
    """

    def __init__(self) -> None:
        self._seals: dict[Path, Seal | None] = {}

    def seal_of(self, path: Path) -> Seal | None:
        """The cached result of the function `seal_of`."""
        if path not in self._seals:
            self._seals[path] = seal_of(path)
        return self._seals[path]

    def replaced(self, path: Path, but: Container[Path] = ()) -> str | None:
        """Describe the first ancestor of an artifact that was replaced; None if there is none.

        Ancestors that are no longer on this machine, or never were, are not compared.

        Args:
            path: The artifact.
            but: Further paths that are not compared.

        Raises:
            SealError: an ancestor is damaged, or is not the artifact that its path names.
        """
        seal = self.seal_of(path)
        for place, expected in sorted(seal.made_from.items()) if seal else ():
            ancestor = Path(place)
            if ancestor in but or not os.access(ancestor, os.F_OK):
                continue
            found = self.seal_of(ancestor)
            got = found.digest if found else "none"
            if got != expected:
                return f"{path} was made from another {ancestor} (expected {expected[:12]}…, got {got[:12]}…)"
        return None


def sources(inputs: Iterable[Path | str]) -> Mapping[str, str]:
    """Check the inputs of a job and return the lineage of its output.

    Args:
        inputs: The paths of a job's inputs; those that are not artifacts are ignored.

    Returns:
        Place → digest of the inputs and of all of their ancestors.

    Raises:
        SealError: an input is damaged, was copied or renamed, or has an ancestor that was replaced, or two
            inputs were made from different versions of one artifact.
    """
    lineage = Lineage()
    found: dict[str, tuple[str, Path]] = {}
    for path in map(Path, inputs):
        if reason := lineage.replaced(path):
            raise SealError(
                f"{reason}: one of the two was replaced; `snakemake --cores 1 verify` lists what to delete"
            )
        seal, place = lineage.seal_of(path), place_of(path)
        if seal is None or place is None:
            continue
        for ancestor, digest in {**seal.made_from, place: seal.digest}.items():
            first, other = found.setdefault(ancestor, (digest, path))
            if first != digest:
                raise SealError(
                    f"{other} and {path} were made from different versions of {ancestor} ({first[:12]}…, "
                    f"{digest[:12]}…): delete both and run again"
                )
    return {place: digest for place, (digest, _) in found.items()}
