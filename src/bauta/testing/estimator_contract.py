"""The contract of `protocols.Estimator` as checks for any estimator.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(EstimatorCase(MyEstimator(contract, models), sample_crops(contract)))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bauta.preserve.quantities import QUANTITIES, width
from bauta.protocols import Estimator, Images
from bauta.testing import crop_checks
from bauta.testing.violation import named, require


@dataclass(frozen=True)
class EstimatorCase:
    """An estimator and crops to check it on.

    Attributes:
        estimator: The estimator.
        crops: uint8 (N, H, W, 3), at least two.
        tolerance: How far a number may differ with its batch.
    """

    estimator: Estimator
    crops: Images
    tolerance: float = 1e-3


def check_output(case: EstimatorCase) -> None:
    """Check that rows are float32 (N, width) of known quantities, and a face has all numbers or only NaN."""
    unknown = sorted(set(case.estimator.quantities) - set(QUANTITIES))
    require(not unknown, f"{unknown} are not in preserve.quantities.QUANTITIES")
    columns = width(case.estimator.quantities)
    found = crop_checks.check_rows(case.estimator.estimate, case.crops, (columns,), "float32")
    lost = np.isnan(found)
    require(np.array_equal(lost.all(axis=1), lost.any(axis=1)), "a face has only some of its numbers")
    require(not np.isinf(found).any(), "a number is infinite")


def check_nothing_in_nothing(case: EstimatorCase) -> None:
    """Check that no face is found in crops of one colour."""
    blank = np.stack([np.full_like(case.crops[0], level) for level in (0, 128, 255)])
    require(bool(np.isnan(case.estimator.estimate(blank)).all()), "it finds a face in a crop of one colour")


def check_deterministic(case: EstimatorCase) -> None:
    """Check that the same crops give bit-identical results."""
    crop_checks.check_repeats(case.estimator.estimate, case.crops)


def check_batching(case: EstimatorCase) -> None:
    """Check that the size and the order of batches have no influence."""
    crop_checks.check_batches(case.estimator.estimate, case.crops, crop_checks.apart(case.tolerance))


def check_no_crops(case: EstimatorCase) -> None:
    """Check that an empty batch is accepted."""
    crop_checks.check_no_crops(case.estimator.estimate, case.crops, (width(case.estimator.quantities),))


def check_refuses(case: EstimatorCase) -> None:
    """Check that crops of another shape or type are rejected."""
    crop_checks.check_refuses(case.estimator.estimate, case.crops)


CHECKS: Mapping[str, Callable[[EstimatorCase], None]] = named(
    check_output, check_nothing_in_nothing, check_deterministic, check_batching, check_no_crops, check_refuses
)
"""Every check by name; each raises `ContractViolationError`."""
