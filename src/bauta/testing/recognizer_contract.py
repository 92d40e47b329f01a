"""The contract of `protocols.Recognizer` as checks for any recognizer.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(RecognizerCase(MyRecognizer(contract, models), sample_crops(contract)))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bauta.protocols import Images, Recognizer
from bauta.testing import crop_checks
from bauta.testing.violation import named, require


@dataclass(frozen=True)
class RecognizerCase:
    """A recognizer and crops to check it on.

    Attributes:
        recognizer: The recognizer.
        crops: uint8 (N, H, W, 3), at least three that show different things.
        tolerance: How far a vector may differ with its batch.
    """

    recognizer: Recognizer
    crops: Images
    tolerance: float = 1e-5


def check_output(case: RecognizerCase) -> None:
    """Check that vectors are unit vectors float32 (N, dimensions), different for different crops."""
    vectors = crop_checks.check_rows(
        case.recognizer.embed, case.crops, (case.recognizer.dimensions,), "float32"
    )
    lengths = np.linalg.norm(vectors, axis=1)
    require(bool((np.abs(lengths - 1) < 1e-5).all()), f"expected unit vectors, got lengths {lengths}")
    require(
        len(np.unique(vectors.round(5), axis=0)) == len(vectors), "different crops have the same embedding"
    )


def check_deterministic(case: RecognizerCase) -> None:
    """Check that the same crops give bit-identical results."""
    crop_checks.check_repeats(case.recognizer.embed, case.crops)


def check_batching(case: RecognizerCase) -> None:
    """Check that the size and the order of batches have no influence."""
    crop_checks.check_batches(case.recognizer.embed, case.crops, crop_checks.apart(case.tolerance))


def check_no_crops(case: RecognizerCase) -> None:
    """Check that an empty batch is accepted."""
    crop_checks.check_no_crops(case.recognizer.embed, case.crops, (case.recognizer.dimensions,))


def check_refuses(case: RecognizerCase) -> None:
    """Check that crops of another shape or type are rejected."""
    crop_checks.check_refuses(case.recognizer.embed, case.crops)


CHECKS: Mapping[str, Callable[[RecognizerCase], None]] = named(
    check_output, check_deterministic, check_batching, check_no_crops, check_refuses
)
"""Every check by name; each raises `ContractViolationError`."""
