import numpy as np
import pytest

from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView
from bauta.recognize.batches import embed_batches
from bauta.recognize.mobilefacenet_casia import VIEW as SPHEREFACE

CONTRACT = CropContract()


@pytest.fixture
def crops():
    return np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)


def test_default_is_the_arcface_crop(crops):
    matrix = CONTRACT.view_matrix(112)
    np.testing.assert_allclose(FaceView().matrix(CONTRACT), matrix, atol=1e-4)
    np.testing.assert_allclose(
        FaceView().render(crops, CONTRACT)[1].astype(int), warp_crop(crops[1], matrix, 112), atol=1
    )


def test_sphereface_view_is_the_middle_of_the_arcface_crop(crops):
    view = SPHEREFACE.render(crops, CONTRACT)
    assert view.shape == (2, 112, 96, 3)
    np.testing.assert_allclose(view.astype(int), FaceView().render(crops, CONTRACT)[:, :, 8:104], atol=1)


def test_box_is_stretched_to_the_view():
    view = FaceView(40, 20, (9.5, 19.5, 59.5, 99.5))
    edges = CONTRACT.from_arcface(np.array([[9.5, 19.5], [59.5, 99.5]]))
    matrix = view.matrix(CONTRACT)
    np.testing.assert_allclose(
        edges @ matrix[:, :2].T + matrix[:, 2], [[-0.5, -0.5], [19.5, 39.5]], atol=1e-4
    )


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_vectors_without_a_direction_are_refused(crops, value):
    with pytest.raises(ModelError, match="zero or not finite"):
        embed_batches(
            crops,
            CONTRACT,
            FaceView(),
            lambda views: np.full((len(views), 3), value, np.float32),
            dimensions=3,
        )


def test_batches_have_the_given_size(crops):
    sizes = []

    def forward(views):
        sizes.append(len(views))
        return np.ones((len(views), 2), np.float32)

    embed_batches(crops[[0, 1, 0, 1, 0]], CONTRACT, FaceView(), forward, dimensions=2, batch=2)
    assert sizes == [2, 2, 1]
