"""What each kind of model must offer; an implementation is any class with these members."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Detections:
    """The faces that a detector found in one image, best score first.

    Attributes:
        boxes: float32 (F, 4): x0, y0, x1, y1 in image pixels.
        scores: float32 (F,), higher is better; only comparable within one detector.
        points: float32 (F, 5, 2) in the order of `contract.ARCFACE_TEMPLATE`, image pixels.
    """

    boxes: Floats
    scores: Floats
    points: Floats


class Detector(Protocol):
    """Finds faces."""

    def detect(self, image: Images) -> Detections:
        """Faces of one uint8 (H, W, 3) RGB image; none is an empty `Detections`, not an error."""
        ...


class Landmarker(Protocol):
    """Places landmarks on crops."""

    points: int

    def locate(self, crops: Images) -> Floats:
        """Landmarks of uint8 (N, H, W, 3) RGB crops: float32 (N, points, 2 or 3) crop pixels, NaN if none."""
        ...


@runtime_checkable
class BlendshapeLandmarker(Landmarker, Protocol):
    """A landmarker that also tells how strong each movement of the face is."""

    def locate_with_blendshapes(self, crops: Images) -> tuple[Floats, Floats]:
        """Landmarks as from `locate`, and float32 (N, B) in [0, 1], NaN if none."""
        ...


class Parser(Protocol):
    """Labels the pixels of crops with `labels.PARSING_CLASSES`.

    Attributes:
        needs_landmarks: Whether it draws on landmarks; without, it parses every crop.
    """

    needs_landmarks: bool

    def parse(self, crops: Images, landmarks: Floats) -> NDArray[np.uint8]:
        """Class ids (N, H, W) of uint8 (N, H, W, 3) crops with float32 (N, P, 2) landmarks."""
        ...


class Recognizer(Protocol):
    """Embeds crops so that the cosine tells people apart."""

    dimensions: int

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, dimensions) of uint8 (N, H, W, 3) RGB crops."""
        ...


class ExpressionTeacher(Protocol):
    """Reads the expression of a face.

    Attributes:
        space: Name of its label space in `labels.LABEL_SPACES`.
        classes: The classes of that space, in order.
    """

    space: str
    classes: tuple[str, ...]

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, len(classes)) of uint8 (N, H, W, 3) RGB crops."""
        ...


@dataclass(frozen=True)
class FaceBatch:
    """Consecutive faces as an anonymizer gets them; what it does not declare to see is None.

    Attributes:
        face_ids: One id a face.
        images: uint8 (N, H, W, 3) RGB crops.
        surroundings: The crops with black where `BlindAnonymizer.protected` says 1.
        landmarks: float32 (N, 68, 2) iBUG points in crop pixels, NaN rows where there are none.
        mesh: float32 (N, 478, 2) vertices of MediaPipe's face mesh, likewise.
        blendshapes: float32 (N, 52) of MediaPipe in [0, 1], likewise.
        parsing: uint8 (N, H, W) class ids.
        subjects: Who each face shows, None where unknown.
        expressions: Labelled expression of each face, None where it has no label.
    """

    face_ids: Sequence[str]
    images: Images | None = None
    surroundings: Images | None = None
    landmarks: Floats | None = None
    mesh: Floats | None = None
    blendshapes: Floats | None = None
    parsing: NDArray[np.uint8] | None = None
    subjects: Sequence[str | None] | None = None
    expressions: Sequence[str | None] | None = None

    def __len__(self) -> int:
        return len(self.face_ids)

    def restricted_to(self, sees: frozenset[str]) -> "FaceBatch":
        """The same faces with only the named fields."""
        hidden: dict[str, Any] = dict.fromkeys(FIELDS - sees)
        return replace(self, **hidden)


FIELDS = frozenset(field.name for field in fields(FaceBatch)) - {"face_ids"}
"""What an anonymizer may declare to see."""


@dataclass(frozen=True)
class AnonymizedBatch:
    """What an anonymizer made of a `FaceBatch`.

    Attributes:
        images: uint8 (N, H, W, 3) RGB; black where the status is not ok.
        status: uint8 (N,) codes of `contract.Status`.
        mask: uint8 (N, H, W), 1 where the anonymizer may have edited.
    """

    images: Images
    status: NDArray[np.uint8]
    mask: NDArray[np.uint8]


class Anonymizer(Protocol):
    """Changes faces.

    Attributes:
        sees: The fields of `FaceBatch` that it gets; the others are None.
    """

    sees: frozenset[str]

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Anonymize a batch; the same for a seed, whatever the batch's size and order."""
        ...


@runtime_checkable
class BlindAnonymizer(Protocol):
    """An anonymizer that sees a picture with a hole: `surroundings` instead of `images`."""

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Where it must not see a pixel: uint8 (N, H, W), 1 there.

        Args:
            batch: Faces without any picture, as everything else that it declares to see.
        """
        ...


class Faces(Protocol):
    """All faces of a set, as batches; can be iterated more than once."""

    def __iter__(self) -> Iterator[FaceBatch]: ...

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        """Batches of the faces with these ids, in the order of the set."""
        ...

    def __len__(self) -> int: ...


@runtime_checkable
class FittedAnonymizer(Protocol):
    """An anonymizer that must see the whole set before it can change a face, such as k-Same."""

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Learn from all faces, restricted to what it sees."""
        ...
