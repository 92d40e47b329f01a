"""Rendered faces in a picture, and models that need no files."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from bauta.apply.editor import EditedImage, FaceOutcome, FoundFace, Outcome
from bauta.datasets.synthfaces.identity import sample_identity
from bauta.datasets.synthfaces.render import render_image
from bauta.landmarks.ibug import five_points


def face_at(box, points=None):
    """A found face with points at their usual places in its box."""
    from bauta.detect.box_points import points_in_box  # noqa: PLC0415

    box = np.array(box, dtype=np.float32)
    return FoundFace(box, 0.9, points_in_box(box) if points is None else points)


@dataclass(frozen=True)
class Rendered:
    """A picture of one rendered face: image, 68 true landmarks, and the face as a detector returns it."""

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    face: FoundFace


@pytest.fixture(scope="session")
def rendered():
    made = render_image(sample_identity(3, 1), 3, 0, "neutral", 0.5)
    points = np.asarray(made.points, dtype=np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    box = np.concatenate([low, high]).astype(np.float32)
    return Rendered(made.image, points, FoundFace(box, 0.99, five_points(points)))


class RedFinder:
    """Finds the middle of the picture if its first pixel is red, and fails where it is blue."""

    def find(self, image):
        if tuple(image[0, 0]) == (0, 0, 255):
            raise RuntimeError("no network for\nblue")
        if tuple(image[0, 0]) != (255, 0, 0):
            return ()
        height, width = image.shape[:2]
        return (face_at((width * 0.25, height * 0.25, width * 0.75, height * 0.75)),)


@dataclass
class WhiteEditor:
    """Makes the boxes white; a face of a picture whose second pixel is green fails."""

    groups: list = field(default_factory=list)

    def edit(self, image, faces, identities=None):
        edited, mask = image.copy(), np.zeros(image.shape[:2], dtype=bool)
        for face in faces:
            x0, y0, x1, y1 = face.box.astype(int)
            mask[y0:y1, x0:x1] = True
        edited[mask] = 255
        failed = tuple(image[0, 1]) == (0, 255, 0)
        outcome = FaceOutcome(Outcome.FAILED, "it is green") if failed else FaceOutcome(Outcome.ANONYMIZED)
        return EditedImage(edited, mask, tuple(outcome for _ in faces))

    def edit_all(self, requests):
        self.groups.append(len(requests))
        return tuple(self.edit(request.image, request.faces) for request in requests)


@pytest.fixture
def fake_models(monkeypatch):
    """Replace the detector and the anonymizer; returns the editor."""
    editor = WhiteEditor()
    for module in ("run", "arrays"):
        monkeypatch.setattr(f"bauta.apply.{module}.open_finder", lambda *_, **__: RedFinder())
        monkeypatch.setattr(f"bauta.apply.{module}.open_editor", lambda *_, **__: editor)
    return editor
