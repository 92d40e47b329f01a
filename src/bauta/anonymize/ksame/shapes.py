"""Mean landmarks of people and of groups, from exact sums."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bauta.protocols import Floats

STEPS = 64
"""Steps of a pixel to which landmarks are rounded; sums of integers do not depend on the order."""


@dataclass
class ShapeSum:
    """The sum of the landmarks of some faces.

    Attributes:
        steps: int64 (68, 2), in fractions of a pixel.
        faces: Number of faces.
    """

    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros((68, 2), dtype=np.int64))
    faces: int = 0

    def add(self, landmarks: NDArray[np.floating]) -> None:
        """Add the finite landmarks (68, 2 or more) of a face, in crop pixels."""
        self.steps += np.rint(landmarks[:, :2].astype(np.float64) * STEPS).astype(np.int64)
        self.faces += 1

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean landmarks, float64 (68, 2)."""
        return self.steps / (self.faces * STEPS)


def mean_shape(people: Sequence[ShapeSum]) -> Floats:
    """Mean landmarks of a group, in which each person has the same weight, float32 (68, 2)."""
    return np.mean([person.mean for person in people], axis=0).astype(np.float32)
