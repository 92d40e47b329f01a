"""Blur and pixelate are undone from the pictures alone."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import dctn
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio
from skimage.transform import resize

from bauta.anonymize.classical.blur import Blur, blur
from bauta.anonymize.classical.deblur import WienerDeblur
from bauta.anonymize.classical.deblur_inside import blurred_regions
from bauta.anonymize.classical.kernel import blur_matrix, eigenvalues, sigma_of
from bauta.anonymize.classical.outline import usual_radii
from bauta.anonymize.classical.pixelate import Pixelate, block_means
from bauta.anonymize.classical.settings import BlurSetting, PixelateSetting
from bauta.anonymize.classical.unpixelate_inside import pixelated_regions
from bauta.attack.restoring import centred_cosine, choose_restoration, mean_cosine
from bauta.contract import CropContract
from bauta.landmarks.hull import fill_polygon
from bauta.protocols import InvertibleAnonymizer

CONTRACT = CropContract(256)
SETTINGS = {
    "blur crop": (Blur, BlurSetting(kernel=31, region="crop")),
    "blur hull": (Blur, BlurSetting(kernel=31)),
    "pixelate crop": (Pixelate, PixelateSetting(block=12, region="crop")),
    "pixelate hull": (Pixelate, PixelateSetting(block=12)),
}


@pytest.fixture(scope="module")
def photograph():
    """A face that is cut like a crop: uint8 (256, 256, 3)."""
    cut = astronaut()[0:200, 125:325]
    return (resize(cut, (256, 256), anti_aliasing=True) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def inside():
    """A region that a face hull could have, a little off the usual one: bool (256, 256)."""
    centre, radii = usual_radii(CONTRACT)
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    polygon = np.asarray(centre) + directions * (1.05 * np.asarray(radii))[:, None] + [3, -2]
    blank = np.zeros((256, 256), dtype=np.uint8)
    return fill_polygon(blank, polygon.astype(np.float32), 1).astype(bool)


def released(name, photograph, inside):
    """The picture that each of the settings would release."""
    edited = blur(photograph, 31) if name.startswith("blur") else block_means(photograph[None], 12)[0]
    return edited if name.endswith("crop") else np.where(inside[..., None], edited, photograph)


def quality(picture, photograph):
    return peak_signal_noise_ratio(photograph, picture)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_restoration_keeps_the_contract_and_the_best_is_nearer_to_the_original(
    name, photograph, inside
):
    make, setting = SETTINGS[name]
    backend = make(setting, CONTRACT)
    assert isinstance(backend, InvertibleAnonymizer)
    assert setting.restorable
    restorations = backend.restorations()
    names = [one.name for one in restorations]
    assert len(set(names)) == len(names) > 1
    picture = released(name, photograph, inside)
    images = np.stack([picture, picture[:, ::-1]])
    before = images.copy()
    found = []
    for one in restorations:
        restored = one.restore(images)
        assert restored.shape == images.shape
        assert restored.dtype == np.uint8
        np.testing.assert_array_equal(images, before)
        np.testing.assert_array_equal(restored[0], one.restore(images[:1])[0])
        found.append(quality(restored[0], photograph))
    gain = {"blur crop": 4.0, "blur hull": 2.0, "pixelate crop": 0.5, "pixelate hull": 0.3}[name]
    assert max(found) > quality(picture, photograph) + gain


@pytest.mark.parametrize(
    ("name", "regions"), [("blur hull", blurred_regions), ("pixelate hull", pixelated_regions)]
)
def test_the_hull_is_found_in_the_picture_alone(name, regions, photograph, inside):
    width = {"blur hull": 31, "pixelate hull": 12}[name]
    (found,) = regions(released(name, photograph, inside)[None], width, CONTRACT)
    assert (found & inside).sum() / (found | inside).sum() > 0.8


@settings(max_examples=25, deadline=None)
@given(kernel=st.sampled_from([3, 7, 15, 31]), side=st.integers(24, 40), seed=st.integers(0, 99))
def test_the_blur_is_diagonal_in_the_cosine_transform(kernel, side, seed):
    picture = np.random.default_rng(seed).random((side, side + 3)) * 255
    blurred = cv2.GaussianBlur(
        picture, (kernel, kernel), sigmaX=sigma_of(kernel), borderType=cv2.BORDER_REFLECT_101
    )
    gains = np.outer(eigenvalues(kernel, side), eigenvalues(kernel, side + 3))
    np.testing.assert_allclose(dctn(blurred, type=1), gains * dctn(picture, type=1), rtol=1e-5, atol=1e-2)
    across, down = blur_matrix(kernel, side), blur_matrix(kernel, side + 3)
    np.testing.assert_allclose(blurred, across @ picture @ down.T, rtol=1e-6, atol=1e-4)


def test_what_is_not_rounded_comes_back(photograph):
    picture = photograph[None].astype(np.float32)
    blurred = cv2.GaussianBlur(picture[0], (3, 3), sigmaX=sigma_of(3), borderType=cv2.BORDER_REFLECT_101)
    sharpened = WienerDeblur(3, noise=1e-4, rise=0.0).sharpen(blurred[None])
    assert np.abs(sharpened - picture).max() < 0.1


def test_the_restoration_nearest_to_the_clear_faces_is_chosen(photograph):
    picture = blur(photograph, 31)[None]
    right, wrong = WienerDeblur(31, 0.3, 2.0), WienerDeblur(61, 0.3, 2.0)

    def embed(images):
        flat = images.reshape(len(images), -1).astype(np.float64)
        flat -= flat.mean()
        return (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)

    clear = embed(photograph[None])
    assert choose_restoration([wrong, right], picture, clear, embed) is right


def test_what_all_restored_faces_have_in_common_does_not_choose():
    rng = np.random.default_rng(0)
    clear = rng.normal(size=(8, 16)) + 5.0
    clear /= np.linalg.norm(clear, axis=1, keepdims=True)
    everybody = np.tile(clear.mean(axis=0), (8, 1))
    apart = clear - 0.9 * everybody
    unit = [found / np.linalg.norm(found, axis=1, keepdims=True) for found in (everybody, apart)]
    plain, centred = ([measure(found, clear) for found in unit] for measure in (mean_cosine, centred_cosine))
    assert plain[0] > plain[1]
    assert abs(centred[0]) < 1e-6 < 0.99 < centred[1]
