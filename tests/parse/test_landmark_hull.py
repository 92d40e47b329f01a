import numpy as np
import pytest

from bauta.contract import CropContract, Status
from bauta.errors import StoreError
from bauta.labels import PARSING_CLASSES
from bauta.landmarks.hull import face_hull
from bauta.models.store import ModelStore
from bauta.parse import PARSERS
from bauta.parse.run import parse_store
from bauta.store import ArraySpec, Store, StoreWriter

SIZE = 256
CLASS = {name: index for index, name in enumerate(PARSING_CLASSES)}


@pytest.fixture(scope="module")
def parser():
    return PARSERS.load("landmark_hull")(CropContract(), ModelStore.default())


@pytest.fixture(scope="module")
def face():
    """68 points of a schematic frontal face with an open mouth."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([128 + 60 * np.cos(angles), 120 + 95 * np.sin(angles)], axis=1)
    brow = np.stack([np.linspace(0, 40, 5), [0, -4, -5, -4, -1]], axis=1)
    bridge = np.stack([np.full(4, 128.0), np.linspace(118, 150, 4)], axis=1)
    nostrils = np.stack([np.linspace(114, 142, 5), np.full(5, 160.0)], axis=1)
    eye = np.array([[-14, 0], [-5, -6], [5, -6], [14, 0], [5, 6], [-5, 6]])
    outer = -np.pi + np.arange(12) * np.pi / 6
    inner = -np.pi + np.arange(8) * np.pi / 4
    lips = np.stack([128 + 26 * np.cos(outer), 184 + 15 * np.sin(outer)], axis=1)
    opening = np.stack([128 + 20 * np.cos(inner), 184 + 7 * np.sin(inner)], axis=1)
    right_brow = brow[::-1] * (-1, 1) + (181, 102)
    parts = [
        jaw,
        brow + np.array([75, 102]),
        right_brow,
        bridge,
        nostrils,
        eye + np.array([95, 120]),
        eye + np.array([161, 120]),
        lips,
    ]
    return np.concatenate([*parts, opening]).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("l_eye", 95, 120),
        ("r_eye", 161, 120),
        ("l_brow", 95, 97),
        ("r_brow", 161, 97),
        ("nose", 128, 148),
        ("u_lip", 128, 172),
        ("mouth", 128, 184),
        ("l_lip", 128, 195),
        ("skin", 95, 160),
        ("skin", 128, 80),
        ("skin", 128, 207),
        ("background", 20, 20),
        ("background", 128, 240),
    ],
)
def test_parts_lie_where_the_landmarks_are(parser, face, name, x, y):
    (classes,) = parser.parse(np.zeros((1, SIZE, SIZE, 3), dtype=np.uint8), face[None])
    assert PARSING_CLASSES[classes[y, x]] == name


def test_parts_lie_on_the_hull_and_are_symmetric(parser, face):
    (classes,) = parser.parse(np.zeros((1, SIZE, SIZE, 3), dtype=np.uint8), face[None])
    np.testing.assert_array_equal(classes > 0, face_hull(face, SIZE).astype(bool))
    area = np.bincount(classes.ravel(), minlength=len(PARSING_CLASSES))
    assert area[CLASS["l_eye"]] == pytest.approx(area[CLASS["r_eye"]], rel=0.1)
    assert area[CLASS["l_brow"]] == pytest.approx(area[CLASS["r_brow"]], rel=0.1)
    drawn = {PARSING_CLASSES[index] for index in np.flatnonzero(area)}
    assert drawn == {
        *("background", "skin", "nose", "l_brow", "r_brow", "l_eye", "r_eye", "u_lip", "l_lip", "mouth")
    }


def test_lips_of_a_closed_smile_meet_below_the_line_between_their_corners(parser, face):
    smile = face.copy()
    lips = slice(48, 68)
    smile[60:, 1] = 184
    smile[lips, 1] += 14 * (1 - ((smile[lips, 0] - 128) / 26) ** 2)
    (classes,) = parser.parse(np.zeros((1, SIZE, SIZE, 3), dtype=np.uint8), smile[None])
    assert PARSING_CLASSES[classes[190, 128]] == "u_lip"
    assert PARSING_CLASSES[classes[205, 128]] == "l_lip"


def test_faces_without_landmarks_are_background(parser, face):
    both = np.stack([np.full((68, 2), np.nan, dtype=np.float32), face])
    classes = parser.parse(np.zeros((2, SIZE, SIZE, 3), dtype=np.uint8), both)
    assert not classes[0].any()
    assert classes[1].any()


def write(path, ids, **arrays):
    specs = {name: ArraySpec(rows.shape[1:], str(rows.dtype)) for name, rows in arrays.items()}
    with StoreWriter(path, specs, ids) as writer:
        writer.append(**arrays)
    return Store.open(path)


def test_parse_store_takes_the_status_of_the_landmarks(tmp_path, parser, face, monkeypatch):
    monkeypatch.setattr("bauta.parse.run.BATCH", 2)
    ids = ["a", "b", "c"]
    images = np.zeros((3, SIZE, SIZE, 3), dtype=np.uint8)
    crops = write(tmp_path / "c.zarr", ids, images=images, status=np.zeros(3, dtype=np.uint8))
    points = np.stack([face, np.full_like(face, np.nan), face])
    status = np.array([0, Status.NO_FACE.code, 0], dtype=np.uint8)
    landmarks = write(tmp_path / "l.zarr", ids, points=points, status=status)
    parse_store(crops, landmarks, parser, tmp_path / "p.zarr")
    parsing = Store.open(tmp_path / "p.zarr")
    classes = parsing.read("classes")
    assert parsing.read("status").tolist() == status.tolist()
    assert not classes[1].any()
    np.testing.assert_array_equal(classes[0], classes[2])
    np.testing.assert_array_equal(classes[0] > 0, face_hull(face, SIZE) > 0)
    other = write(tmp_path / "o.zarr", ["a", "c", "b"], points=points, status=status)
    with pytest.raises(StoreError, match="the same rows"):
        parse_store(crops, other, parser, tmp_path / "q.zarr")
