import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.apply.paste import paste_colour, paste_crop, unwarp
from bauta.apply.region import Region
from bauta.contract import CropContract

CONTRACT = CropContract(64)


def turned(side, degrees, corner):
    """A similarity from an image to a crop of 64 pixels that shows a turned square."""
    turn = np.exp(1j * np.deg2rad(degrees)) * side / 64
    template = CONTRACT.template().astype(float)
    z = (template @ (1, 1j) - 31.5 * (1 + 1j)) * turn + complex(*corner)
    return fit_similarity(np.stack([z.real, z.imag], axis=1), template)


@pytest.mark.parametrize(("side", "degrees"), [(150, 0), (300, 33), (64, -40)])
def test_a_crop_comes_back_as_by_an_independent_interpolation(side, degrees):
    rng = np.random.default_rng(0)
    crop = np.kron(rng.integers(0, 256, (8, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    matrix = turned(side, degrees, (200, 180))
    got = unwarp(crop, matrix, (150, 140, 250, 220))
    y, x = np.mgrid[140:220, 150:250].astype(float)
    at = np.tensordot(matrix, np.stack([x, y, np.ones_like(x)]), axes=1)
    expected = np.stack(
        [map_coordinates(crop[..., c].astype(float), at[::-1], order=1, mode="nearest") for c in range(3)], -1
    )
    # OpenCV interpolates at 1/32 of a pixel, which matters at the edges of the blocks only.
    assert np.median(np.abs(got - expected)) <= 1
    assert np.mean(np.abs(got - expected)) < 3


def test_a_finer_crop_is_averaged():
    crop = np.zeros((64, 64, 3), dtype=np.uint8)
    crop[::2] = 200
    got = unwarp(crop, turned(12, 0, (50, 50)), (46, 46, 54, 54))
    assert np.abs(got.astype(int) - 100).max() < 25


def test_averaging_moves_nothing():
    """The mean of a ramp over a pixel is the ramp at its middle."""
    ramp = np.repeat(np.arange(64, dtype=np.uint8)[None, :, None] * 4, 64, axis=0).repeat(3, axis=2)
    matrix = turned(24, 0, (50, 50))
    got = unwarp(ramp, matrix, (44, 44, 57, 57))
    expected = 4 * (matrix[0, 0] * np.arange(44, 57) + matrix[0, 2])
    assert np.abs(got[6, :, 0] - expected).max() <= 1


def test_to_the_crop_and_back_is_the_picture():
    y, x = np.mgrid[:300, :300]
    image = np.stack([128 + 90 * np.sin(x / 25), 128 + 90 * np.cos(y / 30), (x + y) / 3], -1).astype(np.uint8)
    matrix = turned(90, 25, (150, 150))
    back = unwarp(warp_crop(image, matrix, 64), matrix, (130, 130, 170, 170))
    assert np.abs(back.astype(int) - image[130:170, 130:170]).max() <= 4


def square(seam=0.0, side=30.0, centre=(50.0, 50.0)):
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * side / 2 + centre
    return Region((corners,), seam)


def test_nothing_of_the_original_is_left_inside_and_nothing_changes_outside():
    rng = np.random.default_rng(1)
    matrix = turned(60, 20, (50, 50))
    results = []
    for _ in range(2):
        image = rng.integers(0, 256, (100, 100, 3), dtype=np.uint8)
        edited, mask = image.copy(), np.zeros((100, 100), dtype=bool)
        assert paste_crop(edited, mask, np.full((64, 64, 3), 77, np.uint8), matrix, square(seam=6))
        assert (edited[~mask] == image[~mask]).all()
        results.append((edited, mask))
    core = square().drawn((0, 0, 100, 100)).astype(bool)
    assert (results[0][0][core] == 77).all()
    assert (results[0][0][core] == results[1][0][core]).all()
    assert results[0][1].sum() > 1.4 * core.sum()


def test_the_seam_falls_outwards():
    image, mask = np.zeros((100, 100, 3), dtype=np.uint8), np.zeros((100, 100), dtype=bool)
    paste_crop(image, mask, np.full((64, 64, 3), 240, np.uint8), turned(60, 0, (50, 50)), square(seam=8))
    row = image[50, 64:80, 0].astype(int)
    assert row[0] == 240
    assert (np.diff(row) <= 0).all()
    assert 0 < row[4] < 240
    assert row[-1] == 0


def test_the_seam_of_the_second_face_shows_the_first_anonymized():
    image, mask = np.full((100, 100, 3), 200, dtype=np.uint8), np.zeros((100, 100), dtype=bool)
    matrix = turned(60, 0, (50, 50))
    paste_crop(image, mask, np.zeros((64, 64, 3), np.uint8), matrix, square(seam=0, side=60))
    paste_crop(image, mask, np.zeros((64, 64, 3), np.uint8), matrix, square(seam=8, side=20))
    assert not image[21:79, 21:79].any()


def test_what_lies_outside_the_crop_continues_its_border():
    image, mask = np.full((100, 100, 3), 200, dtype=np.uint8), np.zeros((100, 100), dtype=bool)
    crop = np.full((64, 64, 3), 9, np.uint8)
    paste_crop(image, mask, crop, turned(20, 0, (50, 50)), square(side=60))
    assert (image[mask] == 9).all()
    assert mask.sum() >= 60 * 60


def test_a_region_beside_the_picture_is_said():
    image, mask = np.zeros((100, 100, 3), dtype=np.uint8), np.zeros((100, 100), dtype=bool)
    assert not paste_colour(image, mask, square(centre=(500.0, 50.0)))
    assert not mask.any()


def test_the_few_colours_of_a_fallback_hold_no_detail():
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (100, 100, 3), dtype=np.uint8)
    mask = np.zeros((100, 100), dtype=bool)
    assert paste_colour(image, mask, square(side=48), 6)
    assert image[mask].std() < 40
    assert np.abs(np.diff(image[30:70, 30:70].astype(int), axis=0)).max() < 20
