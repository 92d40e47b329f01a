"""The parts of which the avatar's book is learnt."""

import numpy as np
import pytest

from bauta.errors import InfeasibleError
from bauta.labels import EXPRESSIONS
from bauta.testing.samples import face_points, sure_posteriors
from bauta.train.avatar.anonymity import Recognition, found_in_pictures, match_threshold
from bauta.train.avatar.composite import average_faces, mean_shape
from bauta.train.avatar.looks import Portraits, people_of_looks
from bauta.train.avatar.shapes import MIRRORED, held_by, mirrored
from bauta.train.avatar.states import learn_states, share_states

SIZE = 64


def landmarks(count, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    return (face_points(SIZE) + rng.normal(0, spread, (count, 68, 2))).astype(np.float32)


def posteriors(count, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(7) * 0.3, size=count).astype(np.float32)


def test_states_are_shared_by_square_roots_and_none_is_left_out():
    numbers = share_states(np.array([10_000, 400, 0, 2_500, 2_500, 100, 900]), 64)
    assert sum(numbers) == 64
    assert min(numbers) == 1
    assert numbers[0] / numbers[1] == pytest.approx(5, rel=0.2)
    assert share_states(np.arange(7), 7) == [1] * 7


def test_seven_states_are_the_expressions():
    book = learn_states(posteriors(300), landmarks(300), 7, seed=0)
    assert book.expressions.tolist() == list(range(7))


def test_states_tell_open_from_closed_mouths():
    """Two kinds of happy faces: a book with more states than expressions keeps them apart."""
    faces = landmarks(400, spread=0.3)
    opened = np.arange(400) % 2 == 0
    faces[np.ix_(opened, [65, 66, 67])] += (0, 6)
    read = sure_posteriors([EXPRESSIONS[row % 7] for row in range(400)])
    book = learn_states(read, faces, 21, seed=0)
    codes = book.codes(read, faces)
    happy = read.argmax(1) == EXPRESSIONS.index("happy")
    assert not set(codes[happy & opened]) & set(codes[happy & ~opened])


def test_too_few_faces_of_an_expression_are_no_states():
    read = np.tile(np.eye(7, dtype=np.float32)[0], (50, 1))
    with pytest.raises(InfeasibleError, match="expected at least 1 faces that are read as disgust, got 0"):
        learn_states(read, landmarks(50), 7, seed=0)


def test_a_mirror_twice_changes_nothing():
    faces = landmarks(3)
    np.testing.assert_allclose(mirrored(mirrored(faces, SIZE), SIZE), faces, atol=1e-4)
    assert sorted(MIRRORED) == list(range(68))
    face = face_points(SIZE)[None]
    np.testing.assert_allclose(mirrored(face, SIZE + 1)[0], face[0], atol=0.2)


def test_landmarks_are_moved_until_they_have_the_measures_of_a_state():
    read, faces = posteriors(2000), landmarks(2000)
    book = learn_states(read, faces, 21, seed=0)
    held = held_by(book, read, faces, SIZE)
    shape = mean_shape(faces, SIZE)
    for code in range(21):
        moved = book.hold(shape, book.measures[code], held)
        np.testing.assert_allclose(book.scaled(moved[None])[0], book.measures[code], atol=0.15)
    assert np.abs(book.hold(shape, book.measures[0], held) - shape).max() > 0.1


def test_the_average_of_one_face_and_its_mirror_image():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    shape = mean_shape(face_points(SIZE)[None], SIZE)
    average, counted = average_faces([(image, shape)], shape, SIZE)
    expected = (image.astype(float) + image[:, ::-1]) / 2
    np.testing.assert_allclose(average.image[4:-4, 4:-4], expected[4:-4, 4:-4], atol=4)
    assert counted.min() == 1.0


def test_what_does_not_count_does_not_enter_the_average():
    shape = mean_shape(face_points(SIZE)[None], SIZE)
    face, background = np.full((SIZE, SIZE, 3), 200, np.uint8), np.full((SIZE, SIZE, 3), 10, np.uint8)
    left = np.zeros((SIZE, SIZE), np.float32)
    left[:, : SIZE // 2] = 1
    picture = np.where(left[..., None] > 0, face, background)
    average, counted = average_faces([(picture, shape)], shape, SIZE, [left])
    assert average.image.min() > 195
    assert counted.mean() == pytest.approx(0.5, abs=0.02)


def test_a_threshold_is_exceeded_by_its_share_of_impostors():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = [f"p{row // 2}" for row in range(300)]
    threshold = match_threshold(vectors, people, 0.01)
    different = np.array(people)[:, None] != np.array(people)
    shares = ((vectors @ vectors.T) > threshold)[different].mean()
    assert shares == pytest.approx(0.01, abs=2e-4)


def test_somebody_who_is_recognized_in_a_picture_is_found():
    vectors = np.eye(4, dtype=np.float32)

    def embed(images):
        return np.tile([0.8, 0.6, 0, 0], (len(images), 1)).astype(np.float32)

    recognition = Recognition({"a": embed}, {"a": vectors}, {"a": 0.7})
    closest, found = recognition.of(np.array([0, 1, 3]), np.zeros((8, 8, 3), np.uint8))
    assert found.tolist() == [True, False, False]
    assert closest["a"] == pytest.approx(0.8 / 0.7)


def test_looks_are_of_one_sex_and_tone():
    rng = np.random.default_rng(0)
    women = np.arange(400) % 2 == 0
    names = [f"{'Mary' if woman else 'John'}_{row}" for row, woman in enumerate(women)]
    names[::5] = [f"Xiaoming_{row}" for row in range(0, 400, 5)]
    vectors = (rng.normal(0, 0.3, (400, 8)) + np.where(women, 1.0, -1.0)[:, None]).astype(np.float32)
    portraits = Portraits(np.arange(400), names, vectors, rng.uniform(50, 200, 400), rng.uniform(0, 1, 400))
    looks = dict(people_of_looks(portraits, 20))
    assert set(looks) == {
        *(f"{sex}_{tone}" for sex in ("woman", "man") for tone in ("dark", "medium", "light")), "man_grey"
    }  # fmt: skip
    for name, rows in looks.items():
        assert len(set(rows)) == 20
        assert (women[rows] == name.startswith("woman")).all()
    assert portraits.tones[looks["woman_dark"]].max() < portraits.tones[looks["woman_light"]].min()
    nameless = Portraits(np.arange(400), ["x"] * 400, vectors, portraits.tones, portraits.hair)
    with pytest.raises(InfeasibleError, match="expected photographs of people with given names"):
        dict(people_of_looks(nameless, 20))


def test_matches_of_people_in_a_picture_are_told_apart_from_chance():
    """Ann and Bob are in pictures, Ann's is matched to her and to a stranger; Cid and Dan are in none."""
    turned = np.deg2rad([0, 10, 90, 5, 180])
    photographs = np.column_stack([np.cos(turned), np.sin(turned)]).astype(np.float32)
    pictures = np.float32([[1, 0], [-1, 0]])
    found = found_in_pictures(
        pictures, [{"Ann"}, {"Bob", "Ann"}], photographs, ["Ann", "Ann", "Bob", "Cid", "Dan"], 0.99
    )
    assert found.of_own == (5, 1)
    assert found.of_strangers == (4, 2)
    assert (found.people, found.all_people) == (1, 2)
