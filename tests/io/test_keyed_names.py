"""Names with a digest behind them."""

import re

import pytest

from bauta.io.keyed_names import KEYED_NAME, KEYED_SETTING, join_digest, split_digest


@pytest.mark.parametrize("name", ["mtcnn", "kernel=11", "weights=fdf128,truncation=0.5", "a-b", "a-1a2b3c4d"])
def test_a_name_and_its_digest_come_apart_again(name):
    keyed = join_digest(name, "0123abcd")
    assert keyed == f"{name}-0123abcd"
    assert split_digest(keyed) == (name, "0123abcd")
    assert re.fullmatch(KEYED_SETTING, keyed)


@pytest.mark.parametrize("text", ["dlib68", "a-b", "a-0123abc", "a-0123abcde", "a-0123ABCD", "-0123abcd", ""])
def test_a_name_without_a_digest_stays_whole(text):
    assert split_digest(text) == (text, "")


@pytest.mark.parametrize(
    ("text", "fits"), [("mtcnn-0123abcd", True), ("k=2-0123abcd", False), ("mtcnn", False)]
)
def test_what_rules_take_for_an_implementation(text, fits):
    assert bool(re.fullmatch(KEYED_NAME, text)) is fits
