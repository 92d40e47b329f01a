"""Composed pictures of real faces, with the real detector and landmarks; needs LFW."""

import logging

import numpy as np
import pytest
from apply import compose, recall

from bauta.apply.chosen import parse_setting
from bauta.apply.editor import Outcome, open_editor, open_finder
from bauta.apply.evidence import Evidence
from bauta.models.store import ModelStore


@pytest.mark.models
@pytest.mark.slow
def test_every_face_of_composed_pictures_is_black_and_nothing_else_changes(real_images, caplog):
    caplog.set_level(logging.ERROR)
    files = sorted(real_images("lfw").glob("*/*.jpg"))
    finder, editor = open_finder(), open_editor(parse_setting("blackout"))
    evidence = Evidence.open("dlib_resnet", finder, threshold=None, models=ModelStore.default())
    boxes, truth = {}, {}
    for number in (3, 7):
        picture, truth[number] = compose(np.random.default_rng(number), files)
        faces = finder.find(picture)
        edited = editor.edit(picture, faces)
        boxes[number] = [face.box for face in faces]
        assert all(one.outcome in (Outcome.ANONYMIZED, Outcome.FALLBACK) for one in edited.outcomes)
        assert (edited.image[~edited.mask] == picture[~edited.mask]).all()
        for x0, y0, x1, y1 in np.round(boxes[number]).astype(int):
            inside = edited.image[max(y0, 0) : y1, max(x0, 0) : x1]
            assert (inside == 0).mean() > 0.97
        cosines = [cosine for _, cosine in evidence.compare(picture, faces, edited.image)]
        assert all(cosine is None or cosine < evidence.threshold for cosine in cosines)
    found, total, lost = recall(boxes, truth)
    assert found == total, lost
