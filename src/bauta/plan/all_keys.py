"""The keys of a plan by their digests, which is what the paths of artifacts hold of them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bauta.errors import BautaError
from bauta.keys.key import Key
from bauta.plan.dataset import DatasetPlan
from bauta.plan.run import Plan


def described_keys(plan: Plan) -> dict[str, dict[str, Any]]:
    """Digest → description of every key of a plan; what cannot be planned is left out."""
    found: dict[str, dict[str, Any]] = {}
    pending = list(_keys(plan))
    while pending:
        key = pending.pop()
        if key.digest not in found:
            found[key.digest] = key.describe()
            pending += key.parents
    return found


def _keys(plan: Plan) -> Iterator[Key]:
    for name, part in plan.datasets.items():
        with suppress(BautaError):
            yield from _of_dataset(part)
        with suppress(BautaError):
            yield from plan.measurements[name].keys.values()
    for training in plan.training.values():
        yield from training.tested_keys.values()
        for kinds in training.learners.values():
            yield from (learner.key for trainings in kinds.values() for learner in trainings)
    with suppress(BautaError):
        yield from plan.result_keys.values()
    if plan.config.pooled_teacher is not None:
        yield plan.pooled_key
    if plan.config.pooled_generator is not None:
        yield plan.pooled_generator.key
    if plan.config.pooled_avatar is not None:
        yield plan.pooled_avatar.key


def _of_dataset(part: DatasetPlan) -> Iterator[Key]:
    yield part.faces.crop_key
    yield part.source.split_key
    yield from part.faces.landmarks_keys.values()
    yield from part.faces.parsing_keys.values()
    yield from part.teachers.training_keys.values()
    if not part.scored:
        return
    yield part.verdict_key
    if part.source.attributed:
        yield part.source.attributes_key
    for item in part.attacked:
        yield item.key
        if item.generator is not None:
            yield item.generator
    for keys in (part.recognizers.keys, part.teachers.keys, part.estimators.keys):
        yield from keys.values()
    if part.views.wanted and part.views.people.exist:
        yield part.views.people.key
        yield from (view.key for view in part.views.all)
