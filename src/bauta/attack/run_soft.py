"""The measurement of the soft stage: what is read of people besides their identity, and whom it concerns."""

from collections import Counter
from typing import Any

from bauta.attack.attribute_reading import (
    ADAPTIVE,
    FEWEST_PEOPLE,
    FIXED,
    AttributedFaces,
    Reading,
    read_attribute,
    readable_classes,
)
from bauta.attack.attribute_values import balanced_value, kept_value, removed_value
from bauta.attack.faces import AttackLabels
from bauta.attack.group_identification import (
    Groups,
    gap_value,
    group_values,
    groups_of,
    probe_credits,
)
from bauta.errors import DataError
from bauta.measurement import Measurement, Value
from bauta.metrics.intervals import Resampling, mean_value

NOBODY = "nobody is known, so nobody is identified"
NO_OWN = "the split has no people of the attacker's own: give train or dev a share"

ACCURACY, BALANCED, REMOVED = "accuracy", "balanced_accuracy", "removed"


def measure_soft(
    scored: AttributedFaces,
    own: AttributedFaces,
    labels: AttackLabels | None,
    *,
    dataset: str,
    backend: str,
    setting: str,
    model: str,
    seed: int,
    replicates: int = 2000,
) -> Measurement:
    """Measure how well attributes of people are read, and how many people of each group are identified.

    Args:
        scored: The scored faces, clear and anonymized. A person whose identity is unknown is a person of each
            face's own.
        own: Clear faces of the attacker's own people, possibly none.
        labels: Subjects and roles of the scored faces; None if nobody is known.
        dataset: Name of the dataset.
        backend: Name of the anonymizer.
        setting: Its setting.
        model: Name of the recognizer whose embeddings are read.
        seed: Seed of the folds and of the resampling.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `soft`: `attributes_kept`, the largest share of an attribute's readability that is left,
        see `kept_value`, and `group_gap`, the largest difference in top-1 between groups, see `gap_value`.
        The curve `attributes` lists every number as plain values: `attribute`, `group`, `reader`, `faces` and
        `metric` with the fields of a `Value`. The metric `removed` of a class, as `group`, is the share of
        the faces that are read as it in the clear and not after; see `removed_value`.

    Raises:
        DataError: a person of the attacker's own is scored, or there are no anonymized faces.
    """
    shared = set(own.people) & set(scored.people)
    if shared:
        raise DataError(f"the attacker learns from '{min(shared)}', who is scored: draw the split again")
    if scored.anonymized is None:
        raise DataError("expected anonymized faces of the scored people, got none")
    resampling = Resampling(replicates, seed)
    listed: list[dict[str, Any]] = []
    readings: dict[str, Reading] = {}
    for name in scored.attributes:
        classes, left_out = readable_classes(name, scored, own)
        listed += [_row(name, group=group, value=Value.missing(why)) for group, why in left_out.items()]
        if len(classes) < 2:
            few = f"classes of at least {FEWEST_PEOPLE} people: {len(classes)}, expected two"
            listed += [_row(name, metric=metric, value=Value.missing(few)) for metric in (ACCURACY, BALANCED)]
            continue
        readings[name] = read_attribute(name, classes, scored, own, seed=seed)
        listed += _read_rows(name, readings[name], scored, resampling)
    kept, which = kept_value(readings, scored.people, resampling)
    if not readings:
        few = f"no attribute has two classes of at least {FEWEST_PEOPLE} people"
        kept = Value.missing(few if scored.attributes else "no scored face has an attribute")
    measured: dict[str, Groups] = {}
    if labels is not None:
        credit = probe_credits(scored.clear, scored.anonymized, labels)
        for name, attribute in scored.attributes.items():
            groups = groups_of(scored.people, attribute)
            if groups is not None and groups:
                measured[name] = group_values(credit, labels, groups, resampling)
                listed += _group_rows(name, measured[name])
    return Measurement(
        kind="soft",
        dataset=dataset,
        backend=backend,
        setting=setting,
        model=model,
        values={
            "attributes_kept": kept,
            "group_gap": gap_value(measured) if labels is not None else Value.missing(NOBODY),
        },
        curves={"attributes": listed},
        provenance={"seed": seed, "replicates": replicates, "attribute_kept": which},
    )


def _read_rows(
    name: str, found: Reading, scored: AttributedFaces, resampling: Resampling
) -> list[dict[str, Any]]:
    people, classes = scored.people[found.rows], len(found.classes)
    most = max(Counter(found.truth.tolist()).values()) / len(found.truth)
    rows = [
        _row(name, reader="majority", metric=ACCURACY, value=Value(value=most, n=len(found.truth))),
        _row(name, reader="majority", metric=BALANCED, value=Value(value=1 / classes, n=len(found.truth))),
    ]
    for reader in (FIXED, ADAPTIVE):
        for faces in ("clear", "anonymized"):
            credit = found.credits.get((reader, faces))
            if credit is None:
                plain = balanced = Value.missing(NO_OWN)
            else:
                plain = mean_value(credit.plain, people, resampling, proportion=True)
                balanced = balanced_value(credit.balanced, found.truth, people, classes, resampling)
            rows.append(_row(name, reader=reader, faces=faces, metric=ACCURACY, value=plain))
            rows.append(_row(name, reader=reader, faces=faces, metric=BALANCED, value=balanced))
        for label, group in enumerate(found.classes):
            value = Value.missing(NO_OWN)
            if (reader, "clear") in found.answers:
                value = removed_value(found, reader, label, people, resampling)
            rows.append(
                _row(name, group=group, reader=reader, faces="anonymized", metric=REMOVED, value=value)
            )
    return rows


def _group_rows(name: str, values: Groups) -> list[dict[str, Any]]:
    return [
        _row(
            name,
            group=group,
            reader="naive" if protocol == "clear" else protocol,
            faces="clear" if protocol == "clear" else "anonymized",
            metric="top1",
            value=value,
        )
        for (group, protocol), value in values.items()
    ]


def _row(
    attribute: str,
    *,
    value: Value,
    metric: str = BALANCED,
    group: str | None = None,
    reader: str | None = None,
    faces: str | None = None,
) -> dict[str, Any]:
    place = {"attribute": attribute, "group": group, "reader": reader, "faces": faces, "metric": metric}
    return {**place, **value.model_dump()}
