"""One of the two runs that are compared: its result, and those of its measurements that can be paired."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from pydantic import ValidationError

from bauta.attack.person_hits import HITS, PersonHits
from bauta.errors import DataError
from bauta.frontier.result import DatasetFrontier, Frontier, SettingResult
from bauta.io import layout
from bauta.io.seal import REMEDY, SEAL, SealError, check_bytes
from bauta.measurement import Measurement

KINDS = ("coverage", "attack", "suite", "adapt", "expression")
"""The kinds of measurements that are read."""

Place = tuple[str, str, str, str, str | None]
"""Kind, dataset, backend, setting and model."""


@dataclass(frozen=True)
class ComparedRun:
    """A finished run.

    Attributes:
        name: `A` or `B`.
        folder: The folder of its results.
        frontier: Its result.
        measurements: The measurements behind it that are there, unchanged.
        without: Why there are none; None if all are there.
    """

    name: str
    folder: Path
    frontier: Frontier
    measurements: Mapping[Place, Measurement]
    without: str | None

    @classmethod
    def read(cls, name: str, path: Path) -> Self:
        """Read a folder of results, or its `metrics.json`; a copy of either will do.

        The seal of a result names its place, and copies are refused where they could be taken for the
        original. Here a person names both, and may well have put the first aside, so only the checksum
        counts.

        Raises:
            DataError: there is no result, or it is damaged.
        """
        file = path / layout.METRICS if path.is_dir() else path
        if not file.is_file():
            raise DataError(
                f"{name}: expected the results of a finished run, such as results/demo, and {path} "
                f"{'lacks ' + layout.METRICS if path.is_dir() else 'does not exist'}"
            )
        content, _, made_from = _unsealed(file)
        frontier = Frontier.of_content(content, file)
        found: dict[Place, Measurement] = {}
        folder = file.absolute().parent
        without = None if made_from else f"{name} does not say which measurements it was made from"
        for place, digest in made_from.items():
            inside = _inside(place)
            if inside is None:
                continue
            try:
                one = _measurement(folder / inside, digest)
            except DataError as error:
                without = without or f"not all measurements of {name} are there: {error}"
                continue
            found[one.kind, one.dataset, one.backend, one.setting, one.model] = one
        if not found:
            without = f"the measurements of {name} are not beside its {layout.METRICS}"
        return cls(name, folder, frontier, found, without)

    @property
    def title(self) -> str:
        """Name of the run, and of its folder if that is another."""
        run, folder = self.frontier.run, self.folder.name
        return run if run == folder else f"{run} ({folder})"

    @property
    def config(self) -> Mapping[str, object]:
        """The configuration that its result records."""
        config: Mapping[str, object] = self.frontier.provenance.get("config") or {}
        return config

    def recorded(self, *keys: str) -> object:
        """An entry of the provenance, by its path; None if there is none."""
        found: object = self.frontier.provenance
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def hashes(self, key: str, dataset: str, kinds: tuple[str, ...]) -> frozenset[str]:
        """The distinct values of a hash in the measurements of a dataset.

        Without measurements, they are those of all datasets of the run, which is more than is wanted only if
        it has several.
        """
        known = {
            str(one.provenance[key])
            for (kind, of, *_), one in self.measurements.items()
            if kind in kinds and of == dataset and one.provenance.get(key) is not None
        }
        if not known:
            inputs = [self.recorded("inputs", f"{kind}.{key}") for kind in kinds]
            known = {str(value) for values in inputs if isinstance(values, list) for value in values}
        return frozenset(known)

    def hits(self, found: DatasetFrontier, row: SettingResult, *, pooled: bool) -> PersonHits | str:
        """What the attack that counts for a setting reaches on each person, or why that is not known.

        Args:
            found: The dataset, or the pair of datasets.
            row: The setting.
            pooled: Whether all probes of a person are taken together.
        """
        if not self.measurements:
            return self.without or "there are no measurements"
        dataset = found.dataset if found.pair is None else found.pair.identity
        place = (dataset, row.backend, row.setting)
        attacker, column = row.worst_attacker or "", "worst_top1_pooled" if pooled else "worst_top1"
        adaptive = attacker.removeprefix("adaptive/") if attacker.startswith("adaptive/") else None
        kind, model = ("suite", None) if pooled or adaptive is None else ("adapt", adaptive)
        one = self.measurements.get((kind, *place, model))
        if one is None or (not pooled and kind == "suite" and one.provenance.get("worst_one") != attacker):
            return f"what {attacker or 'the attack'} reaches on each person is not stored in {self.name}"
        hits = PersonHits.of_curve(one.curves.get(HITS, {}), "pooled" if pooled else "one")
        if hits is None:
            return f"{self.name} was measured before the outcomes of each person were stored"
        value = row.values[column].value
        if value is None or abs(hits.share - value) > 1e-6:
            return f"the outcomes of each person in {self.name} do not add up to its {column}"
        return hits


def _unsealed(path: Path) -> tuple[dict, str, Mapping[str, str]]:
    """The values of a sealed file, its digest, and what it was made from."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealError(f"{path} cannot be read ({error.strerror}): {REMEDY}") from error
    checksum = check_bytes(content, path)
    values = json.loads(content)
    if not isinstance(values, dict):
        raise SealError(f"{path} is not a JSON object: {REMEDY}")
    seal = values.pop(SEAL, None)
    made_from = seal.get("made_from") if isinstance(seal, dict) else None
    return values, checksum, made_from if isinstance(made_from, dict) else {}


def _inside(place: str) -> Path | None:
    """Where a measurement that is read lies in the folder of its run; None for other artifacts."""
    parts = PurePosixPath(place).parts
    # results/<run>/measurements/<dataset>/<kind>-<digest>/…
    if len(parts) < 6 or parts[0] != layout.RESULTS.name or parts[2] != layout.MEASUREMENTS:
        return None
    if parts[4].rpartition("-")[0] not in KINDS or ".." in parts:
        return None
    return Path(*parts[2:])


def _measurement(path: Path, digest: str) -> Measurement:
    values, checksum, _ = _unsealed(path)
    if checksum != digest:
        raise SealError(f"{path} is not the one that the result was made from")
    try:
        return Measurement.model_validate(values)
    except ValidationError as error:
        raise DataError(f"{path}: not a measurement: {REMEDY}") from error
