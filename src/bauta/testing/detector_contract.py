"""The contract of `protocols.Detector` as checks for any detector.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(DetectorCase(MyDetector(models), image))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bauta.protocols import Detections, Detector, Images
from bauta.testing.violation import named, require

EMPTY_SHAPES = ((250, 250), (1, 1), (1, 300), (700, 20))
"""Heights and widths of images without a face."""


@dataclass(frozen=True)
class DetectorCase:
    """A detector and an image to check it on.

    Attributes:
        detector: The detector.
        image: uint8 (H, W, 3) RGB with one frontal face that it finds.
        always: Whether it reports a face in every image, like one that does not inspect the image.
    """

    detector: Detector
    image: Images
    always: bool = False


def _require_shapes(found: Detections) -> None:
    faces = len(found.boxes)
    for name, array, shape in (
        ("boxes", found.boxes, (faces, 4)),
        ("scores", found.scores, (faces,)),
        ("points", found.points, (faces, 5, 2)),
    ):
        require(array.shape == shape, f"expected {name} {shape}, got {array.shape}")
        require(array.dtype == np.float32, f"expected {name} float32, got {array.dtype}")


def check_output(case: DetectorCase) -> None:
    """Check the boxes, scores and points of every face, best score first."""
    wide = np.concatenate([case.image, case.image[:, ::-1]], axis=1)
    found = case.detector.detect(wide)
    _require_shapes(found)
    faces = 1 if case.always else 2
    require(len(found.boxes) >= faces, f"expected {faces} faces or more, got {len(found.boxes)}")
    require(bool((np.diff(found.scores) <= 0).all()), "the scores are not in descending order")
    require(bool((found.boxes[:, 2:] > found.boxes[:, :2]).all()), "a box has no area")
    require(bool(np.isfinite(found.points).all()), "a point is not finite")


def check_points(case: DetectorCase) -> None:
    """Check that the points are those of `contract.ARCFACE_TEMPLATE`, in its order."""
    left_eye, right_eye, nose, left_mouth, right_mouth = case.detector.detect(case.image).points[0]
    require(bool(left_eye[0] < nose[0] < right_eye[0]), "the eyes are not on both sides of the nose")
    require(bool(left_mouth[0] < right_mouth[0]), "the corners of the mouth are the wrong way round")
    eyes, mouth = max(left_eye[1], right_eye[1]), min(left_mouth[1], right_mouth[1])
    require(bool(eyes < nose[1] < mouth), "the nose is not between the eyes and the mouth")


def check_deterministic(case: DetectorCase) -> None:
    """Check that an image gives the same faces for any memory layout, and is unchanged."""
    before = case.image.copy()
    first = case.detector.detect(case.image)
    for image in (case.image, np.asfortranarray(case.image)):
        again = case.detector.detect(image)
        for name in ("boxes", "scores", "points"):
            require(np.array_equal(getattr(first, name), getattr(again, name)), f"{name} differ")
    require(np.array_equal(before, case.image), "it wrote to the image")


def check_no_face(case: DetectorCase) -> None:
    """Check that an image without a face is accepted at any size."""
    for shape in EMPTY_SHAPES:
        found = case.detector.detect(np.zeros((*shape, 3), np.uint8))
        _require_shapes(found)
        require(case.always or len(found.boxes) == 0, f"a face is found in a black image of {shape}")


CHECKS: Mapping[str, Callable[[DetectorCase], None]] = named(
    check_output, check_points, check_deterministic, check_no_face
)
"""Every check by name; each raises `ContractViolationError`."""
