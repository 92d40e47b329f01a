import numpy as np
import pytest
import torch
from parser_files import Files, save_parser

from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.labels import PARSING_CLASSES
from bauta.parse.bisenet import bisenet
from bauta.parse.classes import COUNTERPARTS
from bauta.parse.farl import farl_celebm, farl_lapa
from bauta.parse.head_segmentation import head_segmentation
from bauta.parse.light_unet import light_unet

CONTRACT = CropContract(size=96)
PARSERS = {
    "bisenet": bisenet,
    "light_unet": light_unet,
    "farl_lapa": farl_lapa,
    "farl_celebm": farl_celebm,
    "head_segmentation": head_segmentation,
}


@pytest.fixture(scope="module")
def crops():
    coarse = np.random.default_rng(1).integers(0, 256, (3, 6, 6, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 16, axis=1), 16, axis=2)


@pytest.fixture(scope="module", params=PARSERS)
def case(request, tmp_path_factory):
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    save_parser(folder, name)
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("bisenet", "head_segmentation", "light_unet"):
            patch.setattr(f"bauta.parse.{module}.SIZE", 64)
        yield PARSERS[name](CONTRACT, Files(folder)), name


def test_labels_every_pixel_with_classes_that_it_knows(case, crops):
    parser, name = case
    classes = parser.parse(crops, None)
    assert classes.shape == crops.shape[:3]
    assert classes.dtype == np.uint8
    known = {PARSING_CLASSES.index(own) for own in COUNTERPARTS[name].values()}
    assert set(np.unique(classes)) <= known
    assert len(np.unique(classes)) > 1
    np.testing.assert_array_equal(parser.parse(crops, None), classes)


def test_a_face_does_not_depend_on_its_batch(case, crops):
    parser, _ = case
    together = parser.parse(crops, None)
    alone = np.concatenate([parser.parse(crops[row : row + 1], None) for row in range(len(crops))])
    assert (together == alone).mean() > 0.999
    assert (parser.parse(crops[::-1], None)[::-1] == together).mean() > 0.999


def test_needs_no_landmarks(case, crops):
    parser, _ = case
    assert parser.needs_landmarks is False
    some = np.random.default_rng(0).normal(size=(len(crops), 68, 2)).astype(np.float32)
    np.testing.assert_array_equal(parser.parse(crops, some), parser.parse(crops))


def test_no_crops_and_wrong_crops(case, crops):
    parser, _ = case
    assert parser.parse(crops[:0], None).shape == (0, 96, 96)
    for wrong in (crops[:, :64], crops.astype(np.float32)):
        with pytest.raises(DataError, match=r"expected uint8 crops \(N, 96, 96, 3\)"):
            parser.parse(wrong, None)
