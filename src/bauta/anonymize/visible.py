"""Restriction of faces to what an anonymizer may see: declared fields, and no pixels where it is blind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from bauta.anonymize.reader import FaceLabels
from bauta.errors import ConfigError, DataError
from bauta.protocols import Anonymizer, BlindAnonymizer, FaceBatch


@dataclass(frozen=True)
class SeenLabels:
    """The labels of faces that a backend declares to see; the others are None."""

    face_ids: Sequence[str]
    subjects: Sequence[str | None]
    expressions: Sequence[str | None]


def labels_visible_to(backend: Anonymizer, faces: FaceLabels) -> SeenLabels:
    """Restrict the labels of a set to what a backend declares to see."""
    nothing = [None] * len(faces.face_ids)
    return SeenLabels(
        face_ids=faces.face_ids,
        subjects=faces.subjects if "subjects" in backend.sees else nothing,
        expressions=faces.expressions if "labels" in backend.sees else nothing,
    )


def visible_to(backend: Anonymizer, batch: FaceBatch) -> FaceBatch:
    """Restrict faces to what a backend declares to see.

    A backend that sees the context of a face receives no pixel of the region that it protects: that region is
    blackened before the call. The backend determines it without having seen an image.

    Raises:
        ConfigError: the backend sees `surroundings` but does not declare the protected region.
        DataError: the backend sees `surroundings` and the batch has no images.
    """
    seen = batch.restricted_to(backend.sees)
    if "surroundings" not in backend.sees:
        return seen
    if not isinstance(backend, BlindAnonymizer) or "images" in backend.sees:
        raise ConfigError(
            f"{type(backend).__name__} sees surroundings: expected a method 'protected' and no images"
        )
    if batch.images is None:
        raise DataError("expected a batch with images to extract the surroundings from, got none")
    hidden = backend.protected(replace(seen, surroundings=None)).astype(np.uint8)
    surroundings = batch.images.copy()
    black = np.zeros(batch.images.shape[1:], dtype=np.uint8)
    for row, mask in enumerate(hidden):  # OpenCV's masks are many times as fast as numpy's
        surroundings[row] = cv2.copyTo(black, mask, surroundings[row])
    surroundings.flags.writeable = False
    return replace(seen, surroundings=surroundings)
