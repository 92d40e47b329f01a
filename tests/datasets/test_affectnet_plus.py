import json

import numpy as np
import pytest

from bauta.datasets import ADAPTERS
from bauta.datasets.affectnet_plus import distribution_of
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS

SOFT = [0.1, 0.4, 0.0, 0.1, 0.1, 0.05, 0.05, 0.2]
"""Neutral, happy, sad, surprise, fear, disgust, anger, contempt."""

EXPECTED = dict(zip(EXPRESSIONS, [0.0625, 0.0625, 0.125, 0.5, 0.0, 0.125, 0.125], strict=True))


def put(root, name, draw, write, **content):
    folder, _, stem = name.rpartition("/")
    draw(root / folder / "images" / f"{stem}.jpg")
    if content:
        write(root / folder / "annotations" / f"{stem}.json", json.dumps(content))


def annotation(label, soft=SOFT, landmarks=None):
    return {
        "human-label": label,
        "soft-label": soft,
        "subset": 0,
        "meta-data": {"age": 30, "landmark-68": landmarks},
    }


@pytest.mark.parametrize("place", ["human_annotated/", "AffectNet+/human_annotated/", ""])
def test_labels_soft_labels_points_and_the_split(tmp_path, draw, write, reasons, place):
    landmarks = list(range(136))
    put(tmp_path, f"{place}train_set/2", draw, write, **annotation(1, landmarks=landmarks))
    put(tmp_path, f"{place}train_set/10", draw, write, **annotation(7))
    put(tmp_path, f"{place}validation_set/3", draw, write, **annotation(6, soft=None))
    outside = place.removesuffix("human_annotated/")
    draw(tmp_path / f"{outside}no_human_annotated/images/5.jpg")
    found = ADAPTERS.load("affectnet_plus")(tmp_path)
    first, contempt, last = found.records
    assert [record.image_id for record in found.records] == [
        f"{place}train_set/images/2.jpg",
        f"{place}train_set/images/10.jpg",
        f"{place}validation_set/images/3.jpg",
    ]
    assert [record.official_split for record in found.records] == ["train", "train", "test"]
    assert [record.expression for record in found.records] == ["happy", None, "angry"]
    assert {record.subject for record in found.records} == {None}
    assert dict(zip(EXPRESSIONS, first.distribution, strict=True)) == pytest.approx(EXPECTED)
    assert last.distribution is None
    assert first.points[0][2] == (60.0, 61.0)
    assert np.isnan(first.boxes[0]).all()
    assert contempt.points is None
    assert reasons(found)[contempt.image_id].startswith("contempt is none of the seven")
    assert found.ignored == (f"{outside}no_human_annotated/images/5.jpg",)


def test_images_without_a_usable_annotation_are_reported(tmp_path, draw, write, reasons):
    for number in range(30):
        put(tmp_path, f"train_set/{number}", draw, write, **annotation(1))
    put(tmp_path, "train_set/30", draw, write)
    put(tmp_path, "train_set/31", draw, write, subset=1)
    put(tmp_path, "train_set/32", draw, write, **annotation(2, soft=[1.0]))
    put(tmp_path, "train_set/33", draw, write, **annotation(3, landmarks=[1, 2]))
    found = ADAPTERS.load("affectnet_plus")(tmp_path)
    assert len(found.records) == 32
    problems = {name.rpartition("/")[2]: reason for name, reason in reasons(found).items()}
    assert "its annotation cannot be read: FileNotFoundError" in problems["30.jpg"]
    assert "its annotation cannot be read: KeyError: 'human-label'" in problems["31.jpg"]
    assert "only its label is used: expected a soft label of 8 shares" in problems["32.jpg"]
    assert "only its label is used: expected 136 coordinates" in problems["33.jpg"]
    assert [record.expression for record in found.records[-2:]] == ["sad", "surprise"]


@pytest.mark.parametrize(
    "shares", [[0.1] * 7, [0.1] * 7 + [float("nan")], [-0.1] + [0.1] * 7, "happy", [[0.1] * 8]]
)
def test_other_soft_labels_are_refused(shares):
    with pytest.raises(ValueError, match=r"soft label|could not convert"):
        distribution_of(shares)


def test_nothing_but_contempt_is_no_distribution():
    assert distribution_of([0.0] * 7 + [1.0]) is None


def test_unknown_labels_and_missing_sets_are_refused(tmp_path, draw, write):
    with pytest.raises(DataError, match="got neither"):
        ADAPTERS.load("affectnet_plus")(tmp_path)
    put(tmp_path, "train_set/1", draw, write, **annotation(11))
    with pytest.raises(DataError, match="unknown expressions: 1 × '11'"):
        ADAPTERS.load("affectnet_plus")(tmp_path)
