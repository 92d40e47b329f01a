"""Averages of many people's faces, each warped to one shape: portraits of nobody."""

from collections.abc import Iterable

import numpy as np

from bauta.anonymize.avatar.composite import Average
from bauta.anonymize.avatar.warp import Warp
from bauta.protocols import Floats, Images
from bauta.train.avatar.shapes import mirrored

FEW = 0.05
"""Mean weight below which a pixel becomes the average of all crops."""


def mean_shape(landmarks: Floats, size: int) -> Floats:
    """The symmetric mean of landmarks (N, 68, 2) in crops of this size: float32 (68, 2)."""
    mean = np.asarray(landmarks, dtype=np.float64).mean(axis=0)
    return ((mean + mirrored(mean[None], size)[0]) / 2).astype(np.float32)


def average_faces(
    faces: Iterable[tuple[Images, Floats]], shape: Floats, size: int, weights: Iterable[Floats] | None = None
) -> tuple[Average, Floats]:
    """Average crops and their mirror images, each warped to a shape.

    Args:
        faces: A crop uint8 (size, size, 3) and its landmarks (68, 2), one each of different people.
        shape: Landmarks (68, 2) of the average.
        size: Side of the crops in pixels.
        weights: float32 (size, size) in [0, 1] for each crop, how much its pixels count; all the same if
            None.

    Returns:
        The average, and the mean weight of its pixels, float32 (size, size).
    """
    warp = Warp.onto(shape, size)
    total, counted = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    plain = np.zeros((size, size, 3), np.float32)
    number = 0
    one = np.ones((size, size), np.float32)
    of_faces = iter(weights) if weights is not None else None
    for image, landmarks in faces:
        weight = one if of_faces is None else next(of_faces)
        for step, points in ((1, landmarks), (-1, mirrored(landmarks[None], size)[0])):
            picture = np.ascontiguousarray(image[:, ::step], dtype=np.float32)
            moved, counts = warp(picture, points), warp(np.ascontiguousarray(weight[:, ::step]), points)
            plain += moved
            total += moved * counts[..., None]
            counted += counts
            number += 1
    few = np.minimum(counted / number / FEW, 1.0)[..., None]
    weighted = total / np.maximum(counted, np.float32(1e-6))[..., None]
    average = few * weighted + (1 - few) * plain / number
    return Average(average.astype(np.float32), shape), (counted / number).astype(np.float32)
