"""Learning a small book from made-up people."""

from types import SimpleNamespace

import numpy as np
import pytest

from bauta.anonymize.avatar.book import AvatarBook
from bauta.contract import CropContract
from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.testing.samples import face_points, sure_posteriors
from bauta.train.avatar.anonymity import Recognition
from bauta.train.avatar.choice import FEWEST
from bauta.train.avatar.faces import AvatarFaces
from bauta.train.avatar.learn import Learner
from bauta.train.avatar.recipe import AvatarRecipe

SIZE, PEOPLE = 64, 420
CONTRACT = CropContract(SIZE)
RECIPE = AvatarRecipe(states=(7, 16), examined=(7,), look=22, everybody=60, most=40, stress=(1.0, 1.5))


class Parser:
    needs_landmarks = True

    def parse(self, crops, landmarks):
        classes = np.zeros(crops.shape[:3], np.uint8)
        classes[:, 8:] = 1
        return classes


def vectors(seed=0):
    rng = np.random.default_rng(seed)
    found = (
        rng.normal(size=(PEOPLE, 32))
        + np.where(np.arange(PEOPLE) % 2 == 0, 2.0, -2.0)[:, None] * np.eye(32)[0]
    )
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (PEOPLE, SIZE, SIZE, 3), dtype=np.uint8)
    source = SimpleNamespace(crops=SimpleNamespace(take=lambda name, rows: crops[rows]))
    landmarks = (face_points(SIZE) + rng.normal(0, 0.7, (PEOPLE, 68, 2))).astype(np.float32)
    read = sure_posteriors([EXPRESSIONS[row // 2 % 7] for row in range(PEOPLE)])
    names = tuple(f"{'Mary' if row % 2 == 0 else 'John'}_{row}" for row in range(PEOPLE))
    return AvatarFaces(source, np.arange(PEOPLE), landmarks, read, names, "")


def learn(faces, embed, *, recipe=RECIPE):
    recognition = Recognition({"a": embed}, {"a": vectors()}, {"a": 0.95})
    learner = Learner(
        faces, faces.posteriors, faces.landmarks, recipe=recipe, contract=CONTRACT, recognition=recognition
    )
    seen = []

    def predict(images):
        seen.append(len(images))
        return np.full((len(images), 7), 1 / 7, np.float32)

    return learner.learn(Parser(), predict, seed=0), seen


def nobody(images):
    return np.tile(np.eye(32, dtype=np.float32)[31], (len(images), 1))


@pytest.fixture(scope="module")
def learnt(faces):
    return learn(faces, nobody)


def test_the_book_has_all_sizes_and_looks(learnt, tmp_path):
    (found, seen), path = learnt, tmp_path / "book.safetensors"
    assert set(found.book.states) == {7, 16}
    assert len(found.book.averages) == 7
    assert len(found.book.looks) == 8
    # An expression that is never read is stressed by every factor.
    assert len(seen) == (7 + 16) * 2
    found.book.save(path)
    again = AvatarBook.read(path)
    drawn = {again.draw(16, code, "average", CONTRACT).tobytes() for code in range(16)}
    assert len(drawn) == 16


def test_every_average_has_many_people_once_each(learnt, faces):
    found = learnt[0].averaged
    assert learnt[0].left_out == 0
    assert {one.name for one in found} >= {"everybody", "look average", "happy"}
    for one in found:
        assert len(set(one.subjects)) == len(one.subjects) >= FEWEST
    happy = next(one for one in found if one.name == "happy")
    rows = [faces.subjects.index(subject) for subject in happy.subjects]
    assert set(faces.posteriors[rows].argmax(1)) == {EXPRESSIONS.index("happy")}


def test_who_is_recognized_in_a_picture_that_he_was_averaged_into_is_left_out_of_all(faces):
    """A recognizer to which every picture is the same person."""
    somebody = vectors()[6]
    found, _ = learn(faces, lambda images: np.tile(somebody, (len(images), 1)))
    assert found.left_out == 1
    assert all(faces.subjects[6] not in one.subjects for one in found.averaged)
    assert all(share <= 1 for share in found.closest.values())


def test_it_gives_up_where_everybody_is_recognized(faces):
    """A recognizer that finds somebody else in each picture."""
    rng = np.random.default_rng(0)

    def embed(images):
        return vectors()[rng.integers(0, PEOPLE, len(images))]

    with pytest.raises(InfeasibleError, match="expected"):
        learn(faces, embed)


def test_an_average_of_too_few_is_none(faces):
    with pytest.raises(InfeasibleError, match=f"expected at least {FEWEST} people for 'look average', got 9"):
        learn(faces, nobody, recipe=AvatarRecipe(states=(7,), examined=(7,), everybody=8, look=22))
