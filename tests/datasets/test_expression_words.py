import unicodedata

import pytest

from bauta.datasets.expression_words import WORDS, Vocabulary, counted, normal, require_usable, stated
from bauta.errors import DataError
from bauta.labels import EXPRESSIONS, LABEL_SPACES, label_space

FIELD = {
    "FER-2013": "angry disgust fear happy sad surprise neutral",
    "FER+": "anger disgust fear happiness sadness surprise neutral",
    "RAF-DB": "Anger Disgust Fear Happiness Sadness Surprise Neutral",
    "AffectNet": "Anger Disgust Fear Happy Sad Surprise Neutral",
    "KDEF": "AN DI AF HA SA SU NE",
    "KDEF, in words": "angry disgusted afraid happy sad surprised neutral",
    "JAFFE": "AN DI FE HA SA SU NE",
    "CREMA-D": "ANG DIS FEA HAP SAD SUR NEU",
    "RaFD": "angry disgusted fearful happy sad surprised neutral",
    "FACES": "anger disgust fear happiness sadness - neutrality",
    "Oulu-CASIA": "Anger Disgust Fear Happiness Sadness Surprise -",
    "ADFES": "Anger Disgust Fear Joy Sadness Surprise Neutral",
    "SFEW": "Angry Disgust Fear Happy Sad Surprise Neutral",
}
"""The words of data sets in the order of `EXPRESSIONS`, - where one has no such class."""


@pytest.mark.parametrize("dataset", FIELD)
def test_the_words_of_the_fields_data_sets(dataset):
    words = Vocabulary()
    for word, expression in zip(FIELD[dataset].split(), EXPRESSIONS, strict=True):
        if word != "-":
            for text in (word, word.upper(), word.title(), f"  {word} ", f'"{word}"', f"\u200b{word}"):
                assert words.meaning(text).expression == expression
    words.check("here")


@pytest.mark.parametrize(
    "word", ["contempt", "Contemptuous", "None", "uncertain", "No-Face", "NF", "unknown"]
)
def test_words_outside_the_seven_classes_are_known_and_have_a_reason(word):
    words = Vocabulary()
    meaning = words.meaning(word)
    assert meaning.expression is None
    assert meaning.reason
    words.check("here")


def test_every_class_of_every_label_space_is_in_the_table():
    for space in LABEL_SPACES.values():
        for name in space.classes:
            assert WORDS[normal(name)] == space.expression(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3", "3.0"), ("3", "03"), ("no face", "No_Face"), ("no-face", " NO  FACE "),
        ("happy", "\uff28appy"), ("happy", "happy\u00a0"), ("0", "0.0"),
        ("fâché", unicodedata.normalize("NFD", "FÂCHÉ")),
    ],
)  # fmt: skip
def test_what_carries_no_meaning_is_left_out(one, other):
    assert normal(one) == normal(other)


@pytest.mark.parametrize("word", ["3.5", "-3", "3e0", "1 2", "happysad", "un happy", ""])
def test_nothing_is_guessed(word):
    words = Vocabulary.of_space(label_space("fer2013"))
    assert words.meaning(word) is None
    with pytest.raises(DataError, match="unknown expressions"):
        words.check("here")


def test_codes_are_those_of_the_dataset_alone():
    assert Vocabulary().meaning("3") is None
    assert Vocabulary.of_space(label_space("fer2013")).meaning("3").expression == "happy"
    assert Vocabulary.of_space(label_space("rafdb"), first=1).meaning("3").expression == "disgust"
    assert Vocabulary.of_space(label_space("affectnet")).meaning("7").reason.startswith("contempt")


def test_what_the_user_states_comes_first():
    words = Vocabulary({"3": "sad", "Happy ": None, "Grin": "happy"})
    assert words.meaning("3.0").expression == "sad"
    assert words.meaning("grin").expression == "happy"
    assert words.meaning("happy").expression is None
    assert "classes" in words.meaning("happy").reason
    assert stated(" Happiness") == "happy"
    for word in ("contempt", "hapy"):
        with pytest.raises(ValueError, match="unknown expression"):
            stated(word)


def test_unknown_words_are_named_with_their_number_and_the_list_in_one_line():
    words = Vocabulary()
    for word in ["hapy"] * 3 + ["happy"] * 5 + ["glad"]:
        words.meaning(word)
    with pytest.raises(DataError) as error:
        words.check("labels.csv")
    message = str(error.value)
    assert message.startswith(
        "labels.csv: unknown expressions: 3 × 'hapy', 1 × 'glad'; accepted are angry, anger"
    )
    assert "afraid" in message
    assert "classes: {hapy: happy}" in message
    assert "\n" not in message


def test_a_message_is_one_line_of_text_whatever_stands_there():
    words = Vocabulary()
    for word in ("a\nb", "\udcff", "long " * 50):
        words.meaning(word)
    with pytest.raises(DataError) as error:
        words.check("here")
    assert "\n" not in str(error.value)
    assert "1 × 'a b', 1 × '\\udcff', 1 × 'long long" in str(error.value)
    assert len(str(error.value)) < 700
    str(error.value).encode()


def test_a_message_names_the_most_frequent_words_only():
    text = counted({str(number): number for number in range(1, 31)})
    assert text.startswith("30 × '30', 29 × '29'")
    assert text.endswith("20 others")


@pytest.mark.parametrize(
    ("usable", "rows", "stops"), [(9, 10, False), (8, 9, True), (0, 0, True), (0, 3, True)]
)
def test_nine_tenths_must_be_usable(usable, rows, stops):
    if not stops:
        require_usable("here", ["happy"] * usable, rows, {}, "")
        return
    with pytest.raises(
        DataError, match=rf"{usable} of {rows} labelled rows can be used.*line 3: why.*2 × 'sad'"
    ):
        require_usable("here", ["happy"] * usable, rows, {"sad": 2}, "line 3: why")


def test_labels_that_are_all_of_other_classes_are_refused():
    with pytest.raises(DataError, match="none of 3 labels is one of the expressions"):
        require_usable("here", [None] * 3, 3, {"contempt": 3}, "")
