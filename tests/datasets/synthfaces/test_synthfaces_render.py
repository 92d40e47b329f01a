import numpy as np
import pytest
from numpy.typing import NDArray

from bauta.datasets.synthfaces import SynthImage, render_image, sample_identity
from bauta.datasets.synthfaces.camera import MAX_PITCH, MAX_ROLL, MAX_YAW, PIVOT, View
from bauta.datasets.synthfaces.light import cast_shadow
from bauta.datasets.synthfaces.scene import sample_moment
from bauta.errors import ConfigError
from bauta.labels import PARSING_CLASSES

SEED = 4
CLASS = {name: index for index, name in enumerate(PARSING_CLASSES)}


@pytest.fixture(scope="module")
def pictures() -> list[SynthImage]:
    return [
        render_image(sample_identity(SEED, subject), SEED, subject, expression)
        for subject, expression in enumerate(("neutral", "surprise", "happy", "sad"))
    ]


def classes_at(picture: SynthImage, points: NDArray) -> set[str]:
    """Classes within two pixels of the points."""
    found = set()
    for x, y in np.rint(points).astype(int):
        patch = picture.parsing[y - 2 : y + 3, x - 2 : x + 3]
        found |= {PARSING_CLASSES[value] for value in np.unique(patch)}
    return found


def test_picture_has_the_promised_form(pictures: list[SynthImage]) -> None:
    for picture in pictures:
        assert picture.image.dtype == np.uint8
        assert picture.image.shape == (*picture.parsing.shape, 3)
        assert min(picture.parsing.shape) >= 320
        assert picture.parsing.max() < len(PARSING_CLASSES)
        assert picture.image.std() > 15


def test_points_lie_in_the_box_and_the_box_in_the_image(pictures: list[SynthImage]) -> None:
    for picture in pictures:
        x0, y0, x1, y1 = picture.box
        assert np.all(picture.points >= (x0, y0))
        assert np.all(picture.points <= (x1, y1))
        height, width = picture.parsing.shape
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= width
        assert y1 <= height
        assert 90 <= y1 - y0 <= 230


def test_points_lie_on_the_parts_that_they_name(pictures: list[SynthImage]) -> None:
    for picture in pictures:
        p = picture.points
        assert "l_eye" in classes_at(picture, p[36:42].mean(axis=0, keepdims=True))
        assert "r_eye" in classes_at(picture, p[42:48].mean(axis=0, keepdims=True))
        assert "nose" in classes_at(picture, p[[30]])
        assert "u_lip" in classes_at(picture, p[[50, 51, 52]] + (0, 2))
        assert "l_lip" in classes_at(picture, p[[56, 57, 58]] - (0, 2))
        assert "l_brow" in classes_at(picture, p[18:21])
        assert "r_brow" in classes_at(picture, p[23:26])
        assert "neck" in np.array(PARSING_CLASSES)[np.unique(picture.parsing)]


def test_mouth_interior_shows_only_when_the_lips_part(pictures: list[SynthImage]) -> None:
    neutral, surprise, happy, _ = ((picture.parsing == CLASS["mouth"]).sum() for picture in pictures)
    assert neutral == 0
    assert surprise > happy > 30


def test_left_parts_are_left_of_right_parts(pictures: list[SynthImage]) -> None:
    for picture in pictures:
        for left, right in (("l_eye", "r_eye"), ("l_brow", "r_brow")):
            columns = [np.nonzero(picture.parsing == CLASS[name])[1].mean() for name in (left, right)]
            assert columns[0] < columns[1]


def test_sides_hold_in_a_turned_head() -> None:
    person = sample_identity(SEED, 0)
    yaw = {}
    for index in range(400):
        rng = np.random.default_rng(np.random.SeedSequence((SEED, person.subject, 1 + index)))
        yaw[index] = sample_moment(person, "neutral", 0.0, rng).view.yaw
    for index in (max(yaw, key=yaw.__getitem__), min(yaw, key=yaw.__getitem__)):
        assert abs(yaw[index]) > 20
        picture = render_image(person, SEED, index, "neutral")
        assert picture.yaw == yaw[index]
        counts = [(picture.parsing == CLASS[name]).sum() for name in ("l_eye", "r_eye")]
        assert min(counts) > 0.2 * max(counts)
        assert "l_eye" in classes_at(picture, picture.points[36:42].mean(axis=0, keepdims=True))
        assert "r_eye" in classes_at(picture, picture.points[42:48].mean(axis=0, keepdims=True))


def test_same_arguments_give_the_same_bytes() -> None:
    person = sample_identity(SEED, 9)
    first, again = (render_image(person, SEED, 3, "fear", 0.7) for _ in range(2))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.points, again.points)
    other = render_image(person, SEED, 4, "fear", 0.7)
    assert (other.yaw, other.pitch) != (first.yaw, first.pitch)


def test_intensity_changes_the_face_and_nothing_else() -> None:
    person = sample_identity(SEED, 2)
    weak, strong = (render_image(person, SEED, 5, "surprise", intensity) for intensity in (0.3, 1.0))
    assert (weak.yaw, weak.image.shape) == (strong.yaw, strong.image.shape)
    np.testing.assert_allclose(weak.points[30], strong.points[30], atol=2.5)
    opening = [picture.points[66, 1] - picture.points[62, 1] for picture in (weak, strong)]
    assert opening[1] > 2 * opening[0]


def test_unknown_expression_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"expected an expression among angry, .*, got 'smug'"):
        render_image(sample_identity(SEED, 0), SEED, 0, "smug")


def test_pose_has_the_stated_signs() -> None:
    nose = PIVOT + np.array((0.0, -50.0, 100.0))

    def moved(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray:
        view = View(yaw, pitch, roll, 400, 400, 1.0, 1e6, (200.0, 150.0))
        return view.project(view.turn(nose)) - view.project(nose)

    assert moved(yaw=MAX_YAW)[0] > 10
    assert moved(pitch=MAX_PITCH)[1] > 10
    assert moved(roll=MAX_ROLL)[0] > 10
    rotation = View(20, -9, 7, 400, 400, 1, 1e3, (0, 0)).rotation()
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)


def test_a_plate_casts_its_shadow_straight_below() -> None:
    x, z = np.meshgrid(np.arange(-20.0, 21, 3), np.arange(-20.0, 21, 3))
    plate = np.stack([x, np.full_like(x, -50), z], axis=-1).reshape(-1, 3)
    floor_x, floor_z = np.meshgrid(np.arange(-60.0, 61, 5), np.arange(-60.0, 61, 5))
    floor = np.stack([floor_x, np.zeros_like(floor_x), floor_z], axis=-1).reshape(-1, 3)
    toward_light = np.array([0.0, -1.0, 1e-3]) / np.linalg.norm([1.0, 1e-3])
    light = cast_shadow(np.concatenate([plate, floor]), floor, toward_light)
    reach = np.abs(floor[:, [0, 2]]).max(axis=1)
    assert light[reach <= 15].max() < 0.05
    assert light[reach >= 30].min() > 0.95
