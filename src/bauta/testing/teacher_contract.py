"""The contract of `protocols.ExpressionTeacher` as checks for any teacher.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(TeacherCase(MyTeacher(contract, models), sample_crops(contract)))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bauta.labels import LABEL_SPACES
from bauta.protocols import ExpressionTeacher, Images
from bauta.testing import crop_checks
from bauta.testing.violation import named, require


@dataclass(frozen=True)
class TeacherCase:
    """A teacher and crops to check it on.

    Attributes:
        teacher: The teacher.
        crops: uint8 (N, H, W, 3), at least two that show different things.
        tolerance: How far a probability may differ with its batch.
    """

    teacher: ExpressionTeacher
    crops: Images
    tolerance: float = 1e-5


def check_output(case: TeacherCase) -> None:
    """Check that posteriors are float32 (N, C) over a known label space, different for different crops."""
    teacher = case.teacher
    require(teacher.space in LABEL_SPACES, f"'{teacher.space}' is not in labels.LABEL_SPACES")
    classes = LABEL_SPACES[teacher.space].classes
    require(teacher.classes == classes, f"expected the classes {classes}, got {teacher.classes}")
    found = crop_checks.check_rows(teacher.predict, case.crops, (len(classes),), "float32")
    require(bool((found >= 0).all()), "a probability is negative")
    require(bool((np.abs(found.sum(axis=1) - 1) < 1e-5).all()), "probabilities do not add up to 1")
    require(float(np.ptp(found, axis=0).max()) > 1e-4, "all crops have the same posteriors")


def check_deterministic(case: TeacherCase) -> None:
    """Check that the same crops give bit-identical results."""
    crop_checks.check_repeats(case.teacher.predict, case.crops)


def check_batching(case: TeacherCase) -> None:
    """Check that the size and the order of batches have no influence."""
    crop_checks.check_batches(case.teacher.predict, case.crops, crop_checks.apart(case.tolerance))


def check_no_crops(case: TeacherCase) -> None:
    """Check that an empty batch is accepted."""
    crop_checks.check_no_crops(case.teacher.predict, case.crops, (len(case.teacher.classes),))


def check_refuses(case: TeacherCase) -> None:
    """Check that crops of another shape or type are rejected."""
    crop_checks.check_refuses(case.teacher.predict, case.crops)


CHECKS: Mapping[str, Callable[[TeacherCase], None]] = named(
    check_output, check_deterministic, check_batching, check_no_crops, check_refuses
)
"""Every check by name; each raises `ContractViolationError`."""
