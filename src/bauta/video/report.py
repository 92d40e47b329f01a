"""What was done to a video: a line a track, and everything that was not processed."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bauta.apply.editor import FaceOutcome, Outcome
from bauta.video.rows import FaceRows, Origin

NUMBER = re.compile(r"\d+(?:\.\d+)?")

MOST_REASONS = 3
"""Reasons that are told of a track."""

MOST_PROBLEMS = 20
"""Problems of one kind that are listed one by one."""


@dataclass(frozen=True)
class TrackReport:
    """What was done to one face.

    Attributes:
        track: Its number, from 0 on.
        first: When it is first edited, in seconds.
        last: When the last frame begins in which it is edited.
        origins: Frames by where its place comes from.
        outcomes: Frames by what was done.
        reasons: Why it was not anonymized by the chosen setting → frames.
        score: The detector's highest score.
    """

    track: int
    first: float
    last: float
    origins: Counter[Origin]
    outcomes: Counter[Outcome]
    reasons: Counter[str]
    score: float

    @property
    def reason(self) -> str | None:
        """The most frequent reasons, with their frames; None if there is none.

        Reasons that differ only by their numbers are told once, with the numbers of one frame.
        """
        examples: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for reason, count in self.reasons.items():
            kind = NUMBER.sub("#", reason)
            examples.setdefault(kind, reason)
            counts[kind] += count
        told = [
            f"{examples[kind]} ({count} {'frame' if count == 1 else 'frames'})"
            for kind, count in counts.most_common(MOST_REASONS)
        ]
        return "; ".join(told) or None

    @property
    def frames(self) -> int:
        """Frames in which it was edited."""
        return self.origins.total()


@dataclass(frozen=True)
class VideoReport:
    """What was done to a video.

    Attributes:
        source: The original.
        out: The result; None if nothing was written.
        frames: Frames of the result.
        seconds: How long it is.
        cuts: Scene cuts.
        tracks: The faces.
        dropped: What was left out on purpose, such as a stream of subtitles.
        problems: What was not processed, in one line each; the result must be looked at.
    """

    source: Path
    out: Path | None
    frames: int = 0
    seconds: float = 0.0
    cuts: int = 0
    tracks: tuple[TrackReport, ...] = ()
    dropped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every frame was processed."""
        return self.out is not None and not self.problems


@dataclass
class Outcomes:
    """Counts of what was done to the faces of each track, while it is done."""

    outcomes: dict[int, Counter[Outcome]] = field(default_factory=dict)
    reasons: dict[int, Counter[str]] = field(default_factory=dict)

    def add(self, tracks: Sequence[int], outcomes: Sequence[FaceOutcome]) -> None:
        """Count the faces of a frame."""
        for number, done in zip(tracks, outcomes, strict=True):
            self.outcomes.setdefault(number, Counter())[done.outcome] += 1
            if done.reason is not None:
                self.reasons.setdefault(number, Counter())[done.reason] += 1

    def tracks(self, rows: FaceRows, times: NDArray[np.float64]) -> tuple[TrackReport, ...]:
        """A report for each track of rows that are ordered by track and frame."""
        reports = []
        for part in rows.by_track():
            number = int(rows.tracks[part.start])
            reports.append(
                TrackReport(
                    track=number,
                    first=float(times[rows.frames[part.start]]),
                    last=float(times[rows.frames[part.stop - 1]]),
                    origins=Counter(Origin(code) for code in rows.origins[part].tolist()),
                    outcomes=self.outcomes.get(number, Counter()),
                    reasons=self.reasons.get(number, Counter()),
                    score=float(np.nanmax(rows.scores[part])),
                )
            )
        return tuple(reports)


def shortened(problems: Sequence[str]) -> tuple[str, ...]:
    """The first problems, and how many more there are."""
    more = len(problems) - MOST_PROBLEMS
    return tuple(problems) if more <= 0 else (*problems[:MOST_PROBLEMS], f"and {more} more")
