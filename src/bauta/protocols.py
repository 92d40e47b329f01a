"""Protocols of all kinds of models; any class with the members of one implements it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
        """Detect the faces of one uint8 (H, W, 3) RGB image; `Detections` is empty if there are none."""
        ...


class Landmarker(Protocol):
    """Places landmarks on crops."""

    points: int

    def locate(self, crops: Images) -> Floats:
        """Landmarks of uint8 (N, H, W, 3) RGB crops: float32 (N, points, 2 or 3) crop pixels, NaN if none."""
        ...


@runtime_checkable
class BlendshapeLandmarker(Landmarker, Protocol):
    """A landmarker that also estimates blendshapes, the strengths of facial movements."""

    def locate_with_blendshapes(self, crops: Images) -> tuple[Floats, Floats]:
        """Landmarks as from `locate`, and float32 (N, B) in [0, 1], NaN if none."""
        ...


class Parser(Protocol):
    """Labels the pixels of crops with `labels.PARSING_CLASSES`.

    Attributes:
        needs_landmarks: Whether it uses landmarks; if not, it parses every crop.
    """

    needs_landmarks: bool

    def parse(self, crops: Images, landmarks: Floats) -> NDArray[np.uint8]:
        """Class ids (N, H, W) of uint8 (N, H, W, 3) crops with float32 (N, P, 2) landmarks."""
        ...


class Recognizer(Protocol):
    """Embeds crops so that cosine similarity distinguishes people."""

    dimensions: int

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, dimensions) of uint8 (N, H, W, 3) RGB crops."""
        ...


class ExpressionTeacher(Protocol):
    """Predicts the expression of a face.

    Attributes:
        space: Name of its label space in `labels.LABEL_SPACES`.
        classes: The classes of that space, in order.
    """

    space: str
    classes: tuple[str, ...]

    def predict(self, crops: Images) -> Floats:
        """Class probabilities float32 (N, len(classes)) of uint8 (N, H, W, 3) RGB crops."""
        ...


class Estimator(Protocol):
    """Estimates what a face shows besides its identity and its class of expression.

    Attributes:
        quantities: What a row holds, in order: names of `preserve.quantities.QUANTITIES`.
    """

    quantities: tuple[str, ...]

    def estimate(self, crops: Images) -> Floats:
        """Estimates of uint8 (N, H, W, 3) RGB crops: float32 (N, width), NaN where it finds no face.

        Nothing else of a face is given, so that an anonymized crop is read like an original. A crop of one
        colour shows no face.
        """
        ...


@runtime_checkable
class LandmarkEstimator(Estimator, Protocol):
    """An estimator that works on landmarks, which may be known; it has the name of their landmarker."""

    def estimate_from(self, crops: Images, landmarks: Mapping[str, Floats]) -> Floats:
        """Estimates as from `estimate`, with the arrays `points` and so on that the landmarker gives."""
        ...


@dataclass(frozen=True)
class FaceBatch:
    """Consecutive faces as an anonymizer receives them; fields that it does not declare in `sees` are None.

    Attributes:
        face_ids: One id per face.
        images: uint8 (N, H, W, 3) RGB crops.
        surroundings: The context of the faces: the crops, black where `BlindAnonymizer.protected` is 1.
        landmarks: float32 (N, 68, 2) iBUG points in crop pixels, NaN for faces without landmarks.
        mesh: float32 (N, 478, 2) vertices of MediaPipe's face mesh, likewise.
        blendshapes: float32 (N, 52) of MediaPipe in [0, 1], likewise.
        flame: float32 (N, 56) of FLAME by a user's own DECA: 50 coefficients of expression, then the rotation
            vectors of head and jaw; NaN for faces without. The coefficients of shape are never among them.
        parsing: uint8 (N, H, W) class ids.
        subjects: Who each face shows, None where unknown.
        labels: Labelled expression of each face, None where it has no label.
        posteriors: float32 (N, 7) in the order of `labels.EXPRESSIONS`, by a teacher that saw the clear
            faces; NaN where it could not read one.
    """

    face_ids: Sequence[str]
    images: Images | None = None
    surroundings: Images | None = None
    landmarks: Floats | None = None
    mesh: Floats | None = None
    blendshapes: Floats | None = None
    flame: Floats | None = None
    parsing: NDArray[np.uint8] | None = None
    subjects: Sequence[str | None] | None = None
    labels: Sequence[str | None] | None = None
    posteriors: Floats | None = None

    def __len__(self) -> int:
        return len(self.face_ids)

    def restricted_to(self, sees: frozenset[str]) -> "FaceBatch":
        """Return the same faces with only the named fields."""
        hidden: dict[str, Any] = dict.fromkeys(FIELDS - fields_of(sees))
        return replace(self, **hidden)


FIELDS = frozenset(field.name for field in fields(FaceBatch)) - {"face_ids"}
"""The fields that an anonymizer may declare in `sees`; posteriors with a teacher: `posteriors:resnet18`."""


def fields_of(sees: Iterable[str]) -> frozenset[str]:
    """Return the fields of `FaceBatch` that a declaration names, without the teachers."""
    return frozenset(name.partition(":")[0] for name in sees)


@dataclass(frozen=True)
class AnonymizedBatch:
    """The result of anonymizing a `FaceBatch`.

    Attributes:
        images: uint8 (N, H, W, 3) RGB; black where the status is not ok.
        status: uint8 (N,) codes of `contract.Status`.
        mask: uint8 (N, H, W), 1 where the anonymizer may have edited pixels.
    """

    images: Images
    status: NDArray[np.uint8]
    mask: NDArray[np.uint8]


class Anonymizer(Protocol):
    """Changes faces.

    Attributes:
        sees: The fields of `FaceBatch` that it receives, as in `FIELDS`; the others are None.
    """

    sees: frozenset[str]

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Anonymize a batch; for a given seed, results do not depend on the batch's size and order."""
        ...


@runtime_checkable
class BlindAnonymizer(Protocol):
    """An anonymizer that sees only the context of each face: `surroundings` instead of `images`."""

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Mask of the pixels that it must not see: uint8 (N, H, W), 1 inside.

        Args:
            batch: Faces without any image, but with everything else that it declares in `sees`.
        """
        ...


class Faces(Protocol):
    """All faces of a set, as batches; can be iterated more than once."""

    def __iter__(self) -> Iterator[FaceBatch]: ...

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        """Iterate over batches of the faces with these ids, in the order of the set."""
        ...

    def __len__(self) -> int: ...


@runtime_checkable
class FittedAnonymizer(Protocol):
    """An anonymizer that must see the whole set before it can change a face, such as k-Same."""

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Fit to all faces, restricted to the fields that it sees."""
        ...


class Restoration(Protocol):
    """One way to undo an anonymizer, with all of its parameters fixed.

    It knows the anonymizer, its setting and the crop contract (Kerckhoffs), and of a face only the picture:
    neither a mask nor landmarks nor the original.
    """

    @property
    def name(self) -> str:
        """The method and its parameters, such as `wiener noise=0.3 rise=2`; unique for a setting."""
        ...

    def restore(self, images: Images) -> Images:
        """Restore uint8 (N, H, W, 3) RGB anonymized crops, lossless or decoded from JPEG: uint8, same shape.

        The result of a crop does not depend on the other crops.
        """
        ...


class LearntRestoration(Protocol):
    """A way to undo an anonymizer that must first see what it did to the attacker's own people."""

    @property
    def name(self) -> str:
        """The name of the restorations that it learns."""
        ...

    def fit(self, anonymized: Images, clear: Images) -> Restoration:
        """Learn from pairs, uint8 (N, H, W, 3) RGB each; row i of both is the same crop."""
        ...


@runtime_checkable
class InvertibleAnonymizer(Protocol):
    """An anonymizer that can be undone, at least in part, from its pictures alone."""

    def restorations(self) -> Sequence[Restoration]:
        """The ways to undo it with this setting; an attacker chooses among them on his own people."""
        ...


@runtime_checkable
class LearnablyInvertibleAnonymizer(Protocol):
    """An anonymizer that an attacker undoes better once pairs of his own people have taught him."""

    def learnt_restorations(self) -> Sequence[LearntRestoration]:
        """The ways to undo it with this setting that learn from pairs."""
        ...
