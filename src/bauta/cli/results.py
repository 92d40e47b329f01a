"""The measured artifacts behind the results of a run, found by the seals of its measurements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bauta.cli.score import RUN
from bauta.errors import ConfigError, StoreError
from bauta.io import layout
from bauta.io.seal import read_sealed
from bauta.measurement import Measurement
from bauta.store import Store

REDO = "run the workflow again, so that the results and the cache belong together"


def results_folder(path: Path) -> Path:
    """Return the folder of the results of a run: `results/<run>`, or the one in a folder of `bauta score`.

    Raises:
        ConfigError: it holds no results.
    """
    for folder in (path / layout.RESULTS / RUN, path):
        if (folder / layout.MEASUREMENTS).is_dir() and (folder / layout.TABLE).is_file():
            return folder
    raise ConfigError(
        "expected the results of a run, such as results/demo, or the folder of a `bauta score`, and "
        f"{path} lacks {layout.TABLE} or {layout.MEASUREMENTS}"
    )


@dataclass(frozen=True)
class Measured:
    """One measurement, and the artifacts that it was made from.

    Attributes:
        measurement: Its content.
        root: The working directory of the run.
        set_path: `backend/setting` with the digest of the setting, as in paths.
        model: Recognizer or teacher with its digest, as in paths.
        made_from: Place → digest of each artifact.
    """

    measurement: Measurement
    root: Path
    set_path: str
    model: str
    made_from: Mapping[str, str]

    def store(self, path: str, **wildcards: str) -> Store:
        """Open a store among the artifacts.

        Args:
            path: A path of `layout`.
            wildcards: Values of some of its wildcards, besides those of the measured set.

        Raises:
            StoreError: there is none, it is gone, or it is not the one that was measured.
        """
        found = self.places(path, **wildcards)
        if len(found) != 1:
            raise StoreError(f"expected one artifact {path} behind the results, got {len(found)}; {REDO}")
        store = Store.open(self.root / found[0])
        if store.digest != self.made_from[found[0]]:
            raise StoreError(f"{store.path} is not the one that was measured; {REDO}")
        return store

    def there(self, path: str, **wildcards: str) -> Path | None:
        """Return the path of such an artifact; None if it is not on this machine."""
        found = (self.root / place for place in self.places(path, **wildcards))
        return next((each for each in found if each.exists()), None)

    def places(self, path: str, **wildcards: str) -> list[str]:
        """Return the places of such artifacts, below the working directory of the run."""
        backend, setting = self.set_path.split("/")
        known = {"backend": backend, "setting": setting, **wildcards}
        pattern = str(layout.fill(path, **{**dict.fromkeys(_WILDCARDS, "*"), **known}))
        return [place for place in self.made_from if PurePosixPath(place).match(pattern)]


def measured(results: Path, path: str) -> Iterator[Measured]:
    """Yield the measurements of one kind that have values, in the order of their paths.

    Args:
        results: Folder of the results.
        path: A path of `layout` with the wildcards dataset, digest, backend, setting, and recognizer, teacher
            or estimator.

    Raises:
        SealError: a measurement is damaged.
        DataError: a file is not a measurement.
    """
    pattern = layout.fill(path, **dict.fromkeys(_WILDCARDS, "*"))
    for file in sorted(results.glob(str(pattern))):
        measurement = Measurement.read(file)
        if measurement.infeasible is None and measurement.backend != "original":
            _, seal = read_sealed(file)
            model, backend, setting = file.parts[-3], file.parts[-2], file.stem
            yield Measured(
                measurement, results.absolute().parents[1], f"{backend}/{setting}", model, seal.made_from
            )


_WILDCARDS = (
    *("dataset", "crop", "digest", "index", "people", "landmarks"),
    *("recognizer", "teacher", "estimator", "backend", "setting"),
)
