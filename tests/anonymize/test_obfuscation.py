"""Blur and pixelate against independent implementations, and what they may touch."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.measure import block_reduce

from bauta.anonymize.classical.blackout import Blackout
from bauta.anonymize.classical.blur import Blur, blur, sigma_of
from bauta.anonymize.classical.identity import Identity
from bauta.anonymize.classical.pixelate import Pixelate, block_means
from bauta.anonymize.classical.settings import BlackoutSetting, BlurSetting, IdentitySetting, PixelateSetting
from bauta.anonymize.region import replace_inside
from bauta.contract import Status
from bauta.errors import DataError
from bauta.landmarks.hull import face_hull


def _random_images(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("kernel", [3, 11, 31, 101])
def test_blur_is_the_gaussian_of_that_width(kernel):
    image = _random_images((80, 90, 3))
    sigma = 0.3 * ((kernel - 1) / 2 - 1) + 0.8
    radius = kernel // 2
    expected = gaussian_filter(
        image.astype(float), (sigma, sigma, 0), radius=(radius, radius, 0), mode="mirror"
    )
    assert sigma_of(kernel) == pytest.approx(sigma)
    assert np.abs(blur(image, kernel) - expected).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("block", [2, 4, 8, 16])
def test_pixelate_is_the_mean_of_whole_blocks(block):
    images = _random_images((3, 64, 48, 3))
    means = block_reduce(images, (1, block, block, 1), np.mean)
    expected = np.rint(means).astype(np.uint8).repeat(block, axis=1).repeat(block, axis=2)
    np.testing.assert_array_equal(block_means(images, block), expected)


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 40), width=st.integers(1, 40), block=st.integers(2, 50), seed=st.integers(0, 99))
def test_every_block_is_flat_and_no_smaller_than_asked(height, width, block, seed):
    images = _random_images((1, height, width, 3), seed)
    mosaic = block_means(images, block)
    rows = [start * block for start in range(max(height // block, 1))] + [height]
    columns = [start * block for start in range(max(width // block, 1))] + [width]
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            assert bottom - top >= min(block, height)
            assert right - left >= min(block, width)
            mean = images[:, top:bottom, left:right].mean(axis=(1, 2), keepdims=True)
            assert np.abs(mosaic[:, top:bottom, left:right] - mean).max() <= 0.5


@pytest.mark.parametrize("backend", [Blur, Pixelate])
def test_hull_changes_the_face_and_nothing_else(backend, faces, contract):
    setting = BlurSetting(kernel=21) if backend is Blur else PixelateSetting(block=16)
    result = backend(setting, contract).anonymize(faces, seed=0)
    for row, points in enumerate(faces.landmarks):
        hull = face_hull(points, contract.size).astype(bool)
        np.testing.assert_array_equal(result.mask[row].astype(bool), hull)
        np.testing.assert_array_equal(result.images[row][~hull], faces.images[row][~hull])
        changed = (result.images[row] != faces.images[row]).any(axis=-1)[hull]
        assert changed.mean() > 0.9


def test_a_stronger_setting_removes_more_detail(faces, contract):
    details = [
        np.abs(
            np.diff(
                Blur(BlurSetting(kernel=kernel, region="crop"), contract)
                .anonymize(faces, seed=0)
                .images.astype(int),
                axis=2,
            )
        ).mean()
        for kernel in (3, 9, 31)
    ]
    assert details[0] > details[1] > details[2]


def test_a_face_outside_its_crop_fails_black(faces, contract):
    faces.landmarks[1] += 1000
    result = Blur(BlurSetting(kernel=9), contract).anonymize(faces, seed=0)
    assert result.status[1] == Status.FAILED.code
    assert not result.images[1].any()
    assert result.images[0].any()


def test_missing_fields_are_refused(faces, contract):
    backend = Blur(BlurSetting(kernel=9), contract)
    with pytest.raises(DataError, match="landmarks"):
        backend.anonymize(faces.restricted_to(frozenset({"images"})), seed=0)
    with pytest.raises(DataError, match="images"):
        backend.anonymize(faces.restricted_to(frozenset({"landmarks"})), seed=0)


def test_replacing_with_an_empty_mask_never_hands_the_original_on(faces):
    masks = np.zeros(faces.images.shape[:3], dtype=np.uint8)
    result = replace_inside(faces, faces.images, masks)
    assert (result.status == Status.FAILED.code).all()
    assert not result.images.any()


def test_controls(faces, contract):
    identity = Identity(IdentitySetting(), contract).anonymize(faces, seed=0)
    np.testing.assert_array_equal(identity.images, faces.images)
    blackout = Blackout(BlackoutSetting(), contract).anonymize(faces.restricted_to(frozenset()), seed=0)
    assert not blackout.images.any()
    assert (blackout.status == Status.OK.code).all()
    assert blackout.mask.all()
