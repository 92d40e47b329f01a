"""Agreement of teachers on the clear faces: the ceiling of what one of them finds of another's opinion."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bauta.express.comparison import CLASSES, Posteriors, tables_of_units, units_of
from bauta.measurement import Measurement, Value
from bauta.metrics.expression import cohen_kappa
from bauta.metrics.intervals import Resampling, bootstrap, percentile_interval


def measure_agreement(
    posteriors: Mapping[str, Posteriors],
    subjects: Sequence[str | None],
    *,
    dataset: str,
    seed: int = 0,
    replicates: int = 2000,
) -> Measurement:
    """Measure how far each pair of teachers agrees on the expressions of the clear faces.

    An anonymizer that keeps all that one teacher reads, and nothing else, is read by another teacher as well
    as the two agree. A face that one of them cannot read counts as a disagreement. Intervals are bootstrapped
    over subjects; a face without a subject is a unit of its own.

    Args:
        posteriors: Teacher → its posteriors of the clear faces, row-aligned; at least two.
        subjects: Subject of each face, None where unknown.
        dataset: Name of the dataset.
        seed: Seed of the bootstrap.
        replicates: Bootstrap replicates.

    Returns:
        A measurement `agreement` of the originals, with Cohen's κ of each pair as `{one}/{other}/kappa`.
    """
    units, resampling = units_of(subjects), Resampling(replicates=replicates, seed=seed)
    values = {
        f"{one}/{other}/kappa": _kappa(posteriors[one], posteriors[other], units, resampling)
        for one, other in combinations(posteriors, 2)
    }
    return Measurement(
        kind="agreement",
        dataset=dataset,
        backend="original",
        setting="clear",
        values=values,
        provenance={"seed": seed, "replicates": replicates},
    )


def _kappa(one: Posteriors, other: Posteriors, units: NDArray[np.intp], resampling: Resampling) -> Value:
    tables = tables_of_units(units, one.predictions(), other.predictions(), one.ok).astype(np.float64)

    def kappa(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return cohen_kappa(sums.reshape(len(sums), CLASSES, CLASSES + 1))

    value, number = float(kappa(tables.sum(0, keepdims=True))[0]), int(one.ok.sum())
    if not np.isfinite(value):
        return Value.missing("both teachers read a single expression in all faces", number)
    low, high = percentile_interval(
        value, bootstrap(tables, kappa, resampling), units=len(tables), proportion=False
    )
    return Value(value=value, low=low, high=high, n=number)
