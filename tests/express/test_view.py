import numpy as np
import pytest
from skimage.transform import resize

from bauta.contract import ARCFACE_SIZE, CropContract
from bauta.errors import DataError
from bauta.express.view import TeacherView


@pytest.mark.parametrize("margin", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("point", [(38.3, 51.7), (70.7, 92.2), (55.5, 55.5)])
def test_a_point_of_the_arcface_template_lands_where_the_margin_says(margin, point):
    contract, view = CropContract(), TeacherView(size=80, margin=margin)
    x, y = contract.from_arcface(np.array(point))
    rows, columns = np.mgrid[: contract.size, : contract.size]
    blob = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 8.0**2))
    seen = view.render(np.repeat(blob[None, :, :, None], 3, axis=3).astype(np.uint8), contract)[0].astype(
        float
    )
    rows, columns = np.mgrid[:80, :80]
    found = (seen * columns).sum() / seen.sum(), (seen * rows).sum() / seen.sum()
    expected = (np.array(point) - (ARCFACE_SIZE - 1) / 2) * 80 / (ARCFACE_SIZE * (1 + margin)) + 39.5
    np.testing.assert_allclose(found, expected, atol=0.15)


def test_a_view_of_the_whole_crop_is_its_antialiased_resize():
    coarse = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(float)
    grey = resize(coarse, (256, 256), order=1).astype(np.uint8)
    contract = CropContract()
    crops = np.repeat(grey[None, :, :, None], 3, axis=3)
    seen = TeacherView(size=80, margin=contract.margin).render(crops, contract)[0]
    expected = 255 * resize(grey / 255, (80, 80), anti_aliasing=True)
    # eight bits between the steps, and another rule for what is beyond the border
    assert np.abs(seen - expected).max() < 3


@pytest.mark.parametrize(("colour", "grey"), [((255, 0, 0), 76), ((0, 255, 0), 150), ((0, 0, 255), 29)])
def test_crops_are_read_as_rgb(colour, grey):
    """Trap 14: in BGR red and blue would change places."""
    crops = np.full((1, 256, 256, 3), colour, dtype=np.uint8)
    assert np.abs(TeacherView().render(crops, CropContract()).astype(int) - grey).max() <= 1


@pytest.mark.parametrize("shape", [(1, 255, 256, 3), (1, 256, 256, 1), (256, 256, 3)])
def test_crops_of_another_shape_are_refused(shape):
    with pytest.raises(DataError, match="expected uint8 crops"):
        TeacherView().render(np.zeros(shape, dtype=np.uint8), CropContract())


def test_float_crops_are_refused():
    with pytest.raises(DataError, match="float32"):
        TeacherView().render(np.zeros((1, 256, 256, 3), dtype=np.float32), CropContract())
