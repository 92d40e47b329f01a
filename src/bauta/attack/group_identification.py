"""Identification of the people of each group (demographic differentials, as in NIST's FRTE part 3, IR 8280).

Everybody is in the gallery, and the probes of one group are counted apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.attack.attribute_reading import FEWEST_PEOPLE
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.identification import enrol_gallery, recognised, search, why_undefined
from bauta.attack.protocols import CLEAR, AttackProtocol, get_protocol
from bauta.datasets.attributes import Classes
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling

PROTOCOLS = (CLEAR, get_protocol("naive"), get_protocol("parrot"))

Groups = Mapping[tuple[str, str], Value]
"""Group and protocol → top-1."""


def groups_of(people: NDArray[np.str_], attribute: Classes) -> Mapping[str, str] | None:
    """Group of each person whose class is known; None if a person has faces of two classes."""
    groups: dict[str, str] = {}
    for who, group in zip(people, attribute, strict=True):
        if group is not None and groups.setdefault(str(who), group) != group:
            return None
    return groups


def probe_credits(clear: Embeddings, anonymized: Embeddings, labels: AttackLabels) -> dict[str, NDArray]:
    """Rank-1 credit of each probe by protocol, float64 (P,); NaN where a probe cannot be scored."""
    found = {}
    for protocol in PROTOCOLS:
        gallery, probes = protocol.sides(clear, anonymized)
        shown = Embeddings(probes.vectors[labels.probe], probes.ok[labels.probe])
        result = search(enrol_gallery(gallery, labels), shown, labels.subjects[labels.probe])
        found[protocol.name] = result.credit()[:, 0]
    return found


def group_values(
    credit: Mapping[str, NDArray], labels: AttackLabels, groups: Mapping[str, str], resampling: Resampling
) -> Groups:
    """Top-1 of the probes of each group under each protocol; missing for a group of too few people."""
    subjects = labels.subjects[labels.probe]
    of = np.array([groups.get(str(subject)) for subject in subjects], dtype=object)
    reason = why_undefined(labels)
    found: dict[tuple[str, str], Value] = {}
    for group in sorted(set(groups.values())):
        rows = np.flatnonzero(of == group)
        people = len(np.unique(subjects[rows]))
        few = f"people with probes: {people}, expected at least {FEWEST_PEOPLE}"
        for protocol in PROTOCOLS:
            if reason is not None or people < FEWEST_PEOPLE:
                found[group, protocol.name] = Value.missing(reason or few, n=len(rows))
                continue
            known, unscored = credit[protocol.name][rows], float(protocol.fails_closed)
            found[group, protocol.name] = recognised(known, subjects[rows], resampling, unscored=unscored)[0]
    return found


def gap_value(measured: Mapping[str, Groups], protocols: Sequence[AttackProtocol] = PROTOCOLS[1:]) -> Value:
    """The largest difference in top-1 between two groups of an attribute whose intervals are known.

    The groups have no person in common, so the interval of a difference is that of two independent
    proportions by the intervals of each (Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17, 1998, method 10). It is the interval of this pair:
    the largest of many differences is above zero by chance.

    Args:
        measured: Attribute → top-1 of its groups.
        protocols: The protocols that count.
    """
    best: Value | None = None
    for values in measured.values():
        for protocol in protocols:
            known = [v for (_, name), v in values.items() if name == protocol.name and v.low is not None]
            if len(known) < 2:
                continue
            upper, lower = (pick(known, key=lambda v: v.value or 0.0) for pick in (max, min))
            found = _difference(upper, lower)
            if best is None or (found.value or 0.0) > (best.value or 0.0):
                best = found
    return best or Value.missing("no attribute has two groups of people whose top-1 has an interval")


def _difference(upper: Value, lower: Value) -> Value:
    (top, top_low, top_high), (base, base_low, base_high) = (
        np.array([v.value, v.low, v.high], dtype=np.float64) for v in (upper, lower)
    )
    gap = float(top - base)
    low = gap - float(np.hypot(top - top_low, base_high - base))
    high = gap + float(np.hypot(top_high - top, base - base_low))
    return Value(value=gap, low=low, high=min(1.0, high), n=(upper.n or 0) + (lower.n or 0))
