"""The attacker's own people: faces before and after anonymization, on which views learn."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import Floats, Images
from bauta.store import Store

BATCH = 64


def compressed(images: Images, quality: int | None) -> Images:
    """Images after JPEG compression of a quality (1 to 100), as a release would have it; None for none.

    Args:
        images: uint8 (N, H, W, 3) RGB.
        quality: Quality as in libjpeg; chroma is subsampled as usual.
    """
    if quality is None:
        return images
    found = np.empty_like(images)
    for row, image in enumerate(images):
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        _, content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        found[row] = cv2.cvtColor(np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)
    return found


def resized(images: Images, side: int) -> Images:
    """Images uint8 (N, H, W, 3) as uint8 (N, side, side, 3): averages if they shrink, else bicubic."""
    found = np.empty((len(images), side, side, 3), dtype=np.uint8)
    for row, image in enumerate(images):
        method = cv2.INTER_AREA if side < image.shape[0] else cv2.INTER_CUBIC
        found[row] = cv2.resize(image, (side, side), interpolation=method)
    return found


def unit(features: NDArray[np.floating]) -> Floats:
    """Features (N, D) as unit vectors float32; one without a length gets an arbitrary direction."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    found = np.where(lengths > 0, features / np.where(lengths > 0, lengths, 1.0), 0.0)
    found[lengths[:, 0] == 0, 0] = 1.0
    return found.astype(np.float32)


@dataclass(frozen=True)
class ClearFaces:
    """Clear faces that are ok, of the stores that hold what is known of them.

    Attributes:
        face_ids: Ids of N faces.
        vectors: Unit vectors float32 (N, D) by the recognizer of the attack.
        crops: Store with the `images`.
        landmarks: Store with the `points`.
    """

    face_ids: tuple[str, ...]
    vectors: Floats
    crops: Store
    landmarks: Store

    def images(self) -> Images:
        """Crops uint8 (N, H, W, 3)."""
        return self.crops.take("images", self.crops.rows_of(self.face_ids))

    def points(self) -> Floats:
        """Landmarks float32 (N, 68, 2) in crop pixels, NaN where there are none."""
        return points_of(self.landmarks, self.face_ids)


@dataclass(frozen=True)
class People:
    """Faces that the attacker has seen before and after anonymization.

    Attributes:
        face_ids: Ids of M faces that are ok in both stores.
        subjects: Whom each face shows; None where the dataset does not say. None of them is scored.
        crops: Store with the clear `images`.
        anonymized: Store with the anonymized `images`.
        landmarks: Store with the `points` of the clear faces.
        clear: Unit vectors float32 (M, D) of the clear faces by the recognizer of the attack.
        jpeg: Quality of the JPEG compression of the released images; None for none.
    """

    face_ids: tuple[str, ...]
    subjects: tuple[str | None, ...]
    crops: Store
    anonymized: Store
    landmarks: Store
    clear: Floats
    jpeg: int | None = None

    def __len__(self) -> int:
        return len(self.face_ids)

    def released(self, rows: NDArray[np.integer]) -> Images:
        """Anonymized images of some of the faces, as released: uint8 (B, H, W, 3)."""
        ids = [self.face_ids[row] for row in rows]
        return compressed(self.anonymized.take("images", self.anonymized.rows_of(ids)), self.jpeg)

    def original(self, rows: NDArray[np.integer]) -> Images:
        """Clear images of some of the faces: uint8 (B, H, W, 3)."""
        return self.crops.take("images", self.crops.rows_of([self.face_ids[row] for row in rows]))

    def points(self) -> Floats:
        """Landmarks of all clear faces: float32 (M, 68, 2) crop pixels, NaN where there are none."""
        return points_of(self.landmarks, self.face_ids)

    def batches(self) -> Iterator[NDArray[np.intp]]:
        """Rows of all faces, a batch at a time."""
        for start in range(0, len(self), BATCH):
            yield np.arange(start, min(start + BATCH, len(self)))

    def sample(self, most: int, *, seed: int) -> NDArray[np.intp]:
        """Rows of some of the faces in random order."""
        return np.random.default_rng([seed, 5]).permutation(len(self))[:most]


def points_of(landmarks: Store, face_ids: tuple[str, ...]) -> Floats:
    """Landmarks of faces as float32 (N, 68, 2) iBUG points in crop pixels, NaN where there are none."""
    return to_ibug(landmarks.take("points", landmarks.rows_of(face_ids))[:, :, :2]).astype(np.float32)
