"""Every artifact that a run keeps under `data/` and `cache/`, and its measurements."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bauta.plan.dataset import DatasetPlan
from bauta.plan.run import Plan


@dataclass(frozen=True)
class Artifact:
    """One store, table or folder.

    Attributes:
        dataset: Name of the dataset.
        kind: What it holds, as a reader calls it.
        path: Where it is; what else of it lies beside has the same name up to the suffix.
    """

    dataset: str
    kind: str
    path: Path


def artifacts(plan: Plan) -> Iterator[Artifact]:
    """All artifacts of a run, from left to right.

    Raises:
        ConfigError: raw data is not there.
    """
    for part in plan.datasets.values():
        yield from dataset_artifacts(part)
    if plan.config.pooled_teacher is not None:
        yield Artifact("", "pooled teacher", plan.pooled_teacher)
    for name, measurements in plan.measurements.items():
        for path in measurements.paths():
            yield Artifact(name, "measurements", path)


def dataset_artifacts(plan: DatasetPlan) -> Iterator[Artifact]:
    """The cached artifacts of a dataset."""
    if plan.dataset.adapter == "synthfaces":
        yield Artifact(plan.name, "rendered faces", plan.root)
    found = [("manifest", plan.manifest), ("split", plan.split)]
    # Empty but for a dataset that comes as a table.
    found.append(("unpacked images", plan.index / "images"))
    found += [
        ("detections", plan.folder / "detections.parquet"),
        ("alignment", plan.folder / "alignment.parquet"),
    ]
    found.append(("crops", plan.folder / "crops.zarr"))
    found += [("landmarks", plan.landmarks_path(name)) for name in plan.config.landmarks]
    found += [("parsing", plan.parsing_path(name)) for name in plan.config.parsing]
    found += [("teachers", plan.trained(name)) for name in plan.training_keys]
    if plan.scored:
        found += _scored(plan)
    for kind, path in found:
        yield Artifact(plan.name, kind, path)


def _scored(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    sets = [Path(item.backend) / f"{item.setting}.zarr" for item in plan.sets]
    everything = [Path("original.zarr"), *sets]
    for path in sets:
        yield "anonymized", plan.folder / "anonymized" / path
    for name in plan.attackers:
        for path in everything:
            yield "embeddings", plan.folder / "embeddings" / plan.recognizer(name) / path
    for name in plan.teachers:
        for path in everything:
            yield "posteriors", plan.folder / "posteriors" / plan.teacher(name) / path
