from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import find_objects, label

from bauta.apply.editor import open_finder
from bauta.apply.finder import Reach, TwoLooks, windows
from bauta.detect.box_points import points_in_box
from bauta.detect.working_size import resize, to_image
from bauta.errors import ConfigError, UnknownNameError
from bauta.protocols import Detections

REACH = Reach(200, 20)


class Squares:
    """Finds white squares of at least 20 pixels in an image that it shrinks to 200; like a real detector."""

    def __init__(self):
        self.looks = []

    def detect(self, image):
        self.looks.append(image.shape)
        working = resize(image, min(1.0, 200 / max(image.shape[:2])))
        parts = [
            (part[1].start, part[0].start, part[1].stop - 1, part[0].stop - 1)
            for part in find_objects(label(working[..., 0] > 127)[0])
            if min(part[0].stop - part[0].start, part[1].stop - part[1].start) >= 18
        ]
        boxes = np.array(parts, dtype=np.float32).reshape(-1, 4)
        points = np.array([points_in_box(box) for box in boxes], dtype=np.float32).reshape(-1, 5, 2)
        found = Detections(boxes, np.linspace(0.99, 0.9, len(boxes)).astype(np.float32), points)
        return to_image(found, working, image)


class SizedSquares(Squares):
    """The same, and at any size up to a longest one."""

    longest = 2000

    def detect_at(self, image, side):
        self.looks.append((*image.shape[:2], side))
        working = resize(image, side / max(image.shape[:2]))
        return to_image(super().detect(working) if side <= 200 else self.unshrunk(working), working, image)

    def unshrunk(self, image):
        parts = [(y.start, x.start, y.stop, x.stop) for y, x in find_objects(label(image[..., 0] > 127)[0])]
        boxes = [(left, top, right - 1, bottom - 1) for top, left, bottom, right in parts]
        large = np.array([b for b in boxes if min(b[2] - b[0], b[3] - b[1]) >= 18], np.float32).reshape(-1, 4)
        points = np.array([points_in_box(box) for box in large], dtype=np.float32).reshape(-1, 5, 2)
        return Detections(large, np.linspace(0.99, 0.9, len(large)).astype(np.float32), points)


def picture(*squares, size=(800, 900)):
    image = np.zeros((*size, 3), dtype=np.uint8)
    for left, top, side in squares:
        image[top : top + side, left : left + side] = 255
    return image


def test_large_and_small_faces_are_found_once_each():
    squares = [(40, 50, 300), (500, 100, 24), (700, 600, 60), (360, 700, 90)]
    faces = TwoLooks(Squares(), REACH, 24).find(picture(*squares))
    got = sorted((face.box.round().astype(int).tolist() for face in faces), key=lambda box: box[0])
    expected = sorted([[x, y, x + side, y + side] for x, y, side in squares])
    assert np.abs(np.array(got) - expected).max() <= 6
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 700), st.integers(0, 600), st.integers(26, 120))
def test_a_face_is_found_wherever_it_lies(left, top, side):
    (face,) = TwoLooks(Squares(), REACH, 24).find(picture((left, top, side)))
    assert np.abs(face.box - [left, top, left + side - 1, top + side - 1]).max() <= 5
    assert np.abs(face.points - points_in_box(face.box)).max() < 5


def test_a_detector_of_any_size_needs_one_look_for_small_faces():
    squares = [(40, 50, 300), (500, 100, 24), (700, 600, 60), (360, 700, 90)]
    detector = SizedSquares()
    faces = TwoLooks(detector, REACH, 24).find(picture(*squares))
    got = np.array(sorted(face.box.round().tolist() for face in faces))
    assert np.abs(got - sorted([x, y, x + side, y + side] for x, y, side in squares)).max() <= 6
    # the whole, the framed copy, and the whole again with faces of 24 pixels as large as 20
    assert [side for *_, side in (look for look in detector.looks if look[2] != 3)] == [200, 200, 750]


def test_a_picture_that_is_too_large_is_still_seen_through_windows():
    class Smaller(SizedSquares):
        longest = 400

    square = (500, 100, 24)
    detector = Smaller()
    (face,) = TwoLooks(detector, REACH, 24).find(picture(square))
    assert np.abs(face.box - [500, 100, 523, 123]).max() <= 3
    sides = [look[2] for look in detector.looks if look[2] > 200]
    assert len(sides) > 4
    assert max(sides) <= 400


def test_one_look_would_lose_small_faces():
    image = picture((500, 100, 24))
    assert len(Squares().detect(image).boxes) == 0
    assert len(TwoLooks(Squares(), REACH, 24).find(image)) == 1


def test_a_face_that_the_border_cuts_is_seen_in_the_framed_copy():
    class Whole(Squares):
        """Sees no face that touches the border of its image."""

        def detect(self, image):
            found = super().detect(image)
            size = np.array(image.shape[1::-1])
            inside = (found.boxes[:, :2] > 3).all(axis=1) & (found.boxes[:, 2:] < size - 4).all(axis=1)
            return Detections(found.boxes[inside], found.scores[inside], found.points[inside])

    (face,) = TwoLooks(Whole(), REACH, 24).find(picture((0, 200, 300)))
    assert np.abs(face.box - [0, 200, 299, 499]).max() <= 12


def test_a_larger_minimum_takes_fewer_looks():
    counts = []
    for least in (24, 60):
        detector = Squares()
        TwoLooks(detector, REACH, least).find(picture())
        counts.append(len(detector.looks))
    assert counts[0] > 3 * counts[1]


def test_detections_that_are_not_finite_are_left_out():
    class Broken:
        def detect(self, image):
            boxes = np.array([[1, 1, 40, 40], [np.nan, 1, 40, 40]], dtype=np.float32)
            return Detections(boxes, np.ones(2, np.float32), np.ones((2, 5, 2), np.float32))

    faces = TwoLooks(Broken(), REACH, 24).find(picture(size=(80, 80)))
    assert faces
    assert all(np.isfinite(face.box).all() for face in faces)


@given(st.integers(1, 5000), st.floats(10, 900), st.floats(0, 0.5))
def test_windows_cover_an_axis_and_overlap(length, side, part):
    found = windows(length, side, part * side)
    assert found[0][0] == 0
    assert found[-1][1] == length
    for (_, end), (start, _) in pairwise(found):
        assert end - start >= part * side - 2
    assert all(0 <= start < end <= length and end - start <= side + 2 for start, end in found)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [("full_frame", ConfigError, "does not look"), ("mtcn", UnknownNameError, "mtcnn")],
)
def test_a_detector_that_does_not_look_is_refused(name, error, said):
    with pytest.raises(error, match=said):
        open_finder(name)


def test_a_minimum_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="expected 12 to 1000 pixels, got 3"):
        open_finder("mtcnn", min_face=3)
