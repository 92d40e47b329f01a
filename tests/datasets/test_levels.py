"""Which folder names the person: a root one level off is refused with the level that works."""

import pytest

from bauta.datasets.levels import check_level, subject_at
from bauta.errors import DataError


def people(*names, images=3, below=""):
    return [f"{name}{below}/{number}.jpg" for name in names for number in range(images)]


ACCEPTED = {
    "ORL": people(*(f"s{number}" for number in range(1, 41)), images=10),
    "LFW": people("Abel_Pacheco", "Al_Gore", images=1),
    "Pins": people("pins_Adriana Lima", "pins_Alex Lawther"),
    "sessions below a person": people("ann/1999", "ann/2001", "bob/1999"),
    "YouTube Faces": people("Aaron_Eckhart/0", "Bob_Smith/1", "Bob_Smith/2"),
    "a person called Test": [*people("Test"), *people("Ann", "Bob")],
    "people who are numbers": people("1", "2"),
    "images of nobody known besides": ["1.jpg", "2.jpg", *people("ann", "bob")],
    "two people": people("ann", "bob", images=1),
    "one person called Happy": people("Happy", "Ann"),
    "nothing": [],
    "sessions of the same names": people(*(f"{who}/{day}" for who in ("ann", "bob") for day in range(9))),
    "CK+": people("S005/001", *(f"S010/00{n}" for n in range(1, 7)), *(f"S011/00{n}" for n in range(1, 4))),
    "expressions below a person": people(
        "ann/angry", "ann/sad", "ann/happy", "bob/fear", "bob/disgust", "bob/AN"
    ),
    "few images deeper": [
        *people("ann", "bob", images=30),
        *people(*(f"ann/{n}" for n in range(9)), images=1),
    ],
    "groups that are many": people(*(f"s{n}/{n}{k}" for n in range(11) for k in "abcd")),
    "people called after parts": people("Testa", "Mandy", "Settimo", "Women_Li", "m1", "f1"),
}


@pytest.mark.parametrize("images", ACCEPTED.values(), ids=ACCEPTED)
def test_people_s_folders_are_accepted(tmp_path, images):
    check_level(tmp_path, images, None)


FACES = ("n01", "n02", "n03", "n04")
REFUSED = {
    "VGGFace2": (
        people("train/n01", "train/n02", "test/n03", "test/n04"),
        "got 'test', 'train': parts of a dataset; set subject_level: 2 (or root: {root}/train for that one "
        "alone) for 4 people, 'n01', 'n02', 'n03', …",
    ),
    "training alone": (
        people("Training_Set/n01", "Training_Set/n02"),
        "got 'Training_Set': parts of a dataset; set subject_level: 2 (or root: {root}/Training_Set)",
    ),
    "parts beside others": (
        [*people("train/n01", "val/n02", images=9), *people("samples")],
        "got 'train', 'val': parts of a dataset; set subject_level: 2",
    ),
    "parts of one person each": (
        people("gallery", "probe"),
        "got 'gallery', 'probe': parts of a dataset; put the images of at least two people there",
    ),
    "one level too high": (
        people("105_classes/ann", "105_classes/bob"),
        "got only one, '105_classes'; set subject_level: 2 (or root: {root}/105_classes) for 2 people, 'ann'",
    ),
    "two levels too high": (
        people("pins/105/ann", "pins/105/bob"),
        "got only one, 'pins'; set subject_level: 3 (or root: {root}/pins/105) for 2 people",
    ),
    "packed twice and in parts": (
        people("vgg/train/ann", "vgg/test/bob"),
        "got only one, 'vgg'; set subject_level: 3 (or root: {root}/vgg/train for that one alone)",
    ),
    "images directly in the root": (
        ["1.jpg", "2.jpg"],
        "got only images outside such folders; if they all show one person, use root: {parent}; otherwise "
        "put each person's images into a folder, or set subject_level: 0 if no subjects are known",
    ),
    "one person": (people("ann"), "got only one, 'ann'; put the images of at least two people there"),
    "expressions": (
        people("angry", "happy", "Surprise"),
        "got 'Surprise', 'angry', 'happy': expressions; use an adapter that reads expressions",
    ),
    "genders": (
        people("male/ann", "female/bob"),
        "got 'female', 'male': parts of a dataset; set subject_level: 2 (or root: {root}/male for that one",
    ),
    "batches": (people("batch1/ann", "batch2/bob"), "set subject_level: 2"),
    "folds": (people("fold_0/ann", "fold_1/bob", "fold_2/cy"), "set subject_level: 2"),
    "numbered parts": (
        people(
            "train1/ann",
            "test1/bob",
            "enroll/cy",
            "enrolment 2/di",
            "query/ed",
            "01_Session/flo",
            "test_a/gus",
        ),
        "parts of a dataset; set subject_level: 2",
    ),
    "a few folders of many": (
        people(*(f"{place}/{place}{number}" for place in ("lab", "street") for number in range(3))),
        "got 'lab', 'street' with 6 folders in them, 'lab0', 'lab1', 'lab2', …; set subject_level: 2 (or "
        "root: {root}/street for that one alone) for 6 people",
    ),
    "some people in several": (
        people(*(f"a/p{n}" for n in range(6)), *(f"b/p{n}" for n in range(3, 9))),
        "got 'a', 'b' with 9 folders in them",
    ),
    "expressions in parts": (
        people("train/angry", "train/sad", "test/angry"),
        "got 'test', 'train': parts of a dataset; use an adapter that reads expressions",
    ),
}


@pytest.mark.parametrize(("images", "words"), REFUSED.values(), ids=REFUSED)
def test_a_level_off_stops_with_the_one_that_works(tmp_path, images, words):
    with pytest.raises(DataError) as error:
        check_level(tmp_path / "root", images, None)
    said = str(error.value)
    assert words.format(root=tmp_path / "root", parent=tmp_path) in said
    assert "\n" not in said
    assert ("if these are the people, set subject_level: 1" in said) == ("/" in images[0])


@pytest.mark.parametrize("images", [images for images, _ in REFUSED.values()], ids=REFUSED)
def test_a_level_in_the_configuration_is_believed(tmp_path, images):
    check_level(tmp_path, images, 0)
    if "/" in images[0]:
        check_level(tmp_path, images, 1)
    with pytest.raises(DataError, match=r"\(subject_level: 5\), got only images outside such folders"):
        check_level(tmp_path, images, 5)


def test_a_level_too_deep_is_told_the_right_one(tmp_path):
    with pytest.raises(DataError, match="set subject_level: 1 for 2 people, 'ann', 'bob'"):
        check_level(tmp_path, people("ann", "bob"), 2)


@pytest.mark.parametrize(("level", "name"), [(0, None), (1, "a"), (2, "b"), (3, None)])
def test_the_folder_of_a_level(level, name):
    assert subject_at("a/b/1.jpg", level) == name
