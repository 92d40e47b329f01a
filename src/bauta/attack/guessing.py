"""What an attacker reaches who never looks at the probes: the floor that top-1 is compared with (trap 28)."""

import numpy as np

from bauta.attack.faces import AttackLabels
from bauta.attack.identification import chance
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, mean_value


def best_constant(labels: AttackLabels) -> Value:
    """Top-1 of the best constant answer: the largest share of the probes that one gallery subject has.

    It needs the probes' labels, so no attacker can be sure to reach it. It is at least 1/N, the blind guess
    among N subjects. It is known exactly, so it has no interval.
    """
    blind = chance(labels)
    if blind.value is None or not labels.probe.any():
        return blind
    probes, enrolled = labels.subjects[labels.probe], labels.subjects[labels.enrol]
    counts = np.unique(probes[np.isin(probes, enrolled)], return_counts=True)[1]
    return Value(value=max(blind.value, int(counts.max(initial=0)) / len(probes)), n=blind.n)


def constant_guess(labels: AttackLabels, resampling: Resampling) -> Value:
    """Top-1 of an attacker who always names the subject with most enrolled faces, at random among equals."""
    probes = labels.subjects[labels.probe]
    known, faces = np.unique(labels.subjects[labels.enrol], return_counts=True)
    if len(known) == 0:
        return Value.missing("no gallery subjects", n=0)
    named = known[faces == faces.max()]
    credit = np.isin(probes, named) / len(named)
    return mean_value(credit, probes, resampling, proportion=True, reason="no probe faces")


def guess_values(labels: AttackLabels, resampling: Resampling) -> dict[str, Value]:
    """Measure what needs no look at the probes.

    Returns:
        `chance_top1`, the best constant answer, from which privacy is measured; `blind_top1`, a guess at
        random, 1/N; `constant_top1`, the attacker who names the commonest enrolled person.
    """
    return {
        "chance_top1": best_constant(labels),
        "blind_top1": chance(labels),
        "constant_top1": constant_guess(labels, resampling),
    }
