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
from bauta.testing.parser_contract import CHECKS, ParserCase

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


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(case, crops, check):
    check(ParserCase(case[0], crops))


def test_labels_with_classes_that_it_knows(case, crops):
    parser, name = case
    known = {PARSING_CLASSES.index(own) for own in COUNTERPARTS[name].values()}
    assert set(np.unique(parser.parse(crops, None))) <= known


def test_needs_no_landmarks(case, crops):
    parser, _ = case
    assert parser.needs_landmarks is False
    np.testing.assert_array_equal(parser.parse(crops, None), parser.parse(crops))


def test_wrong_crops_are_refused(case, crops):
    parser, _ = case
    for wrong in (crops[:, :64], crops.astype(np.float32)):
        with pytest.raises(DataError, match=r"expected uint8 crops \(N, 96, 96, 3\)"):
            parser.parse(wrong, None)
