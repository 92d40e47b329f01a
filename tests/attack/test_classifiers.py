import cv2
import numpy as np
import pytest

from bauta.attack.classifiers import fit_templates
from bauta.attack.pixel_features import pixel_features


def test_templates_score_by_cosine():
    vectors = np.array([[1, 0], [0, 1], [0, -1]], dtype=np.float32)
    scores = fit_templates(vectors, np.array([0, 0, 1]), 2).scores(vectors)
    assert scores[0] == pytest.approx([0.5**0.5, 0])
    assert scores[2] == pytest.approx([-(0.5**0.5), 1])


def test_pixel_features_are_area_averages_of_luma():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    got = pixel_features(images)
    luma = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]).astype(float)
    means = luma.reshape(2, 32, 2, 32, 2).mean(axis=(2, 4)).reshape(2, 1024) / 255
    assert got.dtype == np.float32
    assert got == pytest.approx(means, abs=1e-5)
    assert pixel_features(images[:0]).shape == (0, 1024)


def test_pixel_features_read_rgb_and_not_bgr():
    red = np.zeros((1, 32, 32, 3), dtype=np.uint8)
    red[..., 0] = 255
    assert pixel_features(red).mean() == pytest.approx(0.299, abs=2e-3)
