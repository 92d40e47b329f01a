"""Reading videos: what is refused, and what is reported as lost."""

from fractions import Fraction

import av
import numpy as np
import pytest
from made_videos import picture, write_video
from PIL import Image

from bauta.video import source as source_module
from bauta.video.source import Decoded, Lost, UnreadableVideoError, VideoSource

PICTURES = [picture([(10 + 2 * number, 40, 30)], seed=number) for number in range(12)]


def items_of(path):
    with VideoSource(path) as source:
        return list(source.items())


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("plain") / "plain.mp4", PICTURES)


def test_frames_come_in_order_with_their_times(plain):
    found = items_of(plain)
    assert all(isinstance(one, Decoded) and not one.damaged for one in found)
    assert [one.pts for one in found] == [3600 * number for number in range(12)]


def test_sound_comes_between_the_frames_only_if_asked(plain):
    with VideoSource(plain) as source:
        kinds = [type(one) for one in source.items(with_audio=True)]
    assert kinds.count(Decoded) == 12
    assert kinds.count(av.Packet) > 10


def refusal_of(path):
    with pytest.raises(UnreadableVideoError) as caught:
        VideoSource(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"no video at all " * 100, "known format"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nplain.mp4\n#EXT-X-ENDLIST\n", "known format"),
        (b"ffconcat version 1.0\nfile plain.mp4\n", "known format"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n", "known format"),
    ],
)
def test_what_is_no_video_is_refused(content, reason, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert reason in refusal_of(path)


def test_a_playlist_does_not_open_another_file(plain, tmp_path):
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nfile://{plain}\n#EXT-X-ENDLIST\n")
    assert "known format" in refusal_of(path)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".jpg", ".avif"])
def test_an_animation_is_a_picture(suffix, tmp_path):
    frames = [Image.fromarray(image) for image in PICTURES[:3]]
    path = tmp_path / f"a{suffix}"
    several = {} if suffix == ".jpg" else {"save_all": True, "append_images": frames[1:]}
    frames[0].save(path, **several)
    assert "picture" in refusal_of(path)


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        out.mux([*stream.encode(frame), *stream.encode()])
    assert refusal_of(path) == "no video stream, only audio"


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    assert refusal_of(tmp_path) == "not a regular file"
    assert refusal_of(tmp_path / "none.mp4") == "no such file"


def test_half_an_mp4_is_refused_and_half_a_matroska_reported(plain, tmp_path):
    half = tmp_path / "half.mp4"
    half.write_bytes(plain.read_bytes()[: plain.stat().st_size // 2])
    assert "incomplete" in refusal_of(half)
    pictures = [picture([], seed=number) for number in range(30)]
    whole = write_video(tmp_path / "whole.mkv", pictures, base=Fraction(1, 1000))
    half = tmp_path / "half.mkv"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = items_of(half)
    assert 5 < sum(isinstance(one, Decoded) for one in found) < 25
    assert isinstance(found[-1], Lost)
    assert "incomplete" in found[-1].reason
    assert not any(isinstance(one, Lost) for one in items_of(whole))


def test_damaged_frames_are_marked(plain, tmp_path):
    content = bytearray(plain.read_bytes())
    start = content.index(b"mdat")
    for at in np.random.default_rng(0).integers(start + 3000, start + 15000, 40):
        content[at] ^= 0xFF
    path = tmp_path / "damaged.mp4"
    path.write_bytes(bytes(content))
    found = items_of(path)
    assert any(isinstance(one, Lost) or one.damaged for one in found)


@pytest.mark.parametrize(("side", "reason"), [(9000, "9000×9000 pixels are more than"), (60000, "damaged")])
def test_a_bomb_is_refused_before_it_is_decoded(side, reason, tmp_path):
    """A file of some kilobytes that declares huge pictures."""
    path = tmp_path / "bomb.avi"
    write_video(path, PICTURES[:2], codec="rawvideo", base=Fraction(1, 25), sound=None)
    content = bytearray(path.read_bytes())
    at = content.index(b"strf") + 12
    content[at : at + 8] = side.to_bytes(4, "little") * 2
    path.write_bytes(bytes(content))
    assert reason in refusal_of(path)


def test_a_size_above_the_limit_is_refused(plain, monkeypatch):
    monkeypatch.setattr(source_module, "MAX_PIXELS", 160 * 120 - 1)
    assert refusal_of(plain) == "160×120 pixels are more than the limit of 19,199"


def test_a_frame_that_comes_too_late_is_lost(plain, monkeypatch):
    times = iter([0, 3600, 3600, 1800])
    monkeypatch.setattr(
        source_module, "_time_of", lambda frame, last, step: next(times, last + step if last else 0)
    )
    found = items_of(plain)
    assert [one.pts for one in found if isinstance(one, Decoded)][:3] == [0, 3600, 7200]
    assert sum(isinstance(one, Lost) for one in found) == 2


def test_other_streams_are_named(tmp_path):
    path = tmp_path / "subtitled.mkv"
    with av.open(str(path), "w") as out:
        out.set_chapters(
            [{"id": 1, "start": 0, "end": 100, "time_base": Fraction(1, 1000), "metadata": {"title": "x"}}]
        )
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        out.add_attachment("cover.png", "image/png", b"x" * 10)
        frame = av.VideoFrame.from_ndarray(PICTURES[0], format="rgb24")
        out.mux([*video.encode(frame), *video.encode()])
    with VideoSource(path) as source:
        assert "chapters" in source.dropped
        assert len(source.dropped) == 2
