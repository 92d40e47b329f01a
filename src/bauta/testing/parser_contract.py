"""The contract of `protocols.Parser` as checks for any parser.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(ParserCase(MyParser(contract, models), sample_crops(contract)))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.labels import PARSING_CLASSES
from bauta.protocols import Images, Parser
from bauta.testing import crop_checks
from bauta.testing.samples import face_points
from bauta.testing.violation import named, require


@dataclass(frozen=True)
class ParserCase:
    """A parser and crops to check it on.

    Attributes:
        parser: The parser.
        crops: uint8 (N, H, W, 3), at least two.
        agreement: Smallest share of the pixels that have the same class in a batch of another size.
    """

    parser: Parser
    crops: Images
    agreement: float = 0.999

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one face's classes."""
        return self.crops.shape[1:3]

    def parse(self, crops: Images) -> NDArray[np.uint8]:
        """Parse crops that have a frontal face in the middle."""
        side = self.crops.shape[1]
        return self.parser.parse(crops, np.tile(face_points(side), (len(crops), 1, 1)))


def check_output(case: ParserCase) -> None:
    """Check that the output is class ids uint8 (N, H, W) of `labels.PARSING_CLASSES`, more than one."""
    found = crop_checks.check_rows(case.parse, case.crops, case.shape, "uint8")
    require(found.max() < len(PARSING_CLASSES), f"expected class ids, got {found.max()}")
    require(len(np.unique(found)) > 1, "all pixels have the same class")


def check_landmarks(case: ParserCase) -> None:
    """Check that a parser that declares not to need landmarks does not use them."""
    if not case.parser.needs_landmarks:
        some = np.random.default_rng(0).normal(size=(len(case.crops), 68, 2)).astype(np.float32)
        found = case.parser.parse(case.crops, some)
        require(np.array_equal(found, case.parse(case.crops)), "landmarks change the classes")


def check_deterministic(case: ParserCase) -> None:
    """Check that the same crops give bit-identical results."""
    crop_checks.check_repeats(case.parse, case.crops)


def check_batching(case: ParserCase) -> None:
    """Check that the size and the order of batches have no influence."""
    crop_checks.check_batches(
        case.parse, case.crops, lambda one, other: float((one == other).mean()) < case.agreement
    )


def check_no_crops(case: ParserCase) -> None:
    """Check that an empty batch is accepted."""
    crop_checks.check_no_crops(case.parse, case.crops, case.shape)


CHECKS: Mapping[str, Callable[[ParserCase], None]] = named(
    check_output, check_landmarks, check_deterministic, check_batching, check_no_crops
)
"""Every check by name; each raises `ContractViolationError`."""
