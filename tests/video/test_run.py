"""Whole videos: faces covered in every frame, sound and timing kept, everything else gone."""

import os
import signal
from fractions import Fraction
from itertools import count
from pathlib import Path
from threading import Event

import av
import numpy as np
import psutil
import pytest
from made_videos import Painter, SquareFinder, frames_of, greens, picture, reds, rotate, sound_of, write_video

from bauta.anonymize.errors import AnonymizationError
from bauta.apply.editor import Outcome
from bauta.errors import ConfigError, DataError
from bauta.video import run as run_module
from bauta.video.encoding import Encoding
from bauta.video.rows import Origin
from bauta.video.run import VideoOptions, anonymize_video
from bauta.video.source import UnreadableVideoError

LOSSLESS = VideoOptions(Encoding(lossless=True))


def moving(number):
    """Two faces that cross, and one that leaves to the right."""
    return [(10 + 2 * number, 20, 28), (120 - 2 * number, 70, 28), (90 + 4 * number, 25 + number, 24)]


PICTURES = [picture(moving(number), seed=number) for number in range(40)]


def run(source, out, misses=lambda number: False, options=LOSSLESS, painter=None):
    return anonymize_video(source, out, SquareFinder(misses), painter or Painter(), options)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_video(
        tmp_path_factory.mktemp("plain") / "plain.mp4",
        PICTURES,
        metadata={
            "title": "Jane Doe",
            "location": "+48.1+011.5/",
            "creation_time": "2024-01-02T03:04:05",
            "comment": "x",
        },
    )


def test_every_face_is_covered_and_the_rest_is_the_same(plain, tmp_path):
    report = run(plain, tmp_path / "a.mp4")
    before, after = frames_of(plain), frames_of(tmp_path / "a.mp4")
    assert [time for time, _ in before] == [time for time, _ in after]
    for (_, original), (_, image) in zip(before, after, strict=True):
        assert not reds(image).any()
        same = ~greens(image)
        far = np.abs(original.astype(int) - image).max(axis=2) <= 2
        assert far[same].mean() > 0.97
    assert report.complete
    assert (report.frames, len(report.tracks), report.cuts) == (40, 3, 0)
    assert report.seconds == pytest.approx(1.6)


def test_frames_without_faces_come_back_bit_for_bit(tmp_path):
    source = write_video(tmp_path / "a.mp4", [picture([], seed=number) for number in range(10)])
    run(source, tmp_path / "b.mp4")
    for (_, one), (_, other) in zip(frames_of(source), frames_of(tmp_path / "b.mp4"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sound_is_copied_or_dropped(plain, tmp_path):
    run(plain, tmp_path / "a.mp4")
    assert len(sound_of(plain)) > 50
    assert sound_of(tmp_path / "a.mp4") == sound_of(plain)
    run(plain, tmp_path / "b.mp4", options=VideoOptions(Encoding(audio="drop")))
    with av.open(str(tmp_path / "b.mp4")) as file:
        assert [stream.type for stream in file.streams] == ["video"]


def test_metadata_are_gone(plain, tmp_path):
    run(plain, tmp_path / "a.mp4")
    with av.open(str(plain)) as file:
        assert file.metadata["title"] == "Jane Doe"
    with av.open(str(tmp_path / "a.mp4")) as file:
        assert set(file.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
    content = (tmp_path / "a.mp4").read_bytes()
    assert not any(word in content for word in (b"Jane", b"2024", b"011.5", b"plain"))


def test_chapters_subtitles_and_covers_are_gone(tmp_path):
    source = tmp_path / "a.mkv"
    with av.open(str(source), "w") as out:
        out.set_chapters(
            [{"id": 1, "start": 0, "end": 9, "time_base": Fraction(1, 1000), "metadata": {"title": "Jane"}}]
        )
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        video.metadata["title"] = "Jane"
        out.add_attachment("jane.png", "image/png", b"x" * 10)
        packets = []
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(PICTURES[number], format="rgb24")
            frame.pts = number
            packets += video.encode(frame)
        out.mux([*packets, *video.encode()])
    report = run(source, tmp_path / "b.mkv")
    assert b"Jane" in source.read_bytes()
    content = (tmp_path / "b.mkv").read_bytes()
    assert b"Jane" not in content
    assert b"jane" not in content
    assert len(report.dropped) == 2
    with av.open(str(tmp_path / "b.mkv")) as file:
        assert len(file.streams) == 1
        assert not file.chapters()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".ts"])
def test_a_variable_rate_and_a_late_start_are_kept(suffix, tmp_path):
    base = Fraction(1, 1000) if suffix == ".mkv" else Fraction(1, 90000)
    steps = np.random.default_rng(0).integers(8, 90, 40) * (1 if suffix == ".mkv" else 90)
    ticks = (700 * (1 if suffix == ".mkv" else 90) + np.cumsum(steps)).tolist()
    source = write_video(tmp_path / f"a{suffix}", PICTURES, base=base, ticks=ticks)
    run(source, tmp_path / f"b{suffix}")
    before, after = (frames_of(tmp_path / f"{name}{suffix}") for name in "ab")
    assert [time for time, _ in before] == [time for time, _ in after]
    assert len({after[n + 1][0] - after[n][0] for n in range(39)}) > 10
    assert sound_of(source) == sound_of(tmp_path / f"b{suffix}")


def test_missed_frames_are_bridged(plain, tmp_path):
    """Of each frame in which nothing was detected, the neighbours tell where the faces are."""
    rng = np.random.default_rng(3)
    missed = set(rng.choice(40, 10, replace=False).tolist()) | {0, 39, 17, 18, 19}
    report = run(plain, tmp_path / "a.mp4", misses=missed.__contains__)
    for number, (_, image) in enumerate(frames_of(tmp_path / "a.mp4")):
        assert reds(image).sum() <= 12, number
    assert sum(track.origins[Origin.BRIDGED] for track in report.tracks) >= 20
    run(
        plain,
        tmp_path / "b.mp4",
        misses=missed.__contains__,
        options=VideoOptions(LOSSLESS.encoding, bridge=0),
    )
    shown = [
        number for number, (_, image) in enumerate(frames_of(tmp_path / "b.mp4")) if reds(image).sum() > 100
    ]
    assert shown == sorted(missed)


def test_a_track_has_one_identity(plain, tmp_path):
    painter = Painter()
    run(plain, tmp_path / "a.mp4", painter=painter)
    assert len({name for names in painter.identities for name in names}) == 3
    assert all(len(set(names)) == len(names) for names in painter.identities)


def test_a_cut_ends_tracks(tmp_path):
    pictures = [
        picture([(40, 40, 30)], level=60 if number < 10 else 190, seed=number) for number in range(20)
    ]
    source = write_video(tmp_path / "a.mp4", pictures)
    report = run(source, tmp_path / "b.mp4")
    assert report.cuts == 1
    assert [(track.first, track.last) for track in report.tracks] == [
        pytest.approx((0, 0.36)),
        pytest.approx((0.4, 0.76)),
    ]


def test_a_frame_that_cannot_be_edited_is_black_and_makes_the_result_incomplete(plain, tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.video.run.EDITORS", 1)
    # Once in its group of frames, and once alone.
    report = run(plain, tmp_path / "a.mp4", painter=Painter(fails=(5, 11).__contains__))
    images = [image for _, image in frames_of(tmp_path / "a.mp4")]
    assert images[5].max() <= 2
    assert images[4].max() > 100
    assert not report.complete
    assert len(report.problems) == 1
    assert all(track.outcomes[Outcome.FAILED] == 1 for track in report.tracks[:1])


def test_two_groups_are_edited_at_once_and_encoded_in_their_order(plain, tmp_path, monkeypatch):
    class Waiting(Painter):
        """Finishes the first group after the second one."""

        groups, second_done = count(), Event()

        def edit_all(self, requests):
            number = next(self.groups)
            if number == 0 and not self.second_done.wait(timeout=60):
                raise AnonymizationError("nobody edited the second group meanwhile")
            done = super().edit_all(requests)
            if number == 1:
                self.second_done.set()
            return done

    report = run(plain, tmp_path / "a.mp4", painter=Waiting())
    assert report.complete
    monkeypatch.setattr("bauta.video.run.EDITORS", 1)
    run(plain, tmp_path / "b.mp4")
    pairs = zip(frames_of(tmp_path / "a.mp4"), frames_of(tmp_path / "b.mp4"), strict=True)
    assert all(np.array_equal(one[1], other[1]) for one, other in pairs)


def test_a_frame_that_cannot_be_looked_at_is_black(plain, tmp_path):
    class Broken(SquareFinder):
        def find(self, image):
            found = super().find(image)
            if self.calls == 7:
                raise RuntimeError("no memory\nmore")
            return found

    report = anonymize_video(plain, tmp_path / "a.mp4", Broken(), Painter(), LOSSLESS)
    assert frames_of(tmp_path / "a.mp4")[7][1].max() <= 2
    assert report.problems == ("the frame at 0.280 s is black in the result: no memory",)


def test_damaged_parts_are_black_and_reported(plain, tmp_path):
    content = bytearray(plain.read_bytes())
    start = content.index(b"mdat")
    for at in np.random.default_rng(0).integers(start + 3000, start + 15000, 40):
        content[at] ^= 0xFF
    (tmp_path / "a.mp4").write_bytes(bytes(content))
    report = run(tmp_path / "a.mp4", tmp_path / "b.mp4")
    assert not report.complete
    # Damage that no decoder notices tears scraps off a face, which is 576 pixels and more.
    assert all(reds(image).sum() <= 100 for _, image in frames_of(tmp_path / "b.mp4"))


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "size", "expected"),
    [
        ("libx264", "yuv420p10le", (160, 120), "yuv420p10le"),
        ("libx264", "yuv422p", (160, 120), "yuv422p"),
        ("ffv1", "bgr0", (160, 120), "yuv420p"),
        ("ffv1", "yuv420p", (161, 121), "yuv420p"),
    ],
)
def test_deep_and_odd_videos(codec, pix_fmt, size, expected, tmp_path):
    pictures = [picture(moving(number), size=size, seed=number) for number in range(8)]
    source = write_video(
        tmp_path / "a.mkv", pictures, codec=codec, pix_fmt=pix_fmt, base=Fraction(1, 1000), sound=None
    )
    run(source, tmp_path / "b.mkv")
    with av.open(str(tmp_path / "b.mkv")) as file:
        stream = file.streams.video[0]
        assert stream.pix_fmt == expected
        assert (stream.width, stream.height) == (160 + 2 * (size[0] % 2), 120 + 2 * (size[1] % 2))
    assert not any(reds(image).any() for _, image in frames_of(tmp_path / "b.mkv"))


def test_colours_keep_their_meaning(tmp_path):
    def tag(frame, number):
        frame.colorspace = 1

    source = write_video(
        tmp_path / "a.mp4",
        PICTURES[:5],
        options={"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"},
        prepare=tag,
    )
    run(source, tmp_path / "b.mp4")
    for name in "ab":
        with av.open(str(tmp_path / f"{name}.mp4")) as file:
            context = file.streams.video[0].codec_context
            assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)


@pytest.mark.parametrize(("turned", "expected"), [(False, Fraction(4, 3)), (True, Fraction(3, 4))])
def test_pixels_that_are_not_square_keep_their_shape(turned, expected, tmp_path):
    source = write_video(tmp_path / "a.mp4", PICTURES[:3], aspect=Fraction(4, 3))
    if turned:
        rotate(source, (0, 1, -1, 0))
    run(source, tmp_path / "b.mp4")
    with av.open(str(tmp_path / "b.mp4")) as file:
        stream = file.streams.video[0]
        assert stream.sample_aspect_ratio == expected
        assert (stream.width, stream.height) == ((120, 160) if turned else (160, 120))
        assert next(file.decode(video=0)).rotation == 0
    assert not any(reds(image).any() for _, image in frames_of(tmp_path / "b.mp4"))


def test_sound_of_webm_is_copied(tmp_path):
    source = write_video(
        tmp_path / "a.webm", PICTURES, codec="libvpx-vp9", sound="libopus", base=Fraction(1, 1000)
    )
    run(source, tmp_path / "b.webm")
    assert sound_of(tmp_path / "b.webm") == sound_of(source)
    assert [time for time, _ in frames_of(source)] == [time for time, _ in frames_of(tmp_path / "b.webm")]


def test_one_frame_is_a_video(tmp_path):
    source = write_video(tmp_path / "a.mp4", PICTURES[:1])
    report = run(source, tmp_path / "b.mp4")
    assert report.frames == 1
    assert not reds(frames_of(tmp_path / "b.mp4")[0][1]).any()


def test_the_original_is_not_overwritten(plain, tmp_path):
    (tmp_path / "link.mp4").symlink_to(plain)
    with pytest.raises(ConfigError, match="same file"):
        run(plain, tmp_path / "link.mp4")


def test_sound_that_a_container_cannot_hold_is_refused_in_words(plain, tmp_path):
    with pytest.raises(ConfigError, match=r"\.webm cannot hold the sound of .* \(aac\)"):
        run(plain, tmp_path / "a.webm", options=VideoOptions())
    assert not any(tmp_path.iterdir())


def test_other_pictures_at_the_same_times_are_not_released(plain, tmp_path):
    source = tmp_path / "a.mp4"
    source.write_bytes(plain.read_bytes())
    other = write_video(tmp_path / "other.mp4", PICTURES[::-1])

    class Replacing(Painter):
        def edit(self, image, faces, identities=None):
            if self.calls == 0:
                source.write_bytes(other.read_bytes())
            return super().edit(image, faces, identities)

    with pytest.raises(DataError, match="changed meanwhile"):
        run(source, tmp_path / "b.mp4", painter=Replacing())
    assert not (tmp_path / "b.mp4").exists()


def test_no_frame_at_all_is_refused(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "first_frame", lambda source: None)
    with pytest.raises(UnreadableVideoError, match="no frame"):
        run(plain, tmp_path / "a.mp4")


@pytest.mark.parametrize("when", [0, 20])
def test_an_interruption_leaves_nothing(plain, tmp_path, when):
    class Interrupting(Painter):
        def edit(self, image, faces, identities=None):
            if self.calls == when:
                assert any(tmp_path.iterdir())
                assert not (tmp_path / "a.mp4").exists()
                os.kill(os.getpid(), signal.SIGINT)
            return super().edit(image, faces, identities)

    # A shell starts what runs in its background with interruptions ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(plain, tmp_path / "a.mp4", painter=Interrupting())
    finally:
        signal.signal(signal.SIGINT, before)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("bridge", [-1, 61, float("nan")])
def test_a_bridge_out_of_range_is_refused(bridge):
    with pytest.raises(ConfigError, match="bridge"):
        VideoOptions(bridge=bridge)


def test_memory_does_not_grow_with_the_length(tmp_path):
    """200 frames of 1280×720, which would be 0.55 GB as RGB; frames kept in a ring would show, too."""
    image = picture([(100, 100, 80)], size=(1280, 720))
    source = write_video(tmp_path / "a.mp4", [image] * 200, sound=None, options={"preset": "ultrafast"})
    process, peaks = psutil.Process(), []

    class Watching(Painter):
        def edit(self, image, faces, identities=None):
            peaks.append(process.memory_info().rss)
            return super().edit(image, faces, identities)

    run(source, Path(tmp_path / "b.mp4"), painter=Watching(), options=VideoOptions())
    assert max(peaks[100:]) - peaks[100] < 80e6
