"""Every artifact that a run keeps under `data/` and `cache/`, and its measurements."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bauta.express import ADAPTED
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
    if plan.config.pooled_generator is not None:
        yield Artifact("", "pooled generator", plan.pooled_generator.path)
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
    found += [("teachers", plan.trained(name)) for name in plan.training_keys if name not in ADAPTED]
    if plan.scored:
        found += _scored(plan)
    for kind, path in found:
        yield Artifact(plan.name, kind, path)


def _scored(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    sets = [Path(item.backend) / f"{item.setting}.zarr" for item in plan.sets]
    everything = [Path("original.zarr"), *sets]
    for item in plan.sets:
        if (generator := plan.generator_path(item)) is not None:
            yield "generators", generator
        yield "anonymized", plan.anonymized_path(item)
    for name in plan.attackers:
        for path in everything:
            yield "embeddings", plan.folder / "embeddings" / plan.recognizer(name) / path
    for name in plan.teachers:
        folder = plan.folder / "posteriors" / plan.teacher(name)
        if name not in ADAPTED:
            yield "posteriors", folder / "original.zarr"
        for item in plan.sets:
            if plan.reads(name, item):
                yield "posteriors", folder / item.backend / f"{item.setting}.zarr"
    yield from _adapted(plan)


def _adapted(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """Teachers that adapt to each set, and the anonymized faces that they learn from."""
    names = [name for name in plan.teachers if name in ADAPTED]
    for item in plan.sets:
        adapting = [name for name in names if plan.reads(name, item)]
        if adapting:
            yield "training faces", plan.training_path(item)
        for name in adapting:
            yield "adapted teachers", plan.adapted(name, item)
