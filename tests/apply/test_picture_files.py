import json
import shutil
import subprocess
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bauta.apply.picture_files import encode, read_picture
from bauta.apply.profile import colours_only
from bauta.io.images import UnreadableImageError

SECRET = b"SECRET"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET</x:xmpmeta>"


def pixels(height=24, width=32):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def exif(orientation=6):
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E], data[0x013B], data[0x8298] = "SECRET", "SECRET", "SECRET"
    gps = data.get_ifd(0x8825)
    gps[1], gps[2] = "N", (52.0, 30.0, 0.0)
    return data


def with_metadata(path):
    """Write a picture that says much: EXIF with GPS and a name, XMP, comments, and a profile."""
    picture = Image.fromarray(pixels())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": exif(), "icc_profile": profile}
    if path.suffix == ".jpg":
        options |= {"comment": SECRET, "xmp": XMP}
    if path.suffix == ".png":
        told = PngImagePlugin.PngInfo()
        told.add_text("Author", "SECRET")
        told.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = told
    if path.suffix == ".webp":
        options |= {"xmp": XMP, "lossless": True}
    picture.save(path, **options)
    return profile


@pytest.mark.parametrize(
    ("suffix", "form"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WEBP"), (".tif", "TIFF")]
)
def test_only_pixels_and_the_profile_pass(suffix, form, tmp_path):
    path = tmp_path / f"a{suffix}"
    profile = with_metadata(path)
    assert SECRET in path.read_bytes()
    picture = read_picture(path)
    assert picture.image.shape == (32, 24, 3)  # upright
    content = encode(picture.image, form, profile=picture.profile)
    assert SECRET not in content
    with Image.open(BytesIO(content)) as written:
        assert dict(written.getexif()) == {} or form == "TIFF"
        assert written.info.get("icc_profile") == colours_only(profile)
        assert not set(written.info) & {"exif", "xmp", "comment", "Author", "XML:com.adobe.xmp", "photoshop"}
        if form != "JPEG":
            assert (np.asarray(written.convert("RGB")) == picture.image).all()
    if exiftool := shutil.which("exiftool"):
        out = tmp_path / f"out{suffix}"
        out.write_bytes(content)
        answer = subprocess.run([exiftool, "-j", "-G", out], capture_output=True, check=True).stdout
        groups = {name.partition(":")[0] for name in json.loads(answer)[0] if ":" in name}
        assert groups <= {"ExifTool", "File", "JFIF", "PNG", "RIFF", "ICC_Profile", "Composite", "EXIF"}
        assert b"GPS" not in answer
        assert SECRET not in answer


def test_the_pixels_of_an_upright_jpeg_are_those_that_a_viewer_shows(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(pixels()).save(path, exif=exif(8))
    assert (read_picture(path).image == np.rot90(pixels(), 1)).all()


@pytest.mark.parametrize(
    ("mode", "note", "grey"),
    [
        ("RGB", None, False),
        ("L", None, True),
        ("P", None, False),
        ("RGBA", "transparent parts are white", False),
        ("LA", "transparent parts are white", True),
        ("1", None, True),
        ("I;16", "samples of more than 8 bits are written with 8", True),
    ],
)
def test_every_mode_is_read_and_what_is_lost_is_said(mode, note, grey, tmp_path):
    if mode == "I;16":
        picture = Image.fromarray(np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) * 80)
    else:
        picture = Image.fromarray(pixels()).convert(mode)
    picture.save(tmp_path / "a.png")
    read = read_picture(tmp_path / "a.png")
    assert read.image.shape == (24, 32, 3)
    assert read.notes == (() if note is None else (note,))
    assert read.grey == grey
    with Image.open(BytesIO(encode(read.image, "PNG", grey=read.grey))) as written:
        assert written.mode == ("L" if grey else "RGB")


def test_sixteen_bit_colours_are_said(tmp_path):
    import cv2  # noqa: PLC0415

    cv2.imwrite(str(tmp_path / "a.png"), pixels().astype(np.uint16) * 257)
    assert read_picture(tmp_path / "a.png").notes == ("samples of more than 8 bits are written with 8",)


def test_a_profile_of_other_pixels_is_dropped(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(pixels()).convert("CMYK").save(tmp_path / "a.jpg", icc_profile=lab)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.profile is None
    assert "CMYK is written as RGB" in picture.notes[0]


def test_grey_that_became_colourful_is_written_in_colour():
    with Image.open(BytesIO(encode(pixels(), "PNG", grey=True))) as written:
        assert written.mode == "RGB"


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".tif"])
def test_several_frames_are_refused(suffix, tmp_path):
    frames = [Image.new("RGB", (16, 16), (shade, 0, 0)) for shade in (0, 90, 200)]
    path = tmp_path / f"a{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(UnreadableImageError, match="several frames"):
        read_picture(path)


def test_the_quality_of_jpeg_counts():
    sizes = [len(encode(pixels(), "JPEG", quality=quality)) for quality in (50, 95)]
    assert sizes[0] < 0.7 * sizes[1]
