"""Known pairs of LFW through the recognizers that can be had (trap 14: wrong channels separate them less)."""

import numpy as np
import pytest

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.run import central
from bauta.detect.scrfd import scrfd_500m
from bauta.io.images import read_image
from bauta.recognize import RECOGNIZERS

CONTRACT = CropContract()
PEOPLE = 12


@pytest.fixture(scope="module")
def crops(real_models, real_images):
    """Two crops each of twelve people: uint8 (2, 12, 256, 256, 3)."""
    detector = scrfd_500m(real_models("scrfd_500m"))
    people = sorted(path.parent for path in real_images("lfw").glob("*/*_0003.jpg"))[::20][:PEOPLE]
    rows = []
    for number in (1, 2):
        for person in people:
            image = read_image(person / f"{person.name}_{number:04d}.jpg")
            found = detector.detect(image)
            points = found.points[central(found, *image.shape[:2])]
            rows.append(warp_crop(image, fit_similarity(points, CONTRACT.template()), CONTRACT.size))
    return np.stack(rows).reshape(2, PEOPLE, *rows[0].shape)


def separation(recognizer, crops):
    """Cosines of one person's crops, those of different people, and how far apart they are in deviations."""
    first, second = (recognizer.embed(np.ascontiguousarray(side)) for side in crops)
    scores = first @ second.T
    same = np.eye(len(scores), dtype=bool)
    genuine, impostor = scores[same], scores[~same]
    return genuine, impostor, (genuine.mean() - impostor.mean()) / impostor.std()


@pytest.mark.models
@pytest.mark.parametrize("name", ["mobilefacenet", "mobilefacenet_casia", "arcface_mbf", "arcface_r50"])
def test_known_pairs_are_told_apart_and_best_in_the_right_order(name, crops, real_models):
    recognizer = RECOGNIZERS.load(name)(CONTRACT, real_models(name))
    genuine, impostor, apart = separation(recognizer, crops)
    assert np.median(genuine) > impostor.max()
    assert apart > separation(recognizer, crops[..., ::-1])[2]
