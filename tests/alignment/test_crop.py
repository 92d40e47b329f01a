import hashlib

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import bauta.alignment.crop
from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import crop_dataset, warp_crop
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.io.images import UnreadableImageError
from bauta.io.tables import ALIGNMENT, MANIFEST
from bauta.store import Store


def similarity(scale, angle=0.0, x=0.0, y=0.0):
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


def ramp(matrix, size):
    """Value x/8 + y/16 of an image, seen through a transform, in closed form."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    y, x = np.mgrid[:size, :size]
    source = np.stack([x, y, np.ones_like(x)], axis=-1) @ inverse[:2].T
    return source[..., 0] / 8 + source[..., 1] / 16


RAMP = np.dstack([np.add.outer(np.arange(900) / 16, np.arange(1000) / 8)] * 3)
RAMP_IMAGE = np.rint(RAMP).astype(np.uint8)


def test_identity_is_bit_exact():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(warp_crop(image, similarity(1.0), 32), image)


def test_shift_by_whole_pixels_and_black_outside():
    image = np.random.default_rng(0).integers(1, 256, (32, 32, 3), dtype=np.uint8)
    shifted = warp_crop(image, similarity(1.0, 0.0, 5, -3), 32)
    np.testing.assert_array_equal(shifted[:29, 5:], image[3:, :27])
    assert not shifted[:, :5].any()
    assert not shifted[29:].any()


@settings(deadline=None, max_examples=30)
@given(st.floats(0.15, 4), st.floats(-0.6, 0.6))
def test_smooth_images_agree_with_the_closed_form(scale, angle):
    centre = np.array([500.0, 450.0])
    matrix = similarity(scale, angle)
    matrix[:, 2] = 31.5 - matrix[:, :2] @ centre
    crop = warp_crop(RAMP_IMAGE, matrix, 64)
    np.testing.assert_allclose(crop[..., 0], ramp(matrix, 64), atol=1.1)


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
def test_whole_shrinking_is_the_mean_of_blocks(factor):
    image = np.random.default_rng(1).integers(0, 256, (16 * factor, 16 * factor, 3), dtype=np.uint8)
    matrix = similarity(1 / factor, 0.0, (1 / factor - 1) / 2, (1 / factor - 1) / 2)
    blocks = image.reshape(16, factor, 16, factor, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(warp_crop(image, matrix, 16), blocks, atol=0.51)


@pytest.mark.parametrize("scale", [0.1, 0.23, 0.37, 0.49])
def test_fine_stripes_do_not_alias(scale):
    stripes = np.zeros((800, 800, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    matrix = similarity(scale, 0.1)
    matrix[:, 2] = 31.5 - matrix[:, :2] @ (400, 400)
    aliased = cv2.warpAffine(stripes, matrix, (64, 64), flags=cv2.INTER_LINEAR)
    assert warp_crop(stripes, matrix, 64).std() < 0.35 * aliased.std()


def test_very_long_image():
    image = np.zeros((40, 40_000, 3), dtype=np.uint8)
    image[:, 39_000:] = 200
    crop = warp_crop(image, similarity(1.0, 0.0, -38_990, 0), 40)
    assert not crop[:, :10].any()
    assert (crop[:, 10:] == 200).all()


def test_points_land_on_the_template():
    contract = CropContract(size=128)
    points = np.array([[300, 200], [420, 215], [355, 280], [300, 330], [395, 340]], dtype=np.float64)
    image = np.zeros((600, 700, 3), dtype=np.uint8)
    for x, y in points.astype(int):
        image[y - 6 : y + 7, x - 6 : x + 7] = 255
    matrix = fit_similarity(points, contract.template())
    crop = warp_crop(image, matrix, 128)[..., 0]
    for x, y in np.rint(points @ matrix[:, :2].T + matrix[:, 2]).astype(int):
        assert crop[y, x] > 200


def tables(rows, status="ok"):
    images = sorted({row["image_id"] for row in rows})
    manifest = [{"image_id": name, "path": f"{name}.png", "status": "ok"} for name in images]
    return pa.Table.from_pylist(manifest, schema=MANIFEST), pa.Table.from_pylist(rows, schema=ALIGNMENT)


def face(face_id, matrix=None, status="ok", reason=None):
    flat = None if matrix is None else matrix.ravel().tolist()
    image_id = face_id.split("#")[0]
    return {"face_id": face_id, "image_id": image_id, "matrix": flat, "status": status, "reason": reason}


def test_crop_dataset(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    images = {name: rng.integers(1, 256, (50, 60, 3), dtype=np.uint8) for name in "ab"}
    for name, pixels in images.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    rows = [
        face("a#0", similarity(1.0)),
        face("a#1", similarity(1.0, 0.0, -10, -20)),
        face("c", None, "no_face", "no face found"),
        face("b", similarity(1.0)),
    ]
    read = []
    real = bauta.alignment.crop.read_known_image

    def counted(path, sha256):
        read.append(path.name)
        return real(path, sha256)

    monkeypatch.setattr(bauta.alignment.crop, "read_known_image", counted)
    monkeypatch.setattr(bauta.alignment.crop, "BATCH", 3)
    manifest, alignment = tables(rows)
    contract = CropContract(size=16, margin=0.1)
    crop_dataset(manifest, alignment, tmp_path, contract, tmp_path / "crops.zarr")
    assert read == ["a.png", "b.png"]
    store = Store.open(tmp_path / "crops.zarr")
    store.verify()
    assert store.ids == ("a#0", "a#1", "c", "b")
    assert dict(store.attributes) == {"size": 16, "margin": 0.1}
    crops = store.read("images")
    np.testing.assert_array_equal(crops[0], images["a"][:16, :16])
    np.testing.assert_array_equal(crops[1], images["a"][20:36, 10:26])
    assert not crops[2].any()
    np.testing.assert_array_equal(crops[3], images["b"][:16, :16])
    assert store.read("status").tolist() == [0, 0, Status.NO_FACE.code, 0]


def test_lost_images_stop_the_job(tmp_path):
    manifest, alignment = tables([face("a", similarity(1.0))])
    with pytest.raises(UnreadableImageError, match=r"a\.png"):
        crop_dataset(manifest, alignment, tmp_path, CropContract(), tmp_path / "crops.zarr")
    with pytest.raises(DataError, match="'a', which the manifest does not list"):
        crop_dataset(manifest.slice(1), alignment, tmp_path, CropContract(), tmp_path / "crops.zarr")
    assert not list(tmp_path.iterdir())


def test_an_image_that_changed_since_it_was_listed_stops_the_job(tmp_path):
    Image.fromarray(np.zeros((50, 60, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    manifest, alignment = tables([face("a", similarity(1.0))])
    known = pa.array([hashlib.sha256(b"another one").hexdigest()], pa.string())
    position = manifest.schema.get_field_index("fingerprint")
    manifest = manifest.set_column(position, manifest.schema.field(position), known)
    with pytest.raises(DataError, match=r"a\.png changed since it was listed .expected .*, got .*run again"):
        crop_dataset(manifest, alignment, tmp_path, CropContract(size=16), tmp_path / "crops.zarr")
