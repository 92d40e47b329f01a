"""The faces of a picture, and their anonymization in place: what pictures and videos share.

Nothing heavy is imported here; `open_finder` and `open_editor` load the models once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from numpy.typing import NDArray

from bauta.protocols import Floats, Images

if TYPE_CHECKING:
    import numpy as np

    from bauta.apply.chosen import ChosenSetting
    from bauta.models.store import ModelStore

Fallback = Literal["blackout", "blur"]
"""What a face becomes that the anonymizer cannot change: black, or a few blurred colours."""

MIN_FACE = 24
"""Shorter side of the box, in image pixels, of the smallest face that is looked for."""


@dataclass(frozen=True)
class FoundFace:
    """A face in an image.

    Attributes:
        box: float32 (4,), x0, y0, x1, y1 in image pixels; it may reach out of the image.
        score: The detector's score, higher is better.
        points: float32 (5, 2) in the order of `contract.ARCFACE_TEMPLATE`, image pixels.
    """

    box: Floats
    score: float
    points: Floats


class Outcome(StrEnum):
    """What was done to a face."""

    ANONYMIZED = "anonymized"
    FALLBACK = "fallback"
    FAILED = "failed"


@dataclass(frozen=True)
class FaceOutcome:
    """What was done to one face, and why.

    Attributes:
        outcome: `failed` means that the face is unchanged, so the image must not be released.
        reason: Why the face was not anonymized by the chosen setting; None if it was.
    """

    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True)
class EditedImage:
    """An image after its faces were edited.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        mask: bool (H, W), True where pixels were edited; all others are those of the original, bit for bit.
        outcomes: One per face, in the order of the faces.
    """

    image: Images
    mask: "NDArray[np.bool_]"
    outcomes: tuple[FaceOutcome, ...]


@dataclass(frozen=True)
class EditRequest:
    """An image, its faces and, optionally, the invented identity of each: see `FaceEditor.edit`."""

    image: Images
    faces: Sequence[FoundFace]
    identities: Sequence[str] | None = None


class FaceFinder(Protocol):
    """Finds faces of all sizes from a minimum on."""

    def find(self, image: Images) -> tuple[FoundFace, ...]:
        """The faces of a uint8 (H, W, 3) RGB image, best score first; one box per face."""
        ...


@runtime_checkable
class QuickFinder(Protocol):
    """A finder that can also look less closely, as is enough for most frames of a video."""

    def find_quickly(self, image: Images) -> tuple[FoundFace, ...]:
        """The faces of a uint8 (H, W, 3) RGB image without the small ones, in a fraction of the time."""
        ...


@runtime_checkable
class ThreadableFinder(Protocol):
    """A finder that several threads can use at once, if its detector allows it."""

    def concurrent(self) -> "FaceFinder | None":
        """The same finder for several threads, each of which computes alone; None if there is none."""
        ...


class FaceEditor(Protocol):
    """Anonymizes the faces of an image in place."""

    def edit(
        self, image: Images, faces: Sequence[FoundFace], identities: Sequence[str] | None = None
    ) -> EditedImage:
        """Edit all given faces of a uint8 (H, W, 3) RGB image, which stays as it is.

        Args:
            image: The original.
            faces: Its faces.
            identities: One name per face, which fixes the random draw of a generator: faces with the same
                name get the same invented identity. By default, each face gets one of its own, derived from
                its pixels.
        """
        ...

    def edit_all(self, requests: Sequence[EditRequest]) -> tuple[EditedImage, ...]:
        """Edit several images, with their faces in common batches; the results are those of `edit`."""
        ...


def open_finder(
    detector: str = "mtcnn", *, min_face: int = MIN_FACE, models: "ModelStore | None" = None
) -> FaceFinder:
    """Load a detector.

    Args:
        detector: Name in `detect.DETECTORS`.
        min_face: Shorter side, in image pixels, of the smallest box to keep; the smaller, the slower.
        models: Store that holds its files; `ModelStore.default()` if omitted.

    Raises:
        UnknownNameError: the detector is unknown.
        ConfigError: it does not look at images, or the minimum is out of range.
        ModelError: a file is missing or is not the expected one.
    """
    from bauta.apply.finder import TwoLooks  # noqa: PLC0415 - loads the detector's packages

    return TwoLooks.open(detector, min_face=min_face, models=models)


def open_editor(
    setting: "ChosenSetting", *, fallback: Fallback = "blackout", models: "ModelStore | None" = None
) -> FaceEditor:
    """Load an anonymizer and what it sees.

    Args:
        setting: The setting, from `chosen.parse_setting` or `chosen.setting_of_run`.
        fallback: What a face becomes that the anonymizer cannot change.
        models: Store that holds the files; `ModelStore.default()` if omitted.

    Raises:
        ConfigError: the setting needs a group of people or labels, which a picture does not have.
        ModelError: a file is missing or is not the expected one.
    """
    from bauta.apply.crop_editor import CropEditor  # noqa: PLC0415 - loads the anonymizer's packages

    return CropEditor.open(setting, fallback=fallback, models=models)
