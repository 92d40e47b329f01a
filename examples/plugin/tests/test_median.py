import numpy as np
import pytest
from bauta_example.median import Median, MedianSetting

from bauta.contract import CropContract
from bauta.testing.anonymizer_contract import CHECKS, BackendCase
from bauta.testing.samples import sample_faces

CONTRACT = CropContract(size=64)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("options", [{"radius": 3}, {"radius": 3, "region": "crop"}], ids=str)
def test_contract(options, check):
    check(BackendCase(lambda: Median(MedianSetting(**options), CONTRACT), sample_faces(), CONTRACT))


def test_a_single_bright_pixel_is_gone():
    faces = sample_faces(1, 1)
    faces.images[:] = 40
    faces.images[0, 30, 30] = 255
    result = Median(MedianSetting(radius=1, region="crop"), CONTRACT).anonymize(faces, seed=0)
    assert (result.images == 40).all()
    assert np.array_equal(result.mask, np.ones((1, 64, 64), np.uint8))
