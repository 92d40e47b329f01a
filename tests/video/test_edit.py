"""Frames under edit: nothing that shows a face leaves unedited."""

import av
import numpy as np
import pytest
from made_videos import GREEN, Painter, face_at, greens, picture, reds

from bauta.apply.editor import EditedImage, FaceOutcome, Outcome
from bauta.errors import DiskError
from bauta.video.edit import FrameEditor, covered
from bauta.video.planes import to_rgb
from bauta.video.rows import RowCollector

FACES = [face_at(20, 20), face_at(90, 60)]


def rows_of(faces=FACES, frame=3):
    collector = RowCollector()
    collector.add(frame, faces)
    rows = collector.rows()
    return rows.with_tracks(np.arange(len(rows)))


def frame_of(faces=FACES):
    image = picture([(face.box[0], face.box[1], 30) for face in faces])
    return av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv444p")


def test_the_faces_of_a_frame_are_edited_with_the_names_of_their_tracks():
    painter = Painter()
    editor, frame = FrameEditor(painter, rows_of(), "a.mp4"), frame_of()
    assert reds(to_rgb(frame)).any()
    editor.edit([(3, frame)])
    assert not reds(to_rgb(frame)).any()
    assert greens(to_rgb(frame)).sum() >= 1800
    assert painter.identities == [["a.mp4, track 0", "a.mp4, track 1"]]
    assert editor.outcomes.outcomes[0][Outcome.ANONYMIZED] == 1


def test_a_frame_without_faces_is_not_touched():
    editor, frame = FrameEditor(Painter(), rows_of(), "a"), frame_of()
    before = to_rgb(frame)
    editor.edit([(2, frame)])
    np.testing.assert_array_equal(to_rgb(frame), before)


def test_a_frame_that_cannot_be_edited_is_black_and_reported():
    editor, frame = FrameEditor(Painter(fails=lambda call: True), rows_of(), "a"), frame_of()
    editor.edit([(3, frame)])
    assert to_rgb(frame).max() <= 1
    assert "black" in editor.problems[0]
    assert editor.outcomes.outcomes[1][Outcome.FAILED] == 1


def test_a_frame_that_cannot_be_edited_costs_no_other():
    collector = RowCollector()
    for number in range(3):
        collector.add(number, FACES)
    rows = collector.rows()
    rows = rows.with_tracks(np.arange(len(rows)) % 2)
    frames = [(number, frame_of()) for number in range(3)]
    # The first call is for all of them together, then each is edited alone.
    editor = FrameEditor(Painter(fails=lambda call: call in (0, 2)), rows, "a")
    editor.edit(frames)
    black = [to_rgb(frame).max() <= 1 for _, frame in frames]
    assert black == [False, True, False]
    assert not any(reds(to_rgb(frame)).any() for _, frame in frames)
    assert len(editor.problems) == 1
    assert editor.outcomes.outcomes[0] == {Outcome.ANONYMIZED: 2, Outcome.FAILED: 1}


def test_a_full_disk_is_not_a_frame_that_cannot_be_edited():
    class Full(Painter):
        def edit(self, image, faces, identities=None):
            raise DiskError("full")

    with pytest.raises(DiskError):
        FrameEditor(Full(), rows_of(), "a").edit([(3, frame_of())])


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_face_that_was_not_covered_is_black(outcome):
    image = picture([(20, 20, 30), (90, 60, 30)])
    mask = np.zeros(image.shape[:2], dtype=bool)
    mask[20:51, 20:51] = True
    edited = np.where(mask[..., None], np.array(GREEN, np.uint8), image)
    result = covered(
        EditedImage(edited, mask, (FaceOutcome(Outcome.ANONYMIZED), FaceOutcome(outcome))), FACES
    )
    assert not reds(result.image).any()
    assert (result.image[60:90, 90:120] == 0).all()
    assert greens(result.image)[20:50, 20:50].all()
    assert [one.outcome for one in result.outcomes] == [Outcome.ANONYMIZED, Outcome.FALLBACK]
    assert result.mask[60:90, 90:120].all()


def test_a_face_outside_the_picture_needs_nothing():
    image = picture([])
    edited = EditedImage(image, np.zeros(image.shape[:2], bool), (FaceOutcome(Outcome.FAILED, "outside"),))
    result = covered(edited, [face_at(500, 20)])
    assert result.image is image
    assert result.outcomes == edited.outcomes
