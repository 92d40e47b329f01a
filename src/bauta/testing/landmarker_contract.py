"""The contract of `protocols.Landmarker` as checks for any landmarker.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(LandmarkerCase(MyLandmarker(contract, models), sample_crops(contract)))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bauta.protocols import Images, Landmarker
from bauta.testing import crop_checks
from bauta.testing.violation import named, require


@dataclass(frozen=True)
class LandmarkerCase:
    """A landmarker and crops to check it on.

    Attributes:
        landmarker: The landmarker.
        crops: uint8 (N, H, W, 3), at least two.
        dimensions: 2 for points in the plane, 3 for points with depth.
        tolerance: How far a point may move with its batch, in crop pixels.
    """

    landmarker: Landmarker
    crops: Images
    dimensions: int = 2
    tolerance: float = 0.01

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of one face's points."""
        return (self.landmarker.points, self.dimensions)


def check_output(case: LandmarkerCase) -> None:
    """Check that points are float32 (N, points, 2 or 3), and a face has all of them, or NaN in all."""
    found = crop_checks.check_rows(case.landmarker.locate, case.crops, case.shape, "float32")
    lost = np.isnan(found)
    require(
        np.array_equal(lost.all(axis=(1, 2)), lost.any(axis=(1, 2))),
        "a face has only some of its points",
    )
    require(not np.isinf(found).any(), "a point is infinite")


def check_deterministic(case: LandmarkerCase) -> None:
    """Check that the same crops give bit-identical results."""
    crop_checks.check_repeats(case.landmarker.locate, case.crops)


def check_batching(case: LandmarkerCase) -> None:
    """Check that the size and the order of batches have no influence."""
    crop_checks.check_batches(case.landmarker.locate, case.crops, crop_checks.apart(case.tolerance))


def check_no_crops(case: LandmarkerCase) -> None:
    """Check that an empty batch is accepted."""
    crop_checks.check_no_crops(case.landmarker.locate, case.crops, case.shape)


CHECKS: Mapping[str, Callable[[LandmarkerCase], None]] = named(
    check_output, check_deterministic, check_batching, check_no_crops
)
"""Every check by name; each raises `ContractViolationError`."""
