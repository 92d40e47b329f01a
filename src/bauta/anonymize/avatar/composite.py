"""A portrait of nobody in a given state: averages of many people's faces, warped to the state's landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.avatar.warp import Warp
from bauta.landmarks.hull import face_hull
from bauta.protocols import Floats, Images

TONE = 0.07
"""Standard deviation of the blur that separates the tone of a face from its details, in sides of the crop."""

EDGE = 0.025
"""Likewise of the edge of the face, within which expressions are drawn."""

SHARPENED = (0.008, 0.7)
"""Radius, in sides of the crop, and strength with which details of an average are sharpened again."""

LEAST, MOST = 0.4, 2.5
"""Limits of the ratio of two averages."""

BACKGROUND = (118.0, 122.0, 128.0)
"""RGB of the plain background."""


@dataclass(frozen=True)
class Average:
    """An average of faces that were warped to one shape.

    Attributes:
        image: float32 (size, size, 3) RGB in [0, 255].
        shape: float32 (68, 2) iBUG points in its pixels.
    """

    image: Floats
    shape: Floats


@dataclass(frozen=True)
class Look:
    """How the person looks who is drawn, whatever the expression.

    Attributes:
        face: The average of the people of this look.
        head: float32 (size, size), 1 where the head and the shoulders are and 0 in the background.
    """

    face: Average
    head: Floats


def draw_composite(
    shape: Floats, expression: Average, everybody: Average, look: Look, *, stress: float
) -> Images:
    """Draw a look with an expression.

    The look's face, warped to the shape, is multiplied by the ratio of the expression's average to
    everybody's, which has the expression and no look (expression ratio images: Liu, Shan and Zhang, SIGGRAPH
    2001).

    Args:
        shape: float32 (68, 2) iBUG points of the state on a face of everybody's proportions.
        expression: The average of faces in this state or a similar one.
        everybody: The average of all.
        look: The look.
        stress: Power to which the ratio is raised, as an average of many faces softens what each shows.

    Returns:
        uint8 (size, size, 3) RGB.
    """
    size = len(look.head)
    shape = shape + look.face.shape - everybody.shape
    warp = Warp.onto(shape, size)
    moved, mean, own = (warp(one.image, one.shape) for one in (expression, everybody, look.face))
    head = warp(look.head, look.face.shape)[..., None]
    blur = TONE * size
    moved = _sharpened(moved, size) * _ratio(_blurred(mean, blur), _blurred(moved, blur))
    drawn = own * _ratio(moved, mean) ** stress
    # Inside the edge, so that its blur ends there.
    hull = cv2.erode(face_hull(shape, size), np.ones((3, 3), np.uint8), iterations=round(EDGE * size))
    face = _blurred(np.asarray(hull, dtype=np.float32), EDGE * size)[..., None]
    whole = head * (face * drawn + (1 - face) * own) + (1 - head) * np.array(BACKGROUND, np.float32)
    return as_picture(whole)


def as_picture(image: Floats) -> Images:
    """Round float32 pixels in [0, 255] to uint8."""
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _sharpened(image: Floats, size: int) -> NDArray[np.float32]:
    radius, strength = SHARPENED
    return image + strength * (image - _blurred(image, radius * size))


def _blurred(image: Floats, deviation: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), deviation))


def _ratio(one: Floats, other: Floats) -> NDArray[np.float32]:
    return np.clip((one + 1.0) / (other + 1.0), LEAST, MOST)
