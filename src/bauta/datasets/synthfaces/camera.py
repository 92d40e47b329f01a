"""Pose, projection, background and the imaging of a camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_YAW, MAX_PITCH, MAX_ROLL = 25.0, 15.0, 15.0
"""Limits of the pose of the head, degrees."""

PIVOT = np.array([0.0, 85.0, -90.0])
"""Point in the neck about which the head turns, mm."""


@dataclass(frozen=True)
class View:
    """The position of the camera and the pose of the head.

    Attributes:
        yaw: Degrees, positive turns the face to the right of the image.
        pitch: Degrees, positive lowers the chin.
        roll: Degrees, positive leans the head clockwise in the image.
        height: Rows of the image.
        width: Columns of the image.
        scale: Pixels for each mm at the depth of the pivot.
        distance: From the camera to the pivot, mm.
        centre: x and y in the image of the origin of the head's frame before turning, px.
    """

    yaw: float
    pitch: float
    roll: float
    height: int
    width: int
    scale: float
    distance: float
    centre: tuple[float, float]

    def rotation(self) -> NDArray[np.float64]:
        """Rotation matrix of the head, float64 (3, 3), for column vectors."""
        yaw, pitch, roll = np.radians((self.yaw, self.pitch, self.roll))
        about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
        about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        return about_z @ about_x @ about_y

    def turn(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn points (..., 3) of the head about the pivot, mm."""
        return (points - PIVOT) @ self.rotation().T + PIVOT

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project points (..., 3), mm in the camera's frame, to image pixels (..., 2)."""
        magnify = self.scale * self.distance / (self.distance - (points[..., 2:] - PIVOT[2]))
        return points[..., :2] * magnify + np.array(self.centre)


def background(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """An out-of-focus room or garden.

    Args:
        rng: Source of randomness.
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        float32 (height, width, 3), linear RGB in [0, 1].
    """
    palette = np.clip(rng.uniform(0.02, 0.75) + rng.normal(0, 0.05, (2, 3)), 0.01, 0.9)
    blend = np.linspace(0, 1, height)[:, None, None]
    canvas = (palette[0] * (1 - blend) + palette[1] * blend) * np.ones((1, width, 1))
    canvas = np.ascontiguousarray(canvas, np.float32)
    for _ in range(int(rng.integers(2, 9))):
        colour = np.clip(palette[0] * rng.uniform(0.4, 1.7) + rng.normal(0, 0.05, 3), 0.01, 0.95).tolist()
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        if rng.random() < 0.6:
            size = (int(rng.integers(20, 160)), int(rng.integers(30, 300)))
            cv2.rectangle(canvas, (x, y), (x + size[0], y + size[1]), colour, -1)
        else:
            cv2.circle(canvas, (x, y), int(rng.integers(10, 60)), colour, -1)
    blotch = cv2.resize(
        rng.normal(size=(7, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    canvas *= 1 + 0.12 * blotch[..., None]
    # A quarter of the resolution is enough for an out-of-focus background.
    small = cv2.resize(canvas, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(1, 3.5)))
    return np.clip(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def expose(
    radiance: NDArray[np.float32], gain: float, blur: float, noise: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Turn linear light into the picture that a camera delivers.

    Args:
        radiance: float32 (H, W, 3), linear RGB.
        gain: Exposure.
        blur: Standard deviation of the lens blur, px.
        noise: Standard deviation of the sensor noise at full scale, 8-bit units.
        rng: Source of the noise.

    Returns:
        uint8 (H, W, 3) RGB.
    """
    light = np.clip(radiance * gain, 0, None)
    # A soft shoulder keeps highlights on the skin from clipping to flat white.
    light = np.where(light < 0.7, light, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)))
    encoded = np.power(light, 1 / 2.2, dtype=np.float32) * 255
    if blur > 0.2:
        encoded = cv2.GaussianBlur(encoded, (0, 0), blur)
    encoded = encoded + np.float32(noise) * rng.standard_normal(encoded.shape, dtype=np.float32)
    return np.clip(np.rint(encoded), 0, 255).astype(np.uint8)
