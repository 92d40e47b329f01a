"""What is encoded how, and what is refused."""

from pathlib import Path

import pytest

from bauta.apply.inputs import VIDEOS, VIDEOS_WRITTEN, target_name
from bauta.errors import ConfigError
from bauta.video.encoding import CODECS, CONTAINERS, Encoding, shape_for
from bauta.video.upright import Shape


@pytest.mark.parametrize(
    ("size", "pix_fmt", "codec", "expected"),
    [
        ((160, 120), "yuv420p", "h264", Shape(160, 120, "yuv420p")),
        ((161, 121), "yuv420p", "h264", Shape(162, 122, "yuv420p")),
        ((161, 121), "yuv444p", "h264", Shape(161, 121, "yuv444p")),
        ((161, 121), "yuv420p", "ffv1", Shape(161, 121, "yuv420p")),
        ((160, 120), "yuvj420p", "h264", Shape(160, 120, "yuvj420p")),
        ((160, 120), "yuvj420p", "vp9", Shape(160, 120, "yuv420p")),
        ((160, 120), "yuv422p10le", "h264", Shape(160, 120, "yuv422p10le")),
        ((160, 120), "yuv422p10le", "vp9", Shape(160, 120, "yuv422p")),
        ((160, 120), "yuv420p12le", "h264", Shape(160, 120, "yuv420p10le")),
        ((160, 120), "yuv420p12le", "ffv1", Shape(160, 120, "yuv420p12le")),
        ((160, 120), "p010le", "h264", Shape(160, 120, "yuv420p10le")),
        ((160, 120), "bgr0", "h264", Shape(160, 120, "yuv420p")),
        ((160, 120), "pal8", "h264", Shape(160, 120, "yuv420p")),
        ((160, 120), "nv12", "hevc", Shape(160, 120, "yuv420p")),
    ],
)
def test_depth_and_chroma_are_kept_where_the_codec_takes_them(size, pix_fmt, codec, expected):
    assert shape_for(*size, pix_fmt, codec) == expected


@pytest.mark.parametrize(
    ("encoding", "suffix", "words"),
    [
        (Encoding(), ".gif", "suffixes"),
        (Encoding("ffv1"), ".mp4", "cannot hold ffv1"),
        (Encoding(quality=52), ".mp4", "from 0 to 51"),
        (Encoding("ffv1", quality=3), ".mkv", "no quality"),
    ],
)
def test_what_cannot_be_is_refused(encoding, suffix, words):
    with pytest.raises(ConfigError, match=words):
        encoding.codec_in(suffix)


@pytest.mark.parametrize("options", [{"quality": 64}, {"quality": -1}, {"quality": 3, "lossless": True}])
def test_contradictions_are_refused_at_once(options):
    with pytest.raises(ConfigError, match="quality"):
        Encoding(**options)


def test_defaults_and_options():
    assert Encoding().codec_in(".MP4") == "h264"
    assert Encoding().codec_in(".webm") == "vp9"
    assert Encoding().options("h264")["crf"] == "18"
    assert Encoding(quality=30).options("h264")["crf"] == "30"
    lossless = Encoding(lossless=True).options("h264")
    assert lossless["qp"] == "0"
    assert "crf" not in lossless


def test_captions_are_never_encoded():
    assert CODECS["h264"].options["a53cc"] == "0"


def test_results_are_named_after_their_containers():
    assert set(VIDEOS_WRITTEN) == set(CONTAINERS)
    assert target_name("a/b.MP4") == "a/b.MP4"
    assert target_name("a/b.avi") == "a/b.avi.mkv"
    assert all(Path(target_name(f"a{suffix}")).suffix in CONTAINERS for suffix in VIDEOS)
