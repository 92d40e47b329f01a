import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bauta.io.images import UnreadableImageError, decode_image, looks_like_image, read_image

RGB = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
GREY = RGB[..., 0]


def encode(pixels, kind, mode=None, **options) -> bytes:
    image = Image.fromarray(pixels)
    if mode is not None:
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_give_the_pixels(kind):
    np.testing.assert_array_equal(decode_image(encode(RGB, kind), "x"), RGB)


def test_lossless_webp_and_gif():
    np.testing.assert_array_equal(decode_image(encode(RGB, "WEBP", lossless=True), "x"), RGB)
    np.testing.assert_array_equal(decode_image(encode(GREY, "GIF"), "x"), np.dstack([GREY] * 3))


def test_first_frame_of_an_animation():
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decode_image(file.getvalue(), "x")[..., 0], GREY)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000", "AVIF"])
def test_lossy_formats_are_close(kind):
    smooth = np.dstack([np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)] * 3)
    decoded = decode_image(encode(smooth, kind), "x")
    assert decoded.shape == smooth.shape
    assert np.abs(decoded.astype(int) - smooth).mean() < 3


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "YCbCr", "LAB"])
def test_every_colour_mode_becomes_rgb(mode):
    white_left = np.zeros((8, 8, 3), dtype=np.uint8)
    white_left[:, :4] = 255
    kind = {"YCbCr": "JPEG", "CMYK": "TIFF", "LAB": "TIFF"}.get(mode, "PNG")
    if mode == "LAB":
        lab = np.zeros((8, 8, 3), dtype=np.uint8)
        lab[:, :4, 0] = 255
        file = io.BytesIO()
        Image.fromarray(lab, mode="LAB").save(file, kind)
        content = file.getvalue()
    else:
        content = encode(white_left, kind, mode)
    decoded = decode_image(content, "x").astype(int)
    assert decoded.shape == (8, 8, 3)
    assert decoded[:, :3].min() > 245
    assert decoded[:, 5:].max() < 10


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM", "JPEG2000"])
def test_16_bit_grey_is_scaled_and_not_clipped(kind):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    decoded = decode_image(encode(ramp, kind), "x")
    np.testing.assert_array_equal(decoded, np.dstack([(ramp >> 8).astype(np.uint8)] * 3))


def test_16_bit_colour_is_scaled_and_not_clipped():
    cv2 = pytest.importorskip("cv2")
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    bgr = np.dstack([ramp, ramp // 2, ramp // 4])
    expected = np.dstack([ramp // 4, ramp // 2, ramp]) >> 8
    for suffix in (".png", ".tiff"):
        content = cv2.imencode(suffix, bgr)[1].tobytes()
        np.testing.assert_array_equal(decode_image(content, "x"), expected)


def test_samples_without_a_range_are_refused():
    with pytest.raises(UnreadableImageError, match="no stated range"):
        decode_image(encode(GREY.astype(np.float32), "TIFF"), "x")
    with pytest.raises(UnreadableImageError, match="exceed 16 bits"):
        decode_image(encode(GREY.astype(np.int32) * 1000, "TIFF"), "x")


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white_whatever_it_hides(mode):
    image = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    image.paste((40, 40, 40, 255), (0, 0, 4, 8))
    file = io.BytesIO()
    image.convert(mode).save(file, "PNG")
    decoded = decode_image(file.getvalue(), "x")
    assert (decoded[:, :4] == 40).all()
    assert (decoded[:, 4:] == 255).all()


def test_transparent_palette_colour_is_white():
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8), mode="P")
    image.putpalette([10, 20, 30, 200, 0, 0])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    np.testing.assert_array_equal(decode_image(file.getvalue(), "x"), [[(10, 20, 30), (255, 255, 255)]])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(orientation):
    as_seen = RGB
    stored = {
        1: as_seen,
        2: as_seen[:, ::-1],
        3: as_seen[::-1, ::-1],
        4: as_seen[::-1],
        5: as_seen.transpose(1, 0, 2),
        6: np.rot90(as_seen, 1),
        7: np.rot90(as_seen, 2).transpose(1, 0, 2),
        8: np.rot90(as_seen, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encode(np.ascontiguousarray(stored), "PNG", exif=exif)
    np.testing.assert_array_equal(decode_image(content, "x"), as_seen)


def test_broken_exif_leaves_the_image_as_it_is():
    content = encode(RGB, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    np.testing.assert_array_equal(decode_image(content, "x"), RGB)


def test_the_content_decides_not_the_name(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(encode(RGB, "PNG"))
    np.testing.assert_array_equal(read_image(tmp_path / "photo.jpg"), RGB)
    assert looks_like_image(tmp_path / "photo.jpg")
    (tmp_path / "text.jpg").write_text("this is no picture")
    assert not looks_like_image(tmp_path / "text.jpg")
    with pytest.raises(UnreadableImageError, match=r"text.jpg.*not an image of a known format"):
        read_image(tmp_path / "text.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused_not_half_grey(kind, kept):
    content = encode(np.repeat(np.repeat(RGB, 4, 0), 4, 1), kind)
    with pytest.raises(UnreadableImageError) as caught:
        decode_image(content[: int(len(content) * kept)], "cut.img")
    assert "cut.img" in str(caught.value)
    assert caught.value.reason
    assert "\n" not in str(caught.value)


def test_empty_missing_and_folder(tmp_path):
    with pytest.raises(UnreadableImageError, match="empty"):
        decode_image(b"", "x")
    with pytest.raises(UnreadableImageError, match="No such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(UnreadableImageError, match="not a regular file"):
        read_image(tmp_path)


def test_too_many_pixels_are_refused_before_they_are_decoded():
    assert decode_image(encode(RGB, "PNG"), "x", max_pixels=RGB.shape[0] * RGB.shape[1]).shape == RGB.shape
    with pytest.raises(UnreadableImageError, match="40×24 pixels are more than the limit of 959"):
        decode_image(encode(RGB, "PNG"), "x", max_pixels=959)


def test_decompression_bomb_is_refused():
    bomb = bytearray(encode(RGB, "PNG"))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bomb[12:29]))
    with pytest.raises(UnreadableImageError, match="pixels"):
        decode_image(bytes(bomb), "x")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM", "GIF", "JPEG2000", "AVIF"])
def test_damaged_bytes_raise_no_other_exception(kind):
    rng = np.random.default_rng(7)
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"exif": exif} if kind in ("JPEG", "PNG", "WEBP", "TIFF") else {}
    content = np.frombuffer(encode(RGB, kind, **options), dtype=np.uint8)
    refused = 0
    for _ in range(60):
        damaged = content.copy()
        where = rng.integers(0, min(len(damaged), 200), size=4)
        damaged[where] = rng.integers(0, 256, size=4)
        try:
            pixels = decode_image(damaged.tobytes(), "x", max_pixels=1_000_000)
        except UnreadableImageError:
            refused += 1
        else:
            assert pixels.ndim == 3
            assert pixels.shape[2] == 3
            assert pixels.dtype == np.uint8
    assert refused > 0


def test_a_program_is_never_started_for_a_picture(tmp_path: Path):
    (tmp_path / "a.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    with pytest.raises(UnreadableImageError, match="known format"):
        read_image(tmp_path / "a.jpg")
