"""Videos among the files of `bauta apply`: each becomes a file and the rows of its faces in the table."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import av

from bauta.apply.chosen import ChosenSetting
from bauta.apply.editor import FaceEditor, FaceFinder, Outcome
from bauta.apply.inputs import UNPROCESSED, Item, remove_results, shown
from bauta.apply.pipeline import UNREADABLE
from bauta.apply.rows import ASIDE, KEPT, RELEASED, WITHHELD, Row
from bauta.errors import BautaError, DataError, DiskError
from bauta.io.atomic import naming
from bauta.io.permissions import make_private
from bauta.video.look import first_line
from bauta.video.report import TrackReport, VideoReport
from bauta.video.rows import Origin
from bauta.video.run import VideoOptions, anonymize_video
from bauta.video.source import UnreadableVideoError

log = logging.getLogger(__name__)

ERRORS = (
    BautaError,
    av.FFmpegError,
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What decoders, filters and encoders raise for one malformed file; they share no documented type."""

SEVEREST = (Outcome.FAILED, Outcome.FALLBACK, Outcome.ANONYMIZED)


@dataclass(frozen=True)
class VideoFiles:
    """Edits video files; an `apply.run.VideoEditor`.

    A video of which something could not be processed, or in which no face was found, goes to `unprocessed/`,
    for a person to look at.

    Attributes:
        options: How videos are anonymized.
        keep_unprocessed: Whether a video without a face is released, without its metadata.
    """

    options: VideoOptions = field(default_factory=VideoOptions)
    keep_unprocessed: bool = False

    def __call__(
        self, item: Item, out: Path, setting: ChosenSetting, finder: FaceFinder, editor: FaceEditor
    ) -> Sequence[Row]:
        """Anonymize a video and return its rows, one per track.

        Raises:
            DiskError: the output folder cannot be written to.
        """
        aside = out / UNPROCESSED / item.target
        try:
            for path in (out / item.target, aside):
                if not path.parent.resolve().is_relative_to(out.resolve()):
                    raise DataError(f"{shown(path.parent)} leads out of the output folder: remove the link")
            with naming(out):
                out.mkdir(parents=True, exist_ok=True)
                make_private(out / UNPROCESSED)
            # Nothing is released before it is known that all of it was processed.
            report = anonymize_video(item.source, aside, finder, editor, self.options)
            rows = self._rows(item, setting, report)
            with naming(out):
                if rows[0].status == ASIDE:
                    (out / item.target).unlink(missing_ok=True)
                    log.warning("%s: %s: %s", shown(item.name), ASIDE, shown(rows[0].reason))
                else:
                    (out / item.target).parent.mkdir(parents=True, exist_ok=True)
                    aside.replace(out / item.target)
        except DiskError:
            raise
        except ERRORS as error:
            unread = isinstance(error, UnreadableVideoError)
            reason = error.reason if isinstance(error, UnreadableVideoError) else first_line(error)
            log.warning("%s: %s: %s", shown(item.name), WITHHELD, shown(reason))
            with naming(out):
                remove_results(out, item.target)
            outcome = UNREADABLE if unread else str(Outcome.FAILED)
            rows = [Row(item.name, None, WITHHELD, setting.label, outcome=outcome, reason=reason)]
        finally:
            _remove_empty(aside.parent, out)
        return rows

    def _rows(self, item: Item, setting: ChosenSetting, report: VideoReport) -> list[Row]:
        failed = any(track.outcomes[Outcome.FAILED] for track in report.tracks)
        if report.problems or failed or not (report.tracks or self.keep_unprocessed):
            status, target = ASIDE, f"{UNPROCESSED}/{item.target}"
        else:
            status, target = (RELEASED if report.tracks else KEPT), item.target
        notes = [f"without {what}" for what in report.dropped]
        whole = Row(item.name, target, status, setting.label, notes="; ".join(notes) or None)
        problems = "; ".join(report.problems)
        if not report.tracks:
            return [replace(whole, reason=problems or "no face was found")]
        rows = [_row(whole, track) for track in report.tracks]
        if problems:
            rows.insert(0, replace(whole, outcome=str(Outcome.FAILED), reason=problems))
        return rows


def _row(whole: Row, track: TrackReport) -> Row:
    """The row of a track; its outcome is the severest of its frames."""
    outcome = next((one for one in SEVEREST if track.outcomes[one]), Outcome.FAILED)
    detected, bridged, held = (track.origins[origin] for origin in Origin)
    return replace(
        whole,
        face=track.track,
        score=track.score,
        outcome=str(outcome),
        reason=track.reason,
        first_s=track.first,
        last_s=track.last,
        frames_detected=detected,
        frames_bridged=bridged,
        frames_held=held,
        frames_fallback=track.outcomes[Outcome.FALLBACK],
    )


def _remove_empty(folder: Path, out: Path) -> None:
    """Remove folders that hold nothing, up to the output folder."""
    while folder != out and (not folder.exists() or not any(folder.iterdir())):
        with suppress(OSError):
            folder.rmdir()
        folder = folder.parent
