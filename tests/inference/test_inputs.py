"""Images as networks take them."""

import cv2
import numpy as np
import pytest

from bauta.inference.inputs import normalized_planes


@pytest.mark.parametrize(("mean", "std"), [(127.5, 128.0), (127.5, 127.5), (0.0, 1.0)])
def test_the_values_are_those_of_opencv(mean, std):
    images = np.random.default_rng(0).integers(0, 256, (3, 20, 31, 3), dtype=np.uint8)
    expected = cv2.dnn.blobFromImages(list(images), 1.0 / std, mean=(mean,) * 3)
    np.testing.assert_allclose(normalized_planes(images, mean, std), expected, atol=2e-7)


def test_no_image_gives_no_planes():
    assert normalized_planes(np.empty((0, 8, 8, 3), np.uint8), 0.0, 1.0).shape == (0, 3, 8, 8)
