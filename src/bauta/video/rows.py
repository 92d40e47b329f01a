"""The faces of a whole video as columns: 80 bytes a face, so that memory hardly grows with its length."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bauta.apply.editor import FoundFace
from bauta.protocols import Floats


class Origin(IntEnum):
    """Where the place of a face in a frame comes from."""

    DETECTED = 0
    BRIDGED = 1
    """Interpolated between the frames around it, in which the face was detected."""
    HELD = 2
    """Continued from the nearest frame, after the last or before the first detection of the face."""


@dataclass(frozen=True)
class FaceRows:
    """Faces in frames.

    Attributes:
        frames: int64 (R,), number of the frame.
        boxes: float32 (R, 4), x0, y0, x1, y1 in pixels.
        points: float32 (R, 5, 2) pixels.
        scores: float32 (R,), the detector's; NaN where nothing was detected.
        tracks: int64 (R,), which track; −1 before faces are tracked.
        origins: uint8 (R,), of `Origin`.
    """

    frames: NDArray[np.int64]
    boxes: Floats
    points: Floats
    scores: Floats
    tracks: NDArray[np.int64]
    origins: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.frames)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Self:
        """The rows of an index."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def with_tracks(self, tracks: NDArray[np.int64]) -> Self:
        """The same faces in other tracks."""
        return replace(self, tracks=tracks)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of some parts, at least one, ordered by track and frame."""
        joined = {
            field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)
        }
        whole = cls(**joined)
        return whole.take(np.lexsort((whole.frames, whole.tracks)))

    def by_track(self) -> list[slice]:
        """The rows of each track, which are ordered by track."""
        starts = np.flatnonzero(np.diff(self.tracks, prepend=self.tracks[:1] - 1))
        stops = np.append(starts[1:], len(self))
        return [slice(start, stop) for start, stop in zip(starts.tolist(), stops.tolist(), strict=False)]

    def face(self, row: int) -> FoundFace:
        """The face of a row; its score is 0 where nothing was detected."""
        score = float(self.scores[row])
        return FoundFace(box=self.boxes[row], score=score if score == score else 0.0, points=self.points[row])  # noqa: PLR0124


class RowCollector:
    """Collects the detected faces of frames."""

    def __init__(self) -> None:
        self._frames, self._values = array("q"), array("f")

    def add(self, frame: int, faces: Sequence[FoundFace]) -> None:
        """Add the faces of a frame; frames come in order."""
        for face in faces:
            self._frames.append(frame)
            self._values.extend(np.asarray(face.box, dtype=np.float32).ravel().tolist())
            self._values.extend(np.asarray(face.points, dtype=np.float32).ravel().tolist())
            self._values.append(face.score)

    def rows(self) -> FaceRows:
        """All faces so far."""
        values = np.array(self._values, dtype=np.float32).reshape(-1, 15)
        return FaceRows(
            frames=np.array(self._frames, dtype=np.int64),
            boxes=values[:, :4],
            points=values[:, 4:14].reshape(-1, 5, 2),
            scores=values[:, 14],
            tracks=np.full(len(values), -1, dtype=np.int64),
            origins=np.full(len(values), Origin.DETECTED, dtype=np.uint8),
        )
