"""Colour profiles keep their colours and lose everything else."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from bauta.apply.picture_files import encode, read_picture
from bauta.apply.profile import colours_only

SECRET = b"SECRET of a person"


def made(name="sRGB"):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def with_tag(profile, name, content):
    """The profile with one more tag."""
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count)]
    moved = [(one, start + 12, size) for one, start, size in entries]
    table = b"".join(struct.pack(">4sII", *one) for one in [*moved, (name, len(profile) + 12, len(content))])
    whole = profile[4:128] + struct.pack(">I", count + 1) + table + profile[132 + 12 * count :] + content
    return struct.pack(">I", len(whole) + 4) + whole


@pytest.mark.parametrize("name", [b"SECR", b"meta", b"dmnd", b"targ"])
def test_nothing_hides_in_a_profile(name, tmp_path):
    profile = bytearray(with_tag(made(), name, b"data\0\0\0\0" + SECRET) + SECRET)
    profile[100:118] = SECRET
    profile[48:52] = b"Cam1"
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=bytes(profile))
    kept = read_picture(tmp_path / "a.png").profile
    assert kept is not None
    assert b"SECRET" not in kept
    assert b"Cam1" not in kept
    assert struct.unpack_from(">I", kept)[0] == len(kept)
    with Image.open(BytesIO(encode(pixels, "PNG", profile=kept))) as written:
        assert written.info["icc_profile"] == kept


def test_the_colours_are_the_same():
    wide = bytearray(made())
    (count,) = struct.unpack_from(">I", wide, 128)
    starts = {bytes(wide[132 + 12 * at : 136 + 12 * at]): 136 + 12 * at for at in range(count)}
    (red,) = struct.unpack_from(">I", wide, starts[b"rXYZ"])
    struct.pack_into(">i", wide, red + 8, 40000)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    shown = [
        np.asarray(ImageCms.profileToProfile(picture, BytesIO(one), ImageCms.createProfile("sRGB")))
        for one in (bytes(wide), colours_only(bytes(wide)))
    ]
    assert (shown[0] == shown[1]).all()
    assert (shown[0] != np.asarray(picture)).any()


@pytest.mark.parametrize("version", [2, 4])
def test_the_result_is_a_profile_with_a_description(version):
    profile = bytearray(made())
    profile[8] = version
    opened = ImageCms.ImageCmsProfile(BytesIO(colours_only(bytes(profile))))
    assert ImageCms.getProfileDescription(opened).strip() == "bauta"
    assert ImageCms.getProfileCopyright(opened).strip() == "bauta"


@pytest.mark.parametrize("content", [b"", bytes(128), bytes(200), made()[:180], made()[:128] + b"\xff" * 60])
def test_a_malformed_profile_is_dropped(content):
    assert colours_only(content) is None
