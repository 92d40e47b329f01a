import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.datasets.synthfaces.anatomy import eye_aperture, lid_margins, lip_borders, mouth_line
from bauta.datasets.synthfaces.hair import STYLES
from bauta.datasets.synthfaces.identity import BEARDS, HAIR_STYLES, sample_identity

SUBJECTS = st.integers(0, 5000)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), subject=SUBJECTS)
def test_same_seed_gives_the_same_person(seed: int, subject: int) -> None:
    assert sample_identity(seed, subject) == sample_identity(seed, subject)


def test_people_differ_between_subjects_and_seeds() -> None:
    people = [sample_identity(seed, subject) for seed in (0, 1) for subject in range(40)]
    assert len({person.texture_seed for person in people}) == len(people)
    assert np.std([person.nose_half_width for person in people]) > 1.0
    assert len({person.hair_style for person in people}) >= 6


@settings(max_examples=30, deadline=None)
@given(subject=SUBJECTS)
def test_features_keep_their_order_from_brow_to_chin(subject: int) -> None:
    person = sample_identity(3, subject)
    heights = [person.hairline_y, person.brow_y, 0.0, person.nose_base_y, person.mouth_y, person.chin_y]
    assert np.all(np.diff(heights) > 8)
    assert person.hair_style in HAIR_STYLES
    assert person.beard in BEARDS
    assert all(
        0 <= value <= 1 for colour in (person.skin, person.hair_colour, person.iris) for value in colour
    )


@settings(max_examples=30, deadline=None)
@given(subject=SUBJECTS, x=st.floats(-60, 60))
def test_outlines_are_ordered_and_symmetric(subject: int, x: float) -> None:
    person = sample_identity(3, subject)
    at = np.array([x])
    upper, lower = lip_borders(person, at)
    assert upper[0] <= mouth_line(person, at)[0] <= lower[0]
    upper, lower = lid_margins(person, at)
    assert upper[0] <= lower[0]
    np.testing.assert_allclose(lid_margins(person, -at), (upper, lower))


def test_aperture_holds_the_pupil_and_not_the_brow() -> None:
    person = sample_identity(3, 1)
    x = np.array([person.eye_x, -person.eye_x, person.eye_x, 0.0])
    y = np.array([0.5, 0.5, person.brow_y, 0.0])
    assert eye_aperture(person, x, y).tolist() == [True, True, False, False]


def test_every_hair_style_can_be_built() -> None:
    assert set(STYLES) == set(HAIR_STYLES)
