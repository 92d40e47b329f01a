"""Landmarks and masks that are not where the face is: nothing of the face reaches the store."""

import itertools
import logging
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from backends import make_backend

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.run import anonymize_store, handed_on
from bauta.anonymize.verify import verify_ksame
from bauta.anonymize.witness import BOXED, FOUND, MAX_ALIKE, alike, bounds_of, misplaced, zones_of
from bauta.contract import CropContract, Status
from bauta.detect import DETECTORS
from bauta.detect.run import central
from bauta.io.images import read_image
from bauta.landmarks import LANDMARKERS
from bauta.landmarks.hull import face_hull
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.store import Store
from bauta.testing.anonymizer_contract import pick
from bauta.testing.samples import face_points

OK = Status.OK.code

SIZE = 64


def _one_far(points):
    moved = points.copy()
    moved[3, 0] = 1e30
    return moved


def _one(value):
    return lambda points: np.where(np.arange(68)[:, None] == 5, value, points)


DAMAGES = {
    "on one spot": lambda points: np.broadcast_to(points.mean(axis=0), points.shape),
    "on a line": lambda points: points * [1, 0] + [0, points[:, 1].mean()],
    "on a column": lambda points: points * [0, 1] + [points[:, 0].mean(), 0],
    "a twentieth": lambda points: points.mean(axis=0) + (points - points.mean(axis=0)) / 20,
    "half the size": lambda points: points.mean(axis=0) + (points - points.mean(axis=0)) / 2,
    "half outside": lambda points: points + np.float32([points[:, 0].mean(), 0]),
    "half below": lambda points: points + np.float32([0, points[:, 1].mean()]),
    "one at 1e30": _one_far,
    "one infinite": _one(np.inf),
    "one unknown": _one(np.nan),
    "mirrored": lambda points: [2 * points[:, 0].mean(), 0] + points * [-1, 1],
    "in another order": lambda points: points[np.random.default_rng(0).permutation(68)],
}
OF_A_REGION = [
    ("blur", {"kernel": 9}),
    ("pixelate", {"block": 8}),
    ("ksame", {"k": 2, "region": "hull"}),
    ("ksame_select", {"k": 3, "region": "hull"}),
    ("ksame_generated", {"k": 2}),
    ("ciagan", {}),
    ("deepprivacy", {}),
    ("deepprivacy2", {}),
]
OF_A_GROUP = [("ksame", {"k": 2, "region": "hull"}), ("ksame_generated", {"k": 2})]
BAD = (0, 9, 17)


def run(data, backend, tmp_path):
    anonymize_store(
        data.crops,
        data.landmarks,
        data.parsing,
        data.labels,
        backend,
        posteriors=data.posteriors,
        out=tmp_path / "o.zarr",
        seed=0,
    )
    return Store.open(tmp_path / "o.zarr")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("name", "options"), OF_A_REGION, ids=str)
def test_trap_32_a_face_with_degenerate_landmarks_is_black(
    name, options, damage, faces, stored, contract, tmp_path, caplog
):
    for row in BAD:
        faces.landmarks[row] = DAMAGES[damage](faces.landmarks[row])
    with caplog.at_level(logging.WARNING):
        store = run(stored(faces), make_backend(name, options, contract), tmp_path)
    assert np.flatnonzero(store.read("status") != OK).tolist() == list(BAD)
    assert not store.read("images")[list(BAD)].any()
    assert not store.read("mask")[list(BAD)].any()
    reasons = Counter(record.message.split("'")[1] for record in caplog.records if "has " in record.message)
    assert {faces.face_ids[row] for row in BAD} <= reasons.keys()


def test_degenerate_landmarks_do_not_move_the_hull_of_their_group(faces, stored, contract, tmp_path):
    whole = run(stored(faces), make_backend("ksame", {"k": 2, "region": "hull"}, contract), tmp_path)
    expected = whole.read("mask")[1]
    faces.landmarks[0] = DAMAGES["on one spot"](faces.landmarks[0])
    store = run(stored(faces), make_backend("ksame", {"k": 2, "region": "hull"}, contract), tmp_path)
    assert (store.read("mask")[1] != expected).mean() < 0.02


@pytest.mark.parametrize(("name", "options"), OF_A_GROUP, ids=str)
def test_no_group_counts_on_somebody_whose_only_face_fails(name, options, faces, stored, contract, tmp_path):
    """The landmarks would do in a crop by a box, and a backend does not know how the crops were cut."""
    faces = pick(faces, [0, *range(4, len(faces))])
    middle = faces.landmarks[0].mean(axis=0)
    faces.landmarks[0] = middle + (faces.landmarks[0] - middle) * 1.3
    assert misplaced(faces.landmarks[0], contract, BOXED) is None
    store = run(stored(faces), make_backend(name, options, contract), tmp_path)
    assert np.flatnonzero(store.read("status") != OK).tolist() == [0]
    verify_ksame(store, faces.subjects, k=2).require()


def test_a_mesh_that_leaves_the_crop_is_none(faces, contract):
    faces.mesh[2, 100] = 1e30
    backend = make_backend("ganonymization", {"size": 256}, contract)
    result = backend.anonymize(faces.restricted_to(backend.sees), seed=0)
    assert np.flatnonzero(result.status != OK).tolist() == [2]


class _Plugin:
    """Somebody else's backend: changes the picture where `where` says, and declares `mask`."""

    sees = frozenset({"images"})

    def __init__(self, where, mask):
        self.where, self.mask = where, mask

    def anonymize(self, batch, *, seed):
        images = np.where(self.where[..., None], 255 - batch.images, batch.images)
        masks = np.repeat(self.mask[None].astype(np.uint8), len(batch), 0)
        return AnonymizedBatch(images, np.zeros(len(batch), np.uint8), masks)


def regions(contract):
    """Parts of a crop by name."""
    size, face = contract.size, zones_of(contract).face
    everything = np.ones((size, size), bool)
    left, corner = everything.copy(), ~everything
    left[:, size // 2 :] = False
    corner[: size // 5, : size // 5] = True
    return {"all": everything, "hair": ~face, "left half": left, "corner": corner, "nothing": ~everything}


@pytest.mark.parametrize(
    ("edited", "declared"),
    [
        ("hair", "all"),
        ("left half", "all"),
        ("corner", "all"),
        ("nothing", "all"),
        ("hair", "hair"),
        ("corner", "corner"),
        ("all", "nothing"),
        ("all", "corner"),
    ],
)
def test_trap_32_a_backend_that_hands_the_face_on_fails_whatever_its_mask_says(
    edited, declared, faces, stored, contract, tmp_path
):
    parts = regions(contract)
    with pytest.raises(AnonymizationError, match="all 24 faces failed"):
        run(stored(faces), _Plugin(parts[edited], parts[declared]), tmp_path)


def test_a_backend_that_edits_the_face_passes(faces, stored, contract, tmp_path):
    face = zones_of(contract).face
    assert (run(stored(faces), _Plugin(face, face), tmp_path).read("status") == OK).all()


def test_the_zones_are_those_of_the_contract():
    wide = CropContract(size=256, margin=1.0)
    usual = zones_of(CropContract(size=256))
    assert zones_of(wide).face.mean() == pytest.approx(usual.face.mean() * (1.4 / 2.0) ** 2, rel=0.05)
    assert (usual.middle <= usual.face).all()


def test_landmarks_at_the_place_of_the_face_are_its_own(contract):
    assert misplaced(face_points(), contract) is None
    assert "far outside the crop" in misplaced(_one_far(face_points()), contract)
    assert "expected at most 0.3" in misplaced(face_points() + SIZE / 2, contract)


@pytest.fixture(scope="module")
def photographs(real_images, real_models):
    """Crops of LFW with the landmarks of both models."""
    contract, models = CropContract(), real_models("mtcnn_pnet", "mediapipe_face_landmarker")
    detector, crops = DETECTORS.load("mtcnn")(models), []
    paths = sorted(real_images("lfw").rglob("*.jpg"))
    for path in paths[:: len(paths) // 24][:24]:
        image = read_image(path)
        found = detector.detect(image)
        matrix = fit_similarity(found.points[central(found, *image.shape[:2])], contract.template())
        crops.append(warp_crop(image, matrix, contract.size))
    crops = np.stack(crops)
    points = {"dlib68": LANDMARKERS.load("dlib68")(contract, models).locate(crops)}
    with LANDMARKERS.load("mediapipe478")(contract, models) as landmarker:
        points["mediapipe478"] = to_ibug(landmarker.locate(crops))
    return crops, points


@pytest.mark.parametrize("landmarker", ["dlib68", "mediapipe478"])
def test_photographs_pass_with_the_weakest_settings_and_fail_with_damaged_landmarks(photographs, landmarker):
    crops, points = photographs[0], photographs[1][landmarker]
    contract = CropContract()
    found = np.isfinite(points).all(axis=(1, 2))
    batch = FaceBatch([str(row) for row in range(found.sum())], crops[found], landmarks=points[found])
    for name, options in (("blur", {"kernel": 3}), ("pixelate", {"block": 2})):
        backend = make_backend(name, options, contract)
        result = backend.anonymize(batch, seed=0)
        assert (result.status == OK).all()
        assert not handed_on(batch.images, result, contract)
        for damage in DAMAGES.values():
            bad = np.stack([damage(face) for face in batch.landmarks]).astype(np.float32)
            result = backend.anonymize(replace(batch, landmarks=bad), seed=0)
            assert not result.images.any()


def _moved(points, scale, shift):
    """Landmarks scaled about their mean and shifted by distances between the eyes."""
    eyes = np.linalg.norm(np.subtract(*CropContract().template()[:2]))
    return (points.mean(axis=0) + (points - points.mean(axis=0)) * scale + np.array(shift) * eyes).astype(
        np.float32
    )


LEFT_AT_MOST = 0.4
"""Part of a face's own hull that damaged landmarks may leave as it is: about a third."""


@pytest.mark.parametrize("landmarker", ["dlib68", "mediapipe478"])
def test_no_landmarks_of_a_grid_pass_that_leave_much_more_than_a_third_of_the_face(photographs, landmarker):
    contract = CropContract()
    scales, shifts = (0.5, 0.6, 0.7, 0.85, 1.0, 1.5), (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
    for points in photographs[1][landmarker][:3]:
        face = face_hull(points, contract.size).astype(bool)
        for across, down, *shift in itertools.product(scales, scales, shifts, shifts):
            damaged = _moved(points, (across, down), shift)
            if misplaced(damaged, contract) is None:
                left = (face & (face_hull(damaged, contract.size) == 0)).sum() / face.sum()
                assert left <= LEFT_AT_MOST, (across, down, shift)


@pytest.mark.parametrize(
    ("scale", "shift"),
    [
        ((0.6, 0.6), (0, 0)),
        ((1, 0.5), (0, 0.4)),
        ((1.5, 0.5), (0, 0.5)),
        ((1, 0.5), (0, 0)),
        ((1, 1), (0.6, 0)),
    ],
)
def test_landmarks_beside_the_face_are_not_its_own(scale, shift, photographs):
    contract = CropContract()
    bad = np.stack([_moved(points, scale, shift) for points in photographs[1]["dlib68"]])
    assert all(misplaced(points, contract, FOUND) for points in bad)


def test_only_detectors_that_know_a_box_alone_get_the_wide_bounds():
    assert bounds_of("full_frame") is BOXED
    assert bounds_of("scrfd_500m") is FOUND


def test_the_runner_fails_what_the_backend_let_pass(faces, stored, contract, tmp_path):
    wide = faces.landmarks[9] + np.float32([0.35 * 0.23 * SIZE, 0])
    assert misplaced(wide, contract, BOXED) is None
    assert misplaced(wide, contract, FOUND)
    faces.landmarks[9] = wide
    store = run(stored(faces), make_backend("blur", {"kernel": 9}, contract), tmp_path)
    assert np.flatnonzero(store.read("status") != OK).tolist() == [9]
    assert not store.read("images")[9].any()


def _redder(crops):
    return np.minimum(crops.astype(np.int16) + np.int16([1, 0, 0]), 255).astype(np.uint8)


def _one_pixel_a_block(crops):
    changed = crops.copy()
    changed[:, 8::16, 8::16] ^= 64
    return changed


def _rounded_down(crops):
    return ((crops.astype(np.float32) / np.float32(127.5)) * np.float32(127.499)).astype(np.uint8)


@pytest.mark.parametrize("change", [_redder, _one_pixel_a_block, _rounded_down])
def test_a_face_that_comes_back_all_but_the_same_is_handed_on(change, photographs):
    crops, contract = photographs[0], CropContract()
    mask = np.ones(crops.shape[:3], np.uint8)
    result = AnonymizedBatch(change(crops), np.zeros(len(crops), np.uint8), mask)
    assert (alike(crops, result, contract) > MAX_ALIKE).all()
    assert len(handed_on(crops, result, contract)) == len(crops)
