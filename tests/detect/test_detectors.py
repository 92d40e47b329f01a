import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from bauta.detect import DETECTORS
from bauta.detect.working_size import WorkingSize, resize, to_image
from bauta.models.store import ModelStore
from bauta.protocols import Detections

# Eye centres, nose tip and mouth corners of the astronaut: what two unrelated models agree on.
POINTS = np.array([[203.5, 101.5], [246, 103], [224.5, 127.5], [201, 139.5], [244.5, 140.5]])


@pytest.fixture(scope="module", params=["dlib_hog", "mtcnn"])
def detector(request):
    return DETECTORS.load(request.param)(ModelStore.default())


def assert_found(found, points, tolerance):
    assert len(found.boxes) == len(found.scores) == len(found.points) >= 1
    assert np.linalg.norm(found.points[0] - points, axis=1).max() < tolerance
    x0, y0, x1, y1 = found.boxes[0]
    assert x0 < points[:, 0].min() < points[:, 0].max() < x1
    assert y0 < points[:, 1].min() < points[:, 1].max() < y1
    assert (np.diff(found.scores) <= 0).all()
    assert {array.dtype for array in (found.boxes, found.scores, found.points)} == {np.dtype(np.float32)}


def test_finds_the_face_and_its_points(detector):
    assert_found(detector.detect(astronaut()), POINTS, 4)


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_small_and_large_images_give_points_in_their_own_pixels(detector, scale):
    image = resize(astronaut()[:300, 100:350], scale)
    assert_found(detector.detect(image), (POINTS - (100, 0) + 0.5) * scale - 0.5, 4 * scale)


def test_points_of_mirrored_images_are_mirrored(detector):
    shifts = []
    for scale in (0.7, 1.0, 1.3, 1.6, 2.0):
        image = resize(astronaut()[:300, 60:360], scale)
        points = detector.detect(image).points[0]
        mirrored = detector.detect(np.ascontiguousarray(image[:, ::-1])).points[0][[1, 0, 2, 4, 3]]
        shifts.append((points[:, 0] + mirrored[:, 0] - (image.shape[1] - 1)) / 2)
    assert abs(np.median(shifts)) < 0.3


def test_is_deterministic(detector):
    first, second = detector.detect(astronaut()), detector.detect(astronaut())
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((256, 256, 3), dtype=np.uint8),
        np.full((1, 1, 3), 200, dtype=np.uint8),
        np.zeros((1, 3000, 3), dtype=np.uint8),
        np.zeros((5, 5, 3), dtype=np.uint8),
        coffee(),
    ],
    ids=["black", "one pixel", "a line", "tiny", "coffee"],
)
def test_no_face_is_empty_and_no_error(detector, image):
    found = detector.detect(image)
    assert found.boxes.shape == (0, 4)
    assert found.scores.shape == (0,)
    assert found.points.shape == (0, 5, 2)


def test_two_faces(detector):
    face = astronaut()[:300, 100:350]
    canvas = np.zeros((300, 500, 3), dtype=np.uint8)
    canvas[:, :250] = face
    canvas[60:240, 300:450] = resize(face, 0.6)
    found = detector.detect(canvas)
    assert len(found.boxes) == 2


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(100, 200, 2.0), (400, 500, 1.0), (500, 2000, 0.5)]
)
def test_working_size(height, width, expected):
    assert WorkingSize(shortest=200, longest=1000).scale(height, width) == expected


def test_long_strips_are_not_enlarged_beyond_the_longest_side():
    assert WorkingSize(shortest=200, longest=1000).scale(10, 1000) == 1.0


@pytest.mark.parametrize("scale", [0.5, 1.7])
def test_points_are_mapped_back_to_where_they_were(scale):
    image = np.zeros((120, 200, 3), dtype=np.uint8)
    image[50:60, 150:160] = 255
    resized = resize(image, scale)
    y, x = np.nonzero(resized[..., 0] > 127)
    mean = np.array([x.mean(), y.mean()], dtype=np.float32)
    found = Detections(
        boxes=np.array([[*mean, *mean]]), scores=np.ones(1, np.float32), points=np.tile(mean, (1, 5, 1))
    )
    back = to_image(found, resized, image)
    np.testing.assert_allclose(back.points[0], np.tile([154.5, 54.5], (5, 1)), atol=0.4)
    np.testing.assert_allclose(back.boxes[0], [154.5, 54.5, 154.5, 54.5], atol=0.4)


def test_shrinking_averages():
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    expected = cv2.resize(noise, (100, 100), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(resize(noise, 0.25), expected)
