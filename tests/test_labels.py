import itertools

import numpy as np
import pytest

from bauta.errors import DataError, UnknownNameError
from bauta.express.common_space import to_expressions
from bauta.labels import EXPRESSIONS, LABEL_SPACES, label_space

STEMS = {
    "ang": "angry",
    "disg": "disgust",
    "fear": "fear",
    "happ": "happy",
    "sad": "sad",
    "surp": "surprise",
    "neutr": "neutral",
}
"""Beginnings of the words that English has for the seven expressions."""

CODES = {
    ("fer2013", 0): "angry",
    ("fer2013", 6): "neutral",
    ("ferplus", 4): "angry",
    ("ferplus", 9): None,
    ("affectnet", 2): "sad",
    ("affectnet", 3): "surprise",
    ("affectnet", 7): None,
    ("affectnet", 10): None,
    ("rafdb", 0): "surprise",
    ("rafdb", 4): "sad",
    ("rafdb", 6): "neutral",
    ("ckplus", 2): None,
    ("ckplus", 5): "happy",
    ("ckplus", 7): "surprise",
    ("hsemotion8", 1): None,
    ("hsemotion8", 5): "neutral",
    ("hsemotion7", 4): "neutral",
    ("emonet8", 6): "angry",
    ("emonet5", 4): "angry",
    ("dan7", 0): "surprise",
    ("dan8", 0): "neutral",
    ("poster_rafdb", 0): "surprise",
    ("poster_rafdb", 3): "happy",
    ("poster_affectnet7", 6): "angry",
    ("poster_affectnet8", 7): None,
    ("ddamfn_rafdb", 1): "happy",
    ("ddamfn_rafdb", 5): "disgust",
    ("ddamfn_affectnet7", 6): "angry",
    ("ddamfn_affectnet8", 7): None,
    ("xception", 3): "happy",
}
"""Official codes, counted from 0, and what they mean according to the authors' documentation."""


def meaning(word):
    """What a class means by its name alone, without the table."""
    found = [expression for stem, expression in STEMS.items() if word.lower().startswith(stem)]
    return found[0] if found else None


@pytest.mark.parametrize(("space", "code"), CODES)
def test_official_codes(space, code):
    name = LABEL_SPACES[space].classes[code]
    assert LABEL_SPACES[space].expression(name) == CODES[space, code]


@pytest.mark.parametrize("name", LABEL_SPACES)
def test_every_class_has_a_counterpart_or_a_reason(name):
    space = label_space(name)
    assert space.name == name
    for native in space.classes:
        assert space.expression(native) == meaning(native)
        assert (space.expression(native) is None) == bool(space.reason(native))
    assert sorted(space.knows + space.unknown) == sorted(EXPRESSIONS)


def test_what_each_space_does_not_know():
    unknown = {name: space.unknown for name, space in LABEL_SPACES.items() if space.unknown}
    assert unknown == {"faces": ("surprise",), "emonet5": ("disgust", "fear")}


def test_the_letters_of_faces_are_in_the_order_of_its_classes():
    assert [name[0] for name in LABEL_SPACES["faces"].classes] == list("adfhns")


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(LABEL_SPACES, 2)))
def test_classes_that_mean_the_same_agree_between_each_pair_of_spaces(first, second):
    first, second = LABEL_SPACES[first], LABEL_SPACES[second]
    certain_first = to_expressions(np.eye(len(first.classes), dtype=np.float32), first)
    certain_second = to_expressions(np.eye(len(second.classes), dtype=np.float32), second)
    shared = 0
    for row, name in enumerate(first.classes):
        same = [code for code, other in enumerate(second.classes) if meaning(other) == meaning(name)]
        if meaning(name) is None:
            assert np.isnan(certain_first[row]).all()
        elif same:
            (code,) = same
            np.testing.assert_array_equal(certain_first[row], certain_second[code])
            shared += 1
        else:
            assert meaning(name) in second.unknown
    assert shared == len(set(first.knows) & set(second.knows))


def test_classes_without_a_counterpart_are_left_out_and_the_rest_rescaled():
    space = LABEL_SPACES["hsemotion8"]
    native = np.array([[0.1, 0.5, 0.0, 0.1, 0.2, 0.1, 0.0, 0.0]], dtype=np.float32)
    (row,) = to_expressions(native, space)
    expected = dict.fromkeys(EXPRESSIONS, 0.0) | {"angry": 0.2, "fear": 0.2, "happy": 0.4, "neutral": 0.2}
    np.testing.assert_allclose(row, [expected[name] for name in EXPRESSIONS], atol=1e-6)
    assert row.dtype == np.float32


def test_a_posterior_that_is_missing_stays_missing():
    assert np.isnan(to_expressions(np.full((1, 5), np.nan, dtype=np.float32), LABEL_SPACES["emonet5"])).all()
    assert to_expressions(np.zeros((0, 5), dtype=np.float32), LABEL_SPACES["emonet5"]).shape == (0, 7)


def test_columns_of_another_space_are_refused():
    with pytest.raises(DataError, match=r"'rafdb', got shape \(2, 8\)"):
        to_expressions(np.zeros((2, 8), dtype=np.float32), LABEL_SPACES["rafdb"])


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="unknown label space 'fer'"):
        label_space("fer")
    with pytest.raises(UnknownNameError, match="unknown class 'joy' of label space 'rafdb'"):
        LABEL_SPACES["rafdb"].expression("joy")
