"""The second pass over a video: each frame with its faces edited, in place, before it is encoded."""

from collections.abc import Iterator, Sequence

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from bauta.apply.editor import EditedImage, EditRequest, FaceEditor, FaceOutcome, FoundFace, Outcome
from bauta.apply.pipeline import ERRORS
from bauta.errors import DiskError
from bauta.video.look import first_line
from bauta.video.planes import blacken, paste, to_rgb
from bauta.video.report import Outcomes
from bauta.video.rows import FaceRows

LEAST_COVERED = 0.9
"""Part of the ellipse in a face's box that must be edited; otherwise the box becomes black."""

INNER = 0.8
"""Size of that ellipse, as a part of the box."""


class FrameEditor:
    """Edits the faces of frames; several threads may edit different frames at once.

    Args:
        editor: Anonymizes the faces of an image.
        rows: The faces of all frames.
        name: Name of the video, which tells its tracks from those of others.
    """

    def __init__(self, editor: FaceEditor, rows: FaceRows, name: str) -> None:
        self._editor = editor
        self._name = name
        self._rows = rows.take(np.argsort(rows.frames, kind="stable"))
        self._done: dict[int, Sequence[FaceOutcome]] = {}
        self._problems: dict[int, str] = {}

    @property
    def outcomes(self) -> Outcomes:
        """What was done so far, in the order of the frames."""
        outcomes = Outcomes()
        for number in sorted(self._done):
            outcomes.add(self._tracks_of(number), self._done[number])
        return outcomes

    @property
    def problems(self) -> list[str]:
        """The frames that could not be edited, and are black, in their order."""
        return [self._problems[number] for number in sorted(self._problems)]

    def faces_in(self, number: int) -> int:
        """How many faces a frame has."""
        low, high = self._rows_of(number)
        return high - low

    def edit(self, frames: Sequence[tuple[int, VideoFrame]]) -> None:
        """Edit frames in place, their faces in common batches.

        A frame whose faces cannot be edited becomes black.

        Args:
            frames: Number of each frame, and the frame, upright.
        """
        frames = [(number, frame) for number, frame in frames if self.faces_in(number)]
        if not frames:
            return
        requests = [self._request(number, frame) for number, frame in frames]
        try:
            edited = self._editor.edit_all(requests)
        except DiskError:
            raise
        except ERRORS as error:
            if len(frames) > 1:
                for one in frames:
                    self.edit([one])
            else:
                self._give_up(*frames[0], first_line(error))
            return
        for (number, frame), request, done in zip(frames, requests, edited, strict=True):
            whole = covered(done, request.faces)
            self._done[number] = whole.outcomes
            paste(frame, whole.image, whole.mask)

    def _request(self, number: int, frame: VideoFrame) -> EditRequest:
        faces = [self._rows.face(row) for row in range(*self._rows_of(number))]
        names = [f"{self._name}, track {track}" for track in self._tracks_of(number)]
        return EditRequest(to_rgb(frame), faces, names)

    def _give_up(self, number: int, frame: VideoFrame, reason: str) -> None:
        seconds = float((frame.pts or 0) * (frame.time_base or 0))
        self._problems[number] = f"the frame at {seconds:.3f} s is black in the result: {reason}"
        self._done[number] = [FaceOutcome(Outcome.FAILED, reason)] * self.faces_in(number)
        blacken(frame)

    def _rows_of(self, number: int) -> tuple[int, int]:
        low, high = np.searchsorted(self._rows.frames, (number, number + 1)).tolist()
        return low, high

    def _tracks_of(self, number: int) -> list[int]:
        return self._rows.tracks[slice(*self._rows_of(number))].tolist()


def covered(edited: EditedImage, faces: Sequence[FoundFace]) -> EditedImage:
    """The same image with a black box over every face in it that was not edited, or only in part."""
    image, mask, outcomes = edited.image, edited.mask, list(edited.outcomes)
    for at, part, ellipse in _ellipses(faces, mask.shape):
        if mask[part][ellipse].mean() >= LEAST_COVERED and outcomes[at].outcome != Outcome.FAILED:
            continue
        if image is edited.image:
            image, mask = image.copy(), mask.copy()
        image[part] = 0
        mask[part] = True
        why = outcomes[at].reason or "the anonymizer did not cover it"
        outcomes[at] = FaceOutcome(Outcome.FALLBACK, why)
    return EditedImage(image, mask, tuple(outcomes))


def _ellipses(
    faces: Sequence[FoundFace], shape: tuple[int, ...]
) -> Iterator[tuple[int, tuple[slice, slice], NDArray[np.bool_]]]:
    """Of each face in the image: its position, its box, and the inner ellipse of the box in it."""
    for at, face in enumerate(faces):
        low = np.clip(np.floor(face.box[:2]), 0, None).astype(int)
        high = np.minimum(np.ceil(face.box[2:]).astype(int) + 1, shape[1::-1])
        if (low >= high).any():
            continue
        middle, radius = (face.box[:2] + face.box[2:]) / 2, (face.box[2:] - face.box[:2]) / 2 * INNER
        across, down = (
            (np.arange(low[axis], high[axis]) - middle[axis]) / max(float(radius[axis]), 0.5)
            for axis in (0, 1)
        )
        inside = down[:, np.newaxis] ** 2 + across**2 <= 1
        if inside.any():
            yield at, (slice(low[1], high[1]), slice(low[0], high[0])), inside
