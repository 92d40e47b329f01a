"""Which of K states a face is in: what a teacher reads in it, and how eyes, mouth and head are held."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.landmarks.ibug import (
    INNER_LIPS,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_MOUTH_CORNER,
    NOSE_TIP,
    OUTER_LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_MOUTH_CORNER,
)
from bauta.preserve.openings import openings
from bauta.protocols import Floats

MEASURES = ("eyes_open", "mouth_open", "mouth_width", "corners_up", "brows_up", "yaw", "pitch")
"""What is measured on the landmarks, in the order of the columns of `measures`."""

LARGEST = 2.5
"""Standard deviations beyond which a measure counts no more; landmarks go astray now and then."""

STEPS = 3
"""Corrections after which landmarks have the measures that they shall have but for a few per cent."""

BLOCK = 4096
"""Faces that are compared with all states at once."""


def measures(landmarks: Floats) -> NDArray[np.float64]:
    """Measure how a face is held, in ratios of its own lengths.

    The openings are those of `preserve.openings`. Lengths are divided by the distance of the eyes' centres
    and taken along the line between them or across it, so that size, place and tilt do not matter. The
    nose's tip moves sideways with the head's yaw and down with its pitch.

    Args:
        landmarks: float32 (N, 68, 2) iBUG points, in pixels.

    Returns:
        float64 (N, 7), see `MEASURES`; NaN for a face without landmarks.
    """
    faces = np.asarray(landmarks, dtype=np.float64)
    left, right = faces[:, LEFT_EYE].mean(axis=1), faces[:, RIGHT_EYE].mean(axis=1)
    across = right - left
    eyes = np.linalg.norm(across, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = across / eyes[:, None]
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    middle = (left + right) / 2

    def coordinates(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        moved = points - middle
        with np.errstate(divide="ignore", invalid="ignore"):
            return (moved * along).sum(axis=1) / eyes, (moved * down).sum(axis=1) / eyes

    corners = faces[:, [LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER]]
    _, lips = coordinates(faces[:, OUTER_LIPS].mean(axis=1))
    _, corner = coordinates(corners.mean(axis=1))
    _, inner = coordinates(faces[:, INNER_LIPS].mean(axis=1))
    brows = (faces[:, LEFT_BROW].mean(axis=1) + faces[:, RIGHT_BROW].mean(axis=1)) / 2
    _, brow = coordinates(brows)
    aside, nose = coordinates(faces[:, NOSE_TIP])
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1) / eyes
        pitch = nose / inner
    found = np.column_stack([openings(landmarks), width, lips - corner, -brow, aside, pitch])
    found[~np.isfinite(found).all(axis=1)] = np.nan
    return found


@dataclass(frozen=True)
class CodeBook:
    """K states: an expression each, and how eyes, mouth, brows and head are held.

    Attributes:
        expressions: uint8 (K,), the expression of each state as an index into `labels.EXPRESSIONS`.
        measures: float32 (K, 7), its measures as numbers of `spread` from `centre`.
        centre: float32 (7,), means of the measures over the faces that the states were learnt on.
        spread: float32 (7,), their standard deviations.
        weights: float32 (7,), how much a difference of each measure counts.
    """

    expressions: NDArray[np.uint8]
    measures: Floats
    centre: Floats
    spread: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.expressions)

    def scaled(self, landmarks: Floats) -> NDArray[np.float32]:
        """Measures of faces (N, 68, 2) as numbers of `spread` from `centre`, float32 (N, 7); NaN as given."""
        found = (measures(landmarks) - self.centre) / self.spread
        return np.clip(found, -LARGEST, LARGEST).astype(np.float32)

    def codes(self, posteriors: Floats, landmarks: Floats | None = None) -> NDArray[np.intp]:
        """Return the state of each face, intp (N,) in [0, K).

        It is the one with the nearest measures among those of the expression that the teacher reads.

        Args:
            posteriors: float32 (N, 7) of the teacher, in the order of `labels.EXPRESSIONS`.
            landmarks: float32 (N, 68, 2) iBUG points, NaN for faces without any, which get mean measures; or
                None.
        """
        found = np.zeros(len(posteriors), dtype=np.intp)
        held = np.zeros((len(posteriors), len(MEASURES)), np.float32)
        if landmarks is not None:
            held = np.nan_to_num(self.scaled(landmarks))
        faces, states = held * self.weights, self.measures * self.weights
        read = posteriors.argmax(axis=1)
        for expression in np.unique(read):
            among = np.flatnonzero(self.expressions == expression)
            rows = np.flatnonzero(read == expression)
            for start in range(0, len(rows), BLOCK):
                block = rows[start : start + BLOCK]
                # The square of a face's own length is the same for all states.
                away = (states[among] ** 2).sum(axis=1) - 2 * faces[block] @ states[among].T
                found[block] = among[away.argmin(axis=1)]
        return found

    def hold(self, shape: Floats, measured: Floats, held: Floats) -> NDArray[np.float32]:
        """Move landmarks until they have given measures.

        Args:
            shape: float32 (68, 2), pixels.
            measured: float32 (7,), the measures as numbers of `spread` from `centre`.
            held: float32 (7, 68, 2), where one `spread` of each measure moves the landmarks.
        """
        found = np.asarray(shape, dtype=np.float32)
        for _ in range(STEPS):
            missing = measured - self.scaled(found[None])[0]
            found = found + np.einsum("m,mpk->pk", missing, held)
        return found
