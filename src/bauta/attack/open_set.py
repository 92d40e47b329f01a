"""Open-set identification: most probes show nobody of the gallery, and the attacker must notice.

FNIR and FPIR as in NIST's FRTE 1:N (NIST IR 8271) and ISO/IEC 19795-1, with R = 1: a search of a person in
the gallery is missed if the person is not first or scores below the threshold; a search of another person is
a false positive if anybody reaches the threshold, which is set on these searches.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.histograms import BINS, bin_of, cluster_subjects
from bauta.attack.identification import enrol_gallery, search, why_undefined
from bauta.attack.roc import accepted_weight, merge_pure_runs, weight_at
from bauta.attack.verification import ERRORS_TO_RESOLVE, resolves
from bauta.measurement import Value
from bauta.metrics.intervals import Resampling, bootstrap, percentile_interval

FPIRS = {"1e-1": 1e-1, "1e-2": 1e-2}
"""The reported FPIRs, by their name in a value's key."""

Array = NDArray[np.float64]
Counted = Mapping[str, NDArray[np.bool_]]
"""Which probes count, bool (P,) each: `mated` and `nonmated` searches, and `leaked` ones, found unseen."""


@dataclass(frozen=True)
class Searches:
    """Each of P probes searched twice: with its person in the gallery, and without.

    Attributes:
        enrolled: bool (P,), the probe's person is enrolled, so that one of the two searches is mated.
        mated: bool (P,), the mated search has a score: the probe is ok, and so is an enrolled face.
        hit: float64 (P,), probability that the person is first in it, ties broken at random.
        score: float64 (P,), score of the person in it.
        nonmated: bool (P,), the other search has a score.
        best: float64 (P,), highest score of anybody in the other search.
    """

    enrolled: NDArray[np.bool_]
    mated: NDArray[np.bool_]
    hit: Array
    score: Array
    nonmated: NDArray[np.bool_]
    best: Array


def search_halves(
    gallery_side: Embeddings, probe_side: Embeddings, labels: AttackLabels, *, seed: int
) -> Searches:
    """Split the people at random, enrol one half at a time, and search all probes in both galleries.

    So every probe is a mated and a non-mated search, and no person is enrolled in the gallery in which the
    person's probes are non-mated.
    """
    people = np.unique(labels.subjects)
    half = np.random.default_rng(seed).permutation(len(people)) % 2
    gallery = enrol_gallery(gallery_side, labels)
    of_template = half[np.searchsorted(people, gallery.subjects)]
    probes = Embeddings(probe_side.vectors[labels.probe], probe_side.ok[labels.probe])
    subjects = labels.subjects[labels.probe]
    of_probe = half[np.searchsorted(people, subjects)]
    found = [search(gallery.part(of_template == side), probes, subjects) for side in (0, 1)]

    first = of_probe == 0
    one, two = found
    return Searches(
        enrolled=np.isin(subjects, labels.subjects[labels.enrol]),
        mated=np.where(first, one.mated, two.mated),
        hit=np.nan_to_num(np.where(first[:, None], one.credit((1,)), two.credit((1,)))[:, 0]),
        score=np.where(first, one.true, two.true),
        nonmated=np.where(first, two.scored, one.scored),
        best=np.where(first, two.best, one.best),
    )


def open_set_values(
    gallery_side: Embeddings,
    probe_side: Embeddings,
    labels: AttackLabels,
    resampling: Resampling,
    *,
    fails_closed: bool,
) -> dict[str, Value]:
    """Measure `fnir_at_fpir_…` for each of `FPIRS`, and `*_covered` over the searches that have a score.

    A FPIR needs 30/FPIR non-mated searches, of at least 30 people. The probes' people are resampled. n is the
    number of mated searches.

    Args:
        gallery_side: Embeddings of all N faces as the gallery sees them (clear or anonymized).
        probe_side: Likewise for the probes.
        labels: Subjects and roles of the N faces.
        resampling: Bootstrap replicates and seed, which also splits the people.
        fails_closed: Whether a mated search without a score counts as found rather than missed. A non-mated
            one never raises an alarm.
    """
    reason = why_undefined(labels)
    if reason is not None:
        return {
            f"fnir_at_fpir_{name}{end}": Value.missing(reason) for name in FPIRS for end in ("", "_covered")
        }
    found = search_halves(gallery_side, probe_side, labels, seed=resampling.seed)
    every = np.ones(len(found.enrolled), dtype=bool)
    leaked = found.enrolled & ~found.mated & fails_closed
    whole = {"mated": found.enrolled, "nonmated": every, "leaked": leaked}
    scored = {"mated": found.mated, "nonmated": found.nonmated, "leaked": np.zeros_like(every)}
    values = _values(found, labels, whole, resampling)
    covered = values
    if any((whole[name] != scored[name]).any() for name in whole):
        covered = _values(found, labels, scored, resampling)
    return values | {f"{name}_covered": value for name, value in covered.items()}


def _values(
    found: Searches, labels: AttackLabels, counted: Counted, resampling: Resampling
) -> dict[str, Value]:
    """`fnir_at_fpir_…` over the searches that count."""
    people, clusters = labels.subjects[labels.probe], cluster_subjects(labels)[labels.probe]
    n, searches = int(counted["mated"].sum()), int(counted["nonmated"].sum())
    seen = len(np.unique(people[counted["nonmated"]]))
    reasons = {name: _undefined(fpir, n, searches, seen) for name, fpir in FPIRS.items()}
    values = {f"fnir_at_fpir_{name}": Value.missing(reason or "", n=n) for name, reason in reasons.items()}
    if all(reasons.values()):
        return values
    sums = _sums(found, clusters, counted)
    point = _fnir(sums.sum(axis=0, keepdims=True))[0]
    replicates = bootstrap(sums, _fnir, resampling)
    for index, (name, reason) in enumerate(reasons.items()):
        if reason is None:
            low, high = percentile_interval(
                point[index], replicates[:, index], units=len(sums), proportion=True
            )
            values[f"fnir_at_fpir_{name}"] = Value(value=float(point[index]), low=low, high=high, n=n)
    return values


def _undefined(fpir: float, mated: int, searches: int, people: int) -> str | None:
    """The reason why there is no FNIR at a FPIR."""
    if mated == 0:
        return "no probe shows a person with a template"
    if not resolves(fpir, searches) or people < ERRORS_TO_RESOLVE:
        needed = round(ERRORS_TO_RESOLVE / fpir)
        return (
            f"FPIR {fpir:g} needs at least {needed} non-mated searches of {ERRORS_TO_RESOLVE} people, "
            f"got {searches} of {people}"
        )
    return None


def _sums(found: Searches, clusters: NDArray[np.int64], counted: Counted) -> Array:
    """What `_fnir` needs of each cluster that has probes, float64 (C, 2F + 3)."""
    cluster, rows = np.unique(clusters, return_inverse=True)
    hits, alarms = np.zeros((2, len(cluster), BINS))
    mated, nonmated = found.mated & counted["mated"], found.nonmated & counted["nonmated"]
    np.add.at(hits, (rows[mated], bin_of(found.score[mated])), found.hit[mated])
    np.add.at(alarms, (rows[nonmated], bin_of(found.best[nonmated])), 1.0)
    totals = [np.bincount(rows, counted[name], len(cluster)) for name in ("leaked", "mated", "nonmated")]
    return np.hstack([*merge_pure_runs(hits, alarms), np.stack(totals, axis=1)])


def _fnir(sums: Array) -> Array:
    """FNIR at each of `FPIRS`, float64 (B, len(FPIRS)), of sums of `_sums`; NaN without mated searches."""
    width = (sums.shape[1] - 3) // 2
    leaked, mated, nonmated = sums[:, -3:].T
    hits = accepted_weight(sums[:, :width], leaked)
    alarms = accepted_weight(sums[:, width:-3], np.zeros(len(sums)))
    missed = np.full((len(sums), len(FPIRS)), np.nan)
    for index, fpir in enumerate(FPIRS.values()):
        reached = weight_at(fpir * nonmated[:, None], alarms, hits)
        np.divide(mated - reached, mated, out=missed[:, index], where=mated > 0)
    return np.clip(missed, 0.0, 1.0)
