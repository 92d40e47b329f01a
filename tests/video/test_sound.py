"""Comments in the headers of sound do not pass."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from made_videos import Painter, SquareFinder, frames_of, picture, sound_of

from bauta.video.run import anonymize_video
from bauta.video.sound import without_comments

ONE, SETUP = b"\x01vorbis" + bytes(23), b"\x05vorbis" + bytes(40)


def laced(first, comments, setup):
    def size(packet):
        return b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])

    return b"\x02" + size(first) + size(comments) + first + comments + setup


def comments(*texts):
    listed = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return b"\x03vorbis" + struct.pack("<II", 0, len(texts)) + listed + b"\x01"


@pytest.mark.parametrize("texts", [(), (b"ARTIST=Jane Doe",), (b"LOCATION=" + b"x" * 700, b"A=b")])
def test_comments_are_gone_and_the_rest_is_the_same(texts):
    assert without_comments(laced(ONE, comments(*texts), SETUP)) == laced(ONE, comments(), SETUP)


@pytest.mark.parametrize("headers", [b"", b"\x02", b"\x02\xff\xff", b"\x01\x02ab", laced(ONE, SETUP, ONE)])
def test_malformed_headers_are_refused(headers):
    with pytest.raises(ValueError, match="malformed"):
        without_comments(headers)


def with_vorbis(path):
    """A video whose sound names a person in the comments of its headers."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        sound = out.add_stream("vorbis", rate=48000, options={"strict": "-2"})
        sound.codec_context.layout = "stereo"
        sound.codec_context.open()
        headers = bytes(sound.codec_context.extradata)
        first, second = headers[1], headers[2]
        begin, end = headers[3 : 3 + first], headers[3 + first + second :]
        sound.codec_context.extradata = laced(begin, comments(b"ARTIST=Jane Doe"), end)
        packets = []
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(picture([(20, 20, 30)], seed=number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += video.encode(frame)
        packets += video.encode()
        size = sound.codec_context.frame_size
        for start in range(0, 19200, size):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, size), np.float32), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            packets += sound.encode(frame)
        out.mux(packets + sound.encode())
    return path


def test_the_sound_of_a_video_names_nobody(tmp_path):
    source = with_vorbis(tmp_path / "a.mkv")
    assert b"Jane Doe" in source.read_bytes()
    anonymize_video(source, tmp_path / "b.mkv", SquareFinder(), Painter())
    assert b"Jane Doe" not in (tmp_path / "b.mkv").read_bytes()
    assert sound_of(tmp_path / "b.mkv") == sound_of(source)
    assert len(frames_of(tmp_path / "b.mkv")) == 10
    with av.open(str(tmp_path / "b.mkv")) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) > 10000
