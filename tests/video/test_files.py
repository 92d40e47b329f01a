"""Videos among the files of `bauta apply`: where each goes, and its rows in the table."""

from fractions import Fraction

import av
import numpy as np
import pytest
from made_videos import Painter, SquareFinder, frames_of, picture, reds, write_video

from bauta.apply.chosen import parse_setting
from bauta.apply.editor import EditedImage, FaceOutcome, Outcome
from bauta.apply.inputs import plan_items
from bauta.errors import DiskError
from bauta.video import files as files_module
from bauta.video.encoding import Encoding
from bauta.video.files import VideoFiles
from bauta.video.run import VideoOptions

PICTURES = [picture([(10 + 3 * number, 40, 30)], seed=number) for number in range(20)]
FOURTH = (3, 7).__contains__
"""Calls of the editor for the fourth frame: in its group, and then alone."""

SETTING = parse_setting("blackout", {})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    write_video(tmp_path / "in/deep/a.mp4", PICTURES)
    return tmp_path


@pytest.fixture(autouse=True)
def one_editor(monkeypatch):
    """Calls of a painter can be counted only if they come one after another."""
    monkeypatch.setattr("bauta.video.run.EDITORS", 1)


def edit(folder, finder=None, painter=None, files=None):
    files, out, rows = files or VideoFiles(), folder / "out", {}
    for item in plan_items([folder / "in"], out):
        rows[item.name] = files(item, out, SETTING, finder or SquareFinder(), painter or Painter())
    return rows


def written(folder):
    return sorted(
        str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*") if path.is_file()
    )


def test_a_video_keeps_its_place_and_has_a_row_a_track(folder):
    missed = {5, 6, 12}
    ((row,),) = edit(folder, SquareFinder(missed.__contains__)).values()
    assert written(folder) == ["deep/a.mp4"]
    assert not any(reds(image).sum() > 12 for _, image in frames_of(folder / "out/deep/a.mp4"))
    assert (row.picture, row.released_as, row.status) == ("deep/a.mp4", "deep/a.mp4", "released")
    assert (row.face, row.outcome, row.reason) == (0, "anonymized", None)
    assert (row.frames_detected, row.frames_bridged, row.frames_held, row.frames_fallback) == (17, 3, 0, 0)
    assert (row.first_s, row.last_s) == (0, pytest.approx(0.76))
    assert row.score == pytest.approx(0.9)
    assert not (folder / "out/unprocessed").exists()


def test_other_containers_become_matroska(folder):
    write_video(folder / "in/b.avi", PICTURES, codec="mpeg4", sound="mp2", base=Fraction(1, 25))
    rows = edit(folder)
    assert rows["b.avi"][0].released_as == "b.avi.mkv"
    assert written(folder) == ["b.avi.mkv", "deep/a.mp4"]


@pytest.mark.parametrize(("keep", "place"), [(False, "unprocessed/deep/a.mp4"), (True, "deep/a.mp4")])
def test_a_video_without_a_face_is_put_aside(folder, keep, place):
    ((row,),) = edit(
        folder, SquareFinder(lambda call: True), files=VideoFiles(keep_unprocessed=keep)
    ).values()
    assert written(folder) == [place]
    assert (row.released_as, row.status) == (place, "kept" if keep else "unprocessed")
    assert (row.face, row.outcome, row.reason) == (None, "no_face", "no face was found")


def test_a_video_with_a_frame_that_was_not_processed_is_put_aside(folder, caplog):
    (rows,) = edit(folder, painter=Painter(fails=FOURTH)).values()
    assert written(folder) == ["unprocessed/deep/a.mp4"]
    assert {row.status for row in rows} == {"unprocessed"}
    assert rows[0].outcome == "failed"
    assert rows[0].face is None
    assert "0.120 s is black" in rows[0].reason
    assert rows[1].outcome == "failed"
    assert len(caplog.messages) == 1


def test_what_is_put_aside_replaces_what_was_released(folder):
    edit(folder)
    edit(folder, painter=Painter(fails=FOURTH))
    assert written(folder) == ["unprocessed/deep/a.mp4"]
    edit(folder)
    assert written(folder) == ["deep/a.mp4"]


@pytest.mark.parametrize("result", ["out/deep/a.mp4", "out/unprocessed/deep/a.mp4"])
def test_what_is_withheld_leaves_no_result_of_an_earlier_run(folder, result):
    edit(folder, painter=Painter(fails=FOURTH) if "unprocessed" in result else None)
    assert (folder / result).is_file()
    (folder / "in/deep/a.mp4").write_bytes(b"nothing" * 99)
    assert edit(folder)["deep/a.mp4"][0].status == "withheld"
    assert written(folder) == []


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "the file is empty"), (b"nothing" * 99, "not a video in a known format")]
)
def test_one_that_cannot_be_read_costs_no_other(folder, content, reason):
    (folder / "in/b.mp4").write_bytes(content)
    rows = edit(folder)
    (row,) = rows["b.mp4"]
    assert (row.status, row.outcome, row.released_as) == ("withheld", "unreadable", None)
    assert row.reason.startswith(reason)
    assert written(folder) == ["deep/a.mp4"]


def test_a_codec_that_does_not_fit_is_said(folder):
    ((row,),) = edit(folder, files=VideoFiles(VideoOptions(Encoding("ffv1")))).values()
    assert (row.status, row.outcome) == ("withheld", "failed")
    assert row.reason.startswith(".mp4 cannot hold ffv1")
    assert not written(folder)


def test_a_link_out_of_the_output_folder_is_not_followed(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "out").mkdir()
    (folder / "out/deep").symlink_to(elsewhere)
    ((row,),) = edit(folder).values()
    assert "leads out of the output folder" in row.reason
    assert not any(elsewhere.iterdir())


def test_dropped_streams_are_noted(folder):
    with av.open(str(folder / "in/c.mkv"), "w") as out:
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        out.add_attachment("jane.png", "image/png", b"x")
        out.mux([*video.encode(av.VideoFrame.from_ndarray(PICTURES[0], format="rgb24")), *video.encode()])
    assert edit(folder)["c.mkv"][0].notes == "without a cover picture"


def test_an_error_of_a_decoder_costs_no_other_video(folder, monkeypatch):
    write_video(folder / "in/b.mp4", PICTURES)
    whole = files_module.anonymize_video

    def broken(path, *rest):
        if path.name == "b.mp4":
            raise RuntimeError("a filter\nis broken")
        return whole(path, *rest)

    monkeypatch.setattr(files_module, "anonymize_video", broken)
    (row,) = edit(folder)["b.mp4"]
    assert (row.status, row.outcome, row.reason) == ("withheld", "failed", "a filter")
    assert written(folder) == ["deep/a.mp4"]


def test_an_interruption_leaves_no_folder(folder):
    class Interrupting(Painter):
        def edit(self, image, faces, identities=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        edit(folder, painter=Interrupting())
    assert not any((folder / "out").iterdir())


def test_a_full_disk_ends_the_run(folder):
    class Full(Painter):
        def edit(self, image, faces, identities=None):
            raise DiskError("full")

    with pytest.raises(DiskError):
        edit(folder, painter=Full())
    assert not written(folder)


def test_a_fallback_is_counted(folder):
    class Falling(Painter):
        def edit(self, image, faces, identities=None):
            done = super().edit(image, faces, identities)
            reason = FaceOutcome(Outcome.FALLBACK, "no landmarks")
            return EditedImage(done.image, done.mask, (reason,) * len(faces)) if self.calls < 4 else done

    ((row,),) = edit(folder, painter=Falling()).values()
    assert (row.outcome, row.reason, row.frames_fallback) == ("fallback", "no landmarks (4 frames)", 4)
    assert np.isfinite(row.last_s)
