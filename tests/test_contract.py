import cv2
import numpy as np
import pytest

from bauta.contract import ARCFACE_TEMPLATE, CropContract, Status


def test_without_margin_the_112_pixel_crop_is_the_arcface_crop():
    np.testing.assert_allclose(CropContract(112, 0.0).template(), ARCFACE_TEMPLATE, atol=1e-5)


@pytest.mark.parametrize(("size", "margin"), [(112, 0.0), (150, 0.2), (224, 0.4)])
def test_a_view_puts_the_template_where_a_crop_of_its_own_would(size, margin):
    contract = CropContract(256, 0.4)
    points = np.c_[contract.template(), np.ones(5)] @ contract.view_matrix(size, margin).T
    np.testing.assert_allclose(points, CropContract(size, margin).template(), atol=1e-3)


def test_a_view_of_everything_is_a_resize():
    crop = cv2.GaussianBlur(
        np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8), (0, 0), 8
    )
    view = cv2.warpAffine(crop, CropContract().view_matrix(128, 0.4), (128, 128), flags=cv2.INTER_LINEAR)
    resized = cv2.resize(crop, (128, 128), interpolation=cv2.INTER_LINEAR)
    assert np.abs(view.astype(int) - resized).max() <= 2


def test_status_codes_are_stable():
    assert {status.value: status.code for status in Status} == {
        "ok": 0,
        "unreadable": 1,
        "no_face": 2,
        "failed": 3,
    }
