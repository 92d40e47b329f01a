"""HEIC, JPEG XL, raw photographs and deep samples: decoded right, or a row that says why not."""

import io
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, TiffImagePlugin

from bauta.datasets.folder import list_folder
from bauta.datasets.manifest import write_manifest
from bauta.io import image_formats
from bauta.io.image_formats import SUFFIXES
from bauta.io.images import MAX_PIXELS, UnreadableImageError, decode_image, looks_like_image
from bauta.io.jxl_header import read_jxl_header

STEPS = np.add.outer(np.arange(48) * 2, np.arange(64)).astype(np.uint8)
RGB = np.dstack([STEPS, STEPS // 2 + 60, 255 - STEPS])
image_formats.formats()


def encode(pixels, kind, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def close(decoded, expected):
    return decoded.shape == expected.shape and np.abs(decoded.astype(int) - expected).mean() < 4


def jxl(width, height, *, orientation=1):
    """The first bytes of a JPEG XL codestream that says how large it is."""
    bits = [(0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30), (0, 1), (1, 1)]
    value = place = 0
    for number, count in [*bits, (orientation - 1, 3)]:
        value |= number << place
        place += count
    return b"\xff\x0a" + value.to_bytes(20, "little")


# --- HEIC


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_once(orientation):
    stored = decode_image(encode(RGB, "PNG", exif=turned(orientation)), "x")
    decoded = decode_image(encode(RGB, "HEIF", quality=95, exif=turned(orientation)), "a.heic")
    assert close(decoded, stored)


@pytest.mark.parametrize("bits", [10, 12])
def test_deep_heic_is_scaled(bits):
    deep = (RGB.astype(np.uint16) << 8).astype("<u2")
    image = pillow_heif.from_bytes("RGB;16", (64, 48), deep.tobytes())
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    file = io.BytesIO()
    try:
        image.save(file, quality=95)
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    assert close(decode_image(file.getvalue(), "x"), RGB)


def test_what_is_transparent_in_heic_and_jxl_is_white():
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[:, :32] = 0
    pixels = np.dstack([RGB, alpha])
    for content in (encode(pixels, "HEIF", quality=95), encode(pixels, "JXL", lossless=True)):
        decoded = decode_image(content, "x")
        assert (decoded[:, :24] >= 250).all()
        assert close(decoded[:, 40:], RGB[:, 40:])


# --- JPEG XL


@pytest.mark.parametrize("container", [False, True])
def test_lossless_jxl_gives_the_pixels(container):
    content = encode(RGB, "JXL", lossless=True, use_container=container)
    np.testing.assert_array_equal(decode_image(content, "x"), RGB)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jxl_is_turned_once(orientation, tmp_path):
    upright = decode_image(encode(RGB, "PNG", exif=turned(orientation)), "x")
    content = encode(RGB, "JXL", lossless=True, exif=turned(orientation))
    np.testing.assert_array_equal(decode_image(content, "x"), upright)
    (tmp_path / "a.jpg").write_bytes(encode(RGB, "JPEG", quality=95, exif=turned(orientation)))
    file = io.BytesIO()
    with Image.open(tmp_path / "a.jpg") as image:
        image.save(file, "JXL", lossless_jpeg=True)
    assert read_jxl_header(file.getvalue()).orientation == orientation
    assert close(decode_image(file.getvalue(), "x"), upright)


def test_16_bit_jxl_is_scaled():
    content = encode(STEPS.astype(np.uint16) << 8 | 255, "JXL", lossless=True)
    np.testing.assert_array_equal(decode_image(content, "x")[..., 0], STEPS)


@pytest.mark.parametrize(
    "size", [(8, 8), (64, 48), (300, 200), (640, 480), (1920, 1080), (1001, 37), (16, 256)]
)
@pytest.mark.parametrize("container", [False, True])
def test_the_jxl_header_says_the_size(size, container):
    content = encode(np.zeros((*size[::-1], 3), np.uint8), "JXL", effort=1, use_container=container)
    header = read_jxl_header(content)
    assert (header.width, header.height, header.orientation) == (*size, 1)


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 7])
def test_a_jxl_header_that_is_cut_off_is_refused(cut):
    with pytest.raises(ValueError, match="JPEG XL"):
        read_jxl_header(jxl(300, 200)[:cut])


# --- limits


def test_a_jxl_bomb_is_refused_before_it_is_decoded(monkeypatch, tmp_path):
    monkeypatch.setattr("bauta.io.images.opened", lambda _: pytest.fail("it was opened"))
    for content in (jxl(40_000, 40_000), jxl(2**30, 2**30)):
        with pytest.raises(UnreadableImageError, match=f"more than the limit of {MAX_PIXELS:,}"):
            decode_image(content, "x")
        (tmp_path / "bomb").write_bytes(content)
        assert looks_like_image(tmp_path / "bomb")


@pytest.mark.parametrize("kind", ["HEIF", "JXL"])
def test_too_many_pixels_are_refused(kind):
    assert decode_image(encode(RGB, kind), "x", max_pixels=48 * 64).shape == RGB.shape
    with pytest.raises(UnreadableImageError, match="64×48 pixels are more than the limit of 3,000"):
        decode_image(encode(RGB, kind), "x", max_pixels=3000)


@pytest.mark.parametrize("kind", ["HEIF", "JXL"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused(kind, kept):
    content = encode(np.repeat(np.repeat(RGB, 4, 0), 4, 1), kind, quality=95)
    with pytest.raises(UnreadableImageError) as caught:
        decode_image(content[: int(len(content) * kept)], "cut.img")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("kind", "options"), [("HEIF", {}), ("JXL", {}), ("JXL", {"use_container": True})])
def test_damaged_bytes_raise_no_other_exception(kind, options):
    rng = np.random.default_rng(7)
    content = np.frombuffer(encode(RGB, kind, exif=turned(6), **options), dtype=np.uint8)
    refused = 0
    for _ in range(100):
        damaged = content.copy()
        damaged[rng.integers(0, min(len(damaged), 300), size=4)] = rng.integers(0, 256, size=4)
        try:
            pixels = decode_image(damaged.tobytes(), "x", max_pixels=1_000_000)
        except UnreadableImageError:
            refused += 1
        else:
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] == 3
    assert refused > 0


# --- deep samples


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("kind", ["png", "tiff", "pgm"])
def test_grey_samples_are_scaled_by_the_depth_that_is_used(bits, kind):
    samples = np.linspace(0, 2**bits - 1, 256).astype(np.uint16).reshape(16, 16)
    content = cv2.imencode(f".{kind}", samples)[1].tobytes()
    np.testing.assert_array_equal(decode_image(content, "x")[..., 1], samples >> (bits - 8))


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("alpha", [False, True])
def test_colours_are_scaled_by_the_depth_that_is_used(bits, kind, alpha):
    ramp = np.linspace(0, 2**bits - 1, 256).astype(np.uint16).reshape(16, 16)
    rgb = np.dstack([ramp // 4, ramp, ramp // 2])
    stored = rgb[..., ::-1]
    if alpha:
        stored = np.dstack([stored, np.full_like(ramp, 65535)])
    content = cv2.imencode(f".{kind}", stored)[1].tobytes()
    np.testing.assert_array_equal(decode_image(content, "x"), rgb >> (bits - 8))


def test_a_stated_maximum_of_a_pgm_counts():
    samples = np.linspace(0, 4095, 256).astype(">u2")
    content = b"P5 16 16 4095\n" + samples.tobytes()
    expected = samples.reshape(16, 16) / 4095 * 255
    assert np.abs(decode_image(content, "x")[..., 0] - expected).max() <= 1


def test_grey_with_alpha_is_scaled():
    ramp = np.linspace(0, 4095, 256).astype(np.uint16).reshape(16, 16)
    rows = b"".join(
        b"\0" + np.stack([row, np.full_like(row, 65535)], 1).astype(">u2").tobytes() for row in ramp
    )
    content = png(struct.pack(">IIBBBBB", 16, 16, 16, 4, 0, 0, 0), rows)
    np.testing.assert_array_equal(decode_image(content, "x")[..., 2], ramp >> 4)


def png(header, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


# --- what is not read


def raw(**tags):
    """A TIFF file with a preview in front, as raw photographs are."""
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info[int(tag[1:])] = value
    return encode(RGB, "TIFF", tiffinfo=info)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.dng", raw(t50706=b"\1\4\0\0"), "raw photograph"),
        ("a.tif", raw(t50706=b"\1\4\0\0"), "raw photograph"),
        ("a.NEF", raw(t254=1), "raw photograph"),
        ("a.tif", raw(t254=1), "raw photograph"),
        ("a.arw", raw(), "raw photograph"),
        ("a.cr2", raw()[:8] + b"CR" + raw()[10:], "raw photograph"),
        ("a.raf", b"FUJIFILMCCD-RAW 0201", "raw photograph"),
        ("a.psd", b"8BPS\0\1" + bytes(50), "Photoshop"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format SVG are not read"),
        ("a.ico", encode(RGB, "ICO"), "format ICO are not read"),
        ("a.tga", encode(RGB, "TGA"), "format TGA are not read"),
        ("a.jpg", b"no picture", "not an image of a known format"),
    ],
)
def test_what_is_not_read_says_why(name, content, reason):
    with pytest.raises(UnreadableImageError, match=reason):
        decode_image(content, name)


def test_a_tiff_of_several_pictures_is_read_all_the_same():
    np.testing.assert_array_equal(decode_image(raw(t254=0), "a.tif"), RGB)
    np.testing.assert_array_equal(decode_image(encode(RGB, "TIFF"), "a.tif"), RGB)
    np.testing.assert_array_equal(decode_image(encode(RGB, "PNG"), "photo.heic"), RGB)


@pytest.mark.parametrize(("kind", "package"), [("HEIF", "pillow-heif"), ("JXL", "pillow-jxl-plugin")])
def test_without_its_plugin_an_image_says_what_to_install(kind, package, monkeypatch):
    content = encode(RGB, kind)
    monkeypatch.setattr(image_formats, "formats", lambda: image_formats.BUILT_IN)
    with pytest.raises(UnreadableImageError, match=f"needs the package {package}"):
        decode_image(content, "x")


def test_every_promised_image_is_a_row(tmp_path):
    for suffix in SUFFIXES:
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / f"broken{suffix}").write_bytes(b"garbage")
    (tmp_path / "a" / "heic.heic").write_bytes(encode(RGB, "HEIF"))
    (tmp_path / "a" / "jxl.jxl").write_bytes(encode(RGB, "JXL"))
    (tmp_path / "a" / "readme.txt").write_text("no image")
    rows = write_manifest(
        list_folder(tmp_path, subject_level=1), tmp_path, tmp_path / "m.parquet"
    ).to_pylist()
    status = {row["path"]: row["status"] for row in rows}
    assert len(rows) == len(SUFFIXES) + 2
    assert [path for path in status if status[path] == "ok"] == ["a/heic.heic", "a/jxl.jxl"]
    assert all(row["reason"] for row in rows if row["status"] != "ok")
    assert {".dng", ".cr2", ".nef", ".arw", ".psd", ".svg", ".ico", ".heic", ".jxl"} <= SUFFIXES
