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
        kind: Its content, in words for a person.
        path: Its path; companion files beside it have the same name up to the suffix.
    """

    dataset: str
    kind: str
    path: Path


def artifacts(plan: Plan) -> Iterator[Artifact]:
    """List all artifacts of a run, in the order of the stages.

    Raises:
        ConfigError: raw data are missing.
    """
    # What one dataset lends to several is listed with each of them.
    yield from dict.fromkeys(one for part in plan.datasets.values() for one in dataset_artifacts(part))
    if plan.config.pooled_teacher is not None:
        yield from _of_pooled_teacher(plan)
    if plan.config.pooled_generator is not None:
        yield Artifact("", "pooled generator", plan.pooled_generator.path)
    if plan.config.pooled_avatar is not None:
        yield Artifact("", "pooled avatar", plan.pooled_avatar.path)
    for name, training in plan.training.items():
        yield from dict.fromkeys(Artifact(name, kind, path) for kind, path in training.paths())
    for name, measurements in plan.measurements.items():
        for path in measurements.paths():
            yield Artifact(name, "measurements", path)


def _of_pooled_teacher(plan: Plan) -> Iterator[Artifact]:
    """The pooled teacher, what labels the faces that augment its training, and these faces anonymized."""
    for name, teacher in plan.pooled.pseudo_labels.items():
        yield Artifact(name, "pooled teacher's labels", plan.datasets[name].teachers.training(teacher))
    for name, label in plan.pooled.anonymized.items():
        sets = plan.datasets[name].sets
        yield Artifact(name, "pooled teacher's faces", sets.training(sets.labelled(label)))
    yield Artifact("", "pooled teacher", plan.pooled_teacher)


def dataset_artifacts(plan: DatasetPlan) -> Iterator[Artifact]:
    """List the cached artifacts of a dataset, with the people that another one lends to its attackers."""
    source, faces = plan.source, plan.faces
    if plan.dataset.adapter == "synthfaces":
        yield Artifact(plan.name, "rendered faces", source.root)
    found = [("manifest", source.manifest), ("split", source.split)]
    if plan.scored:
        found.append(("verdict", plan.verdict))
    if plan.scored and source.attributed:
        found.append(("attributes", source.attributes))
    found += [
        ("unpacked images", source.unpacked),
        ("detections", faces.detections),
        ("alignment", faces.alignment),
        ("crops", faces.crops),
    ]
    found += [("landmarks", faces.landmarks(name)) for name in plan.config.landmarks]
    found += [("parsing", faces.parsing(name)) for name in plan.config.parsing]
    if plan.dataset.deca is not None and "flame" in plan.config.anonymizers.sees:
        found.append(("flame", faces.flame))
    trained = [name for name in plan.teachers.training_keys if name not in ADAPTED]
    found += [("teachers", plan.teachers.trained(name)) for name in trained]
    if plan.scored:
        found += _scored(plan)
    for kind, path in found:
        yield Artifact(plan.name, kind, path)
    if plan.scored and plan.views.wanted and plan.views.people.exist:
        owner = plan.lender or plan
        for kind, path in _own_people(plan, owner):
            yield Artifact(owner.name, kind, path)


def _scored(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    recognizers, teachers, sets = plan.recognizers, plan.teachers, plan.sets
    for item in plan.attacked:
        if (generator := sets.generator(item)) is not None:
            yield "generators", generator
        yield "anonymized", sets.anonymized(item)
    for name in recognizers.readers or recognizers.attackers:
        yield "embeddings", recognizers.originals(name)
        for item in plan.attacked:
            yield "embeddings", recognizers.anonymized(name, item)
    if plan.views.wanted:
        yield from _viewed(plan)
    else:
        yield from _learnt(plan)
    yield from (("posteriors", teachers.originals(name)) for name in teachers.shown)
    for name in teachers.names:
        for item in sets.all:
            if teachers.reads(name, item):
                yield "posteriors", teachers.anonymized(name, item)
    yield from _estimated(plan)
    yield from _adapted(plan)


def _estimated(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """The estimates in the originals and in each set."""
    for name in plan.estimators.names:
        yield "estimates", plan.estimators.originals(name)
        yield from (("estimates", plan.estimators.anonymized(name, item)) for item in plan.sets.all)


def _learnt(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """The faces from which attributes are learnt."""
    if plan.people.exist:
        for name in plan.recognizers.readers:
            yield "attacker's embeddings", plan.people.originals(name)


def _viewed(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """The views of each set."""
    for item in plan.attacked:
        for view, recognizer in plan.seen(item):
            yield "views", plan.views.view(view, recognizer, item)


def _own_people(plan: DatasetPlan, owner: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """What the attackers of a dataset learn from: people of its own, or of the dataset that lends them."""
    for item in map(plan.views.own, plan.attacked):
        yield "attacker's faces", owner.people.anonymized(item)
        yield from (("posteriors", owner.teachers.training(name)) for name in item.teachers)
    for name in plan.recognizers.attackers:
        yield "attacker's embeddings", owner.people.originals(name)


def _adapted(plan: DatasetPlan) -> Iterator[tuple[str, Path]]:
    """The teachers that adapt to each set, and the anonymized faces that they learn from."""
    names = [name for name in plan.teachers.names if name in ADAPTED]
    for item in plan.sets.all:
        adapting = [name for name in names if plan.teachers.reads(name, item)]
        if adapting:
            yield "training faces", plan.sets.training(item)
            yield from (("posteriors", plan.teachers.training(name)) for name in item.teachers)
        for name in adapting:
            yield "adapted teachers", plan.teachers.adapted(name, item)
