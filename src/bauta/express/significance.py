"""Tests between anonymized sets: which of two changes less of what a teacher reads in the same faces."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.express.comparison import Posteriors, units_of
from bauta.labels import EXPRESSIONS
from bauta.measurement import Measurement
from bauta.metrics.expression import probability_distance
from bauta.metrics.intervals import Resampling, mean_value
from bauta.metrics.signed_rank import SignedRank, bonferroni

OVERALL = "all"
"""The name of the test of the distances in the probability of each face's own expression."""

EQUAL = "the distances of the two sets are equal in every face"
NOBODY = "no face has a posterior in both sets and in the clear"


class Place(NamedTuple):
    """A set: its anonymizer and its setting."""

    backend: str
    setting: str


def measure_significance(
    clear: Posteriors,
    anonymized: Mapping[Place, Posteriors | str],
    labels: Sequence[str | None],
    subjects: Sequence[str | None],
    *,
    dataset: str,
    model: str,
    knows: Sequence[str] = EXPRESSIONS,
    seed: int = 0,
    replicates: int = 2000,
) -> Measurement:
    """Test for each pair of sets whether one changes a teacher's posteriors less than the other does.

    The distances of a face are |p_before(c) − p_after(c)|: overall for its label c, or for the class
    predicted before if it has no label or one that the teacher does not know; and for each expression c,
    whatever the face shows. The distances of two sets are paired by face and compared by Wilcoxon's
    signed-rank test, as in Hellmann et al., "GANonymization", ACM TOMM 21(1), 2025, section 4.2. Faces count
    that have a posterior in both sets and in the clear: a set with fewer outputs is compared on these alone.

    P-values are corrected by Bonferroni: overall for the number of pairs, and for a single expression for
    the number of pairs and expressions. The test takes faces for independent, which faces of one person are
    not; the interval of the mean difference is bootstrapped over subjects and needs no such assumption.

    Args:
        clear: Posteriors of the originals.
        anonymized: Set → posteriors of the same faces, row-aligned, or the reason why there are none; sets
            are paired in this order.
        labels: Labelled expression of each face, or None.
        subjects: Subject of each face, None where unknown.
        dataset: Name of the dataset.
        model: Name of the teacher.
        knows: The expressions that the teacher knows; others are not tested.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `significance` of the originals without values. Its curve `tests` has a row of plain
        values for each pair and expression, `all` for overall: `backend`, `setting`, `other_backend`,
        `other_setting`, `expression`; the mean `distance` and `other_distance`, their `difference` with `low`
        and `high`; `statistic`, `z`, `p`, `p_bonferroni`, `tests`, `rank_biserial`, `r` and `n` as in
        `SignedRank`. Negative differences and effects mean that the first set changes less. What is not
        defined is None, with the `reason`.

    Raises:
        DataError: the arguments differ in length, or a label is not an expression.
    """
    read = {place: one for place, one in anonymized.items() if not isinstance(one, str)}
    lengths = {len(one.ok) for one in (clear, *read.values())} | {len(labels), len(subjects)}
    if len(lengths) != 1:
        raise DataError(
            "significance: expected as many originals as anonymized faces, labels and subjects, "
            f"got {sorted(lengths)}"
        )
    missing = {place: one for place, one in anonymized.items() if isinstance(one, str)}
    expressions = [name for name in EXPRESSIONS if name in knows]
    pairs = list(combinations(anonymized, 2))
    tests = {OVERALL: len(pairs), **dict.fromkeys(expressions, len(pairs) * len(expressions))}
    own = _own_class(clear, labels, knows)
    moved = {place: _distances(clear, one, own, expressions) for place, one in read.items()}
    units, resampling = units_of(subjects), Resampling(replicates=replicates, seed=seed)

    def rows() -> Iterator[dict[str, Any]]:
        for one, other in pairs:
            why = missing.get(one) or missing.get(other)
            both = None if why else clear.ok & read[one].ok & read[other].ok
            why = NOBODY if both is not None and not both.any() else why
            for name, number in tests.items():
                found = {"tests": number, **dict.fromkeys(NUMBERS), "n": 0, "reason": why}
                if both is not None and not why:
                    first, second = moved[one][name][both], moved[other][name][both]
                    found |= _test(first, second, units[both], resampling, number)
                yield {**one._asdict(), **_other(other), "expression": name, **found}

    return Measurement(
        kind="significance",
        dataset=dataset,
        backend="original",
        setting="clear",
        model=model,
        values={},
        curves={"tests": list(rows())},
        provenance={"seed": seed, "replicates": replicates},
    )


NUMBERS = (
    *("distance", "other_distance", "difference", "low", "high"),
    *("statistic", "z", "p", "p_bonferroni", "rank_biserial", "r"),
)


def _other(place: Place) -> dict[str, str]:
    return {f"other_{name}": value for name, value in place._asdict().items()}


def _own_class(clear: Posteriors, labels: Sequence[str | None], knows: Sequence[str]) -> NDArray[np.int64]:
    """The class of each face for the overall distance, int64 (N,): its label, or what is read before."""
    unknown = {label for label in labels if label is not None} - set(EXPRESSIONS)
    if unknown:
        raise DataError(
            f"significance: unknown label '{min(unknown)}', expected one of: {', '.join(EXPRESSIONS)}"
        )
    read = zip(labels, clear.predictions(), strict=True)
    return np.array(
        [EXPRESSIONS.index(label) if label and label in knows else before for label, before in read],
        dtype=np.int64,
    )


def _distances(
    clear: Posteriors, after: Posteriors, own: NDArray[np.int64], expressions: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Distance of each face overall and in each expression, float64 (N,), NaN without both posteriors."""
    both = clear.ok & after.ok
    found = {name: np.full(len(both), np.nan) for name in (OVERALL, *expressions)}
    before, now = clear.probabilities[both], after.probabilities[both]
    for name, values in found.items():
        fixed = np.full(int(both.sum()), EXPRESSIONS.index(name)) if name != OVERALL else own[both]
        values[both] = probability_distance(before, now, fixed)
    return found


def _test(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    units: NDArray[np.intp],
    resampling: Resampling,
    tests: int,
) -> dict[str, Any]:
    """The numbers of one test of paired distances (N,), N > 0."""
    change = mean_value(first - second, units, resampling)
    found = {
        "distance": float(first.mean()),
        "other_distance": float(second.mean()),
        "difference": change.value,
        "low": change.low,
        "high": change.high,
        "n": len(first),
    }
    ranked = SignedRank.of(first - second)
    if ranked is None:
        return {**found, "reason": EQUAL}
    return {
        **found,
        "statistic": ranked.statistic,
        "z": ranked.z,
        "p": ranked.p,
        "p_bonferroni": bonferroni(ranked.p, tests),
        "rank_biserial": ranked.rank_biserial,
        "r": ranked.r,
    }
