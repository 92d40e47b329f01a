import numpy as np
import pytest
from bauta_example.lbp import Lbp

from bauta.contract import CropContract
from bauta.testing.recognizer_contract import CHECKS, RecognizerCase
from bauta.testing.samples import sample_crops

CONTRACT = CropContract()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_contract(check):
    check(RecognizerCase(Lbp(CONTRACT, None), sample_crops(CONTRACT)))


def test_brightness_does_not_count():
    crops = np.random.default_rng(0).integers(0, 100, (1, 256, 256, 3), dtype=np.uint8)
    one, brighter = (Lbp(CONTRACT, None).embed(images) for images in (crops, crops + 50))
    assert (one * brighter).sum() > 0.99
