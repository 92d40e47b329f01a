"""What is told of a video."""

from collections import Counter

import numpy as np
import pytest
from made_videos import face_at

from bauta.apply.editor import FaceOutcome, Outcome
from bauta.video.report import MOST_PROBLEMS, Outcomes, VideoReport, shortened
from bauta.video.rows import Origin, RowCollector


@pytest.fixture
def rows():
    collector = RowCollector()
    for frame in (2, 3, 4):
        collector.add(frame, [face_at(10, 10, score=0.5 + frame / 10), face_at(80, 10)][: 1 + (frame == 3)])
    rows = collector.rows()
    return rows.with_tracks(np.array([0, 0, 1, 0])).take(np.array([0, 1, 3, 2]))


def test_tracks_are_counted(rows):
    outcomes = Outcomes()
    done, fell = (
        FaceOutcome(Outcome.ANONYMIZED),
        FaceOutcome(Outcome.FALLBACK, "landmarks 0.80 times as large"),
    )
    outcomes.add([0], [done])
    outcomes.add([0, 1], [fell, done])
    outcomes.add([0], [FaceOutcome(Outcome.FALLBACK, "landmarks 0.7 times as large")])
    one, other = outcomes.tracks(rows, np.arange(5) / 10)
    assert (one.track, one.first, one.last, one.frames) == (0, 0.2, 0.4, 3)
    assert one.origins == Counter({Origin.DETECTED: 3})
    assert one.outcomes == Counter({Outcome.ANONYMIZED: 1, Outcome.FALLBACK: 2})
    assert one.reason == "landmarks 0.80 times as large (2 frames)"
    assert one.score == pytest.approx(0.9)
    assert (other.frames, other.reason) == (1, None)


def test_a_report_with_problems_is_not_complete(tmp_path):
    assert VideoReport(tmp_path, tmp_path).complete
    assert not VideoReport(tmp_path, None).complete
    assert not VideoReport(tmp_path, tmp_path, problems=("x",)).complete


def test_a_long_list_of_problems_is_cut():
    assert shortened(["a"] * MOST_PROBLEMS) == ("a",) * MOST_PROBLEMS
    assert shortened(["a"] * (MOST_PROBLEMS + 2)) == (*["a"] * MOST_PROBLEMS, "and 2 more")
