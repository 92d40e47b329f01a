"""The boxes, holes and paste-back of both DeepPrivacy backends, against the description of their programs."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from backends import Painted, seeded
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms.functional import InterpolationMode, resize

from bauta.anonymize.deepprivacy.anonymizer import DeepPrivacy, keypoints_in
from bauta.anonymize.deepprivacy.fill import face_box
from bauta.anonymize.deepprivacy.hole import (
    Hole,
    OriginalHole,
    normalised,
    simple_expansion,
    square_expansion,
)
from bauta.anonymize.deepprivacy.settings import DeepPrivacySetting
from bauta.anonymize.deepprivacy2.anonymizer import DeepPrivacy2
from bauta.anonymize.deepprivacy2.network import StyleGanUnet
from bauta.anonymize.deepprivacy2.settings import DeepPrivacy2Setting
from bauta.anonymize.latents import latent_seeds, normal_latent
from bauta.anonymize.visible import visible_to
from bauta.contract import Status
from bauta.errors import DataError
from bauta.testing.samples import face_points

SIDES = st.integers(4, 120)
PLACES = st.integers(0, 130)


def test_fdf256_the_square_is_1_4_times_the_longer_side_round_the_middle():
    # width 30, height 50: middle (10 + 15, 20 + 25), half 1.4 · 50 // 2
    assert simple_expansion((10, 20, 40, 70)) == (25 - 35, 45 - 35, 25 + 35, 45 + 35)
    assert simple_expansion((10, 20, 41, 71)) == (25 - 35, 45 - 35, 25 + 35, 45 + 35)


def test_fdf128_the_square_grows_by_35_percent_on_each_side():
    # 30 × 50 becomes 50 × 50 from x = 90, then int(0.35 · 50) = 17 more on each side.
    assert square_expansion((100, 100, 130, 150), 256) == (90 - 17, 100 - 17, 140 + 17, 150 + 17)


def test_fdf128_what_sticks_out_is_moved_inside():
    assert square_expansion((0, 100, 30, 150), 256) == (0, 83, 84, 167)
    assert square_expansion((200, 206, 256, 256), 256) == (162, 162, 256, 256)


def test_fdf128_a_large_face_takes_the_whole_picture():
    assert square_expansion((60, 50, 200, 230), 256) == (0, 0, 256, 256)


@settings(deadline=None)
@given(PLACES, PLACES, SIDES, SIDES)
def test_fdf128_the_square_is_square_in_the_picture_and_holds_the_box(left, top, width, height):
    box = (left, top, left + width, top + height)
    square = square_expansion(box, 256)
    assert square[2] - square[0] == square[3] - square[1]
    assert min(square) >= 0
    assert max(square) <= 256
    assert square[0] <= box[0]
    assert square[1] <= box[1]
    assert square[2] >= box[2]
    assert square[3] >= box[3]


def test_fdf128_a_box_that_leaves_the_picture_is_expanded_simply():
    assert square_expansion((-5, 0, 45, 40), 256) == simple_expansion((-5, 0, 45, 40), 0.7)


def test_the_mask_is_0_in_the_box_and_1_elsewhere():
    hole = Hole(box=(30, 40, 60, 90), square=(10, 20, 90, 100), crop=128, size=256)
    expected = np.ones((256, 256))
    # 256 / 80 = 3.2: 20 → 64, 20 → 64, 50 → 160, 70 → 224
    expected[64:224, 64:160] = 0
    np.testing.assert_array_equal(hole.mask(), expected)
    odd = Hole(box=(31, 41, 60, 90), square=(10, 20, 90, 100), crop=128, size=256)
    assert np.argwhere(odd.mask() == 0).min(axis=0).tolist() == [67, 67]


def noise(side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_a_small_square_is_enlarged_by_the_bicubic_filter_of_torchvision():
    crop = noise(128)
    hole = Hole(box=(30, 40, 60, 90), square=(10, 20, 90, 100), crop=128, size=256)
    planes = torch.from_numpy(crop[20:100, 10:90].transpose(2, 0, 1).copy()).float()
    large = resize(planes, [256, 256], InterpolationMode.BICUBIC, antialias=True)
    expected = large.round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(hole.cut(crop), expected)


def test_a_large_square_is_shrunk_by_the_area_filter_of_opencv():
    crop = noise(256)
    hole = Hole(box=(60, 60, 160, 200), square=(20, 30, 220, 230), crop=256, size=128)
    expected = cv2.resize(crop[30:230, 20:220], (128, 128), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(hole.cut(crop), expected)


def test_beyond_the_picture_it_is_black():
    crop = np.full((128, 128, 3), 200, np.uint8)
    hole = Hole(box=(0, 10, 60, 90), square=(-26, -10, 102, 118), crop=128, size=128)
    cut = hole.cut(crop)
    assert not cut[:10].any()
    assert not cut[:, :26].any()
    assert (cut[10:, 26:] == 200).all()


def test_grey_levels_become_minus_one_to_one():
    assert normalised(np.array([0, 255], np.uint8)).tolist() == [-1.0, 1.0]
    assert abs(normalised(np.array([127, 128], np.uint8))).max() == pytest.approx(0.5 / 127.5)


@pytest.mark.parametrize("square", [(10, 20, 90, 100), (-20, -10, 120, 130), (0, 0, 128, 128)])
def test_only_the_box_is_replaced_with_the_result_at_its_size(square):
    crop, box = noise(128), (30, 40, 60, 90)
    hole = Hole(box, square, 128, 128)
    result = np.random.default_rng(1).uniform(-1.3, 1.3, (128, 128, 3)).astype(np.float32)
    pasted, mask = hole.paste(crop, result)
    side = square[2] - square[0]
    planes = torch.from_numpy(result.transpose(2, 0, 1)).add(1).div(2).clamp(0, 1).mul(255)
    large = resize(planes, [side, side], InterpolationMode.BICUBIC, antialias=True)
    kept = resize(torch.from_numpy(hole.mask())[None], [side, side], InterpolationMode.NEAREST)[0] > 0.5
    expected = crop.copy()
    for row, column in np.argwhere(mask == 1):
        y, x = row - square[1], column - square[0]
        assert not kept[y, x]
        expected[row, column] = large[:, y, x].round().clamp(0, 255).byte().numpy()
    np.testing.assert_array_equal(pasted, expected)
    assert abs(int(mask.sum()) - 30 * 50) <= 2 * (30 + 50)


@pytest.mark.parametrize("kind", [Hole, OriginalHole])
@pytest.mark.parametrize("size", [128, 256])
@pytest.mark.parametrize("square", [(10, 20, 210, 220), (-30, 0, 230, 260), (50, 60, 160, 170)])
def test_protected_pixels_have_no_influence_and_the_rim_is_narrow(kind, size, square):
    hole = kind(box=(70, 80, 140, 160), square=square, crop=256, size=size)
    hidden, replaced = hole.protected(), hole.replaced()
    crop = noise(256)
    other = np.where(hidden[..., None], noise(256, 1), crop)
    seen = hole.mask()[..., None] * hole.cut(crop)
    np.testing.assert_array_equal(seen, hole.mask()[..., None] * hole.cut(other))
    assert not (hidden & ~replaced).any()
    assert hidden.sum() > 0.8 * replaced.sum()


# --- from landmarks to boxes and keypoints


def test_the_box_reaches_from_the_forehead_to_the_chin():
    points = face_points(256)
    left, top, right, bottom = face_box(points, 256)
    assert left == pytest.approx(points[0, 0], abs=3)
    assert right == pytest.approx(points[16, 0], abs=3)
    assert bottom == pytest.approx(points[8, 1], abs=4)
    assert top < points[17:27, 1].min() - 0.3 * (points[8, 1] - points[17:27, 1].min())


def test_keypoints_are_nose_eyes_ears_and_shoulders_the_persons_left_first():
    points = face_points(256)
    hole = Hole(box=(60, 60, 190, 200), square=(0, 0, 256, 256), crop=256, size=128)
    nose, left_eye, right_eye, left_ear, right_ear, left, right = keypoints_in(hole, points)
    np.testing.assert_allclose(nose, points[30] / 256, atol=1e-6)
    assert left_eye[0] > nose[0] > right_eye[0]
    assert left_ear[0] > left_eye[0]
    assert right_ear[0] < right_eye[0]
    assert left.tolist() == [1, 1]
    assert right.tolist() == [0, 1]


def test_keypoints_outside_the_square_are_moved_to_its_rim():
    hole = Hole(box=(100, 60, 190, 200), square=(90, 50, 150, 110), crop=256, size=128)
    found = keypoints_in(hole, face_points(256))
    assert found.min() >= 0
    assert found.max() <= 1


# --- styles and latents


def dp2(contract, centres=None, **options):
    return DeepPrivacy2(
        DeepPrivacy2Setting(**options), contract, seeded(StyleGanUnet(32, channels=4, most=2)), centres
    )


def test_a_latent_is_the_one_of_numpys_random_state():
    expected = np.random.RandomState(7).normal(size=(1, 512)).astype(np.float32)[0]
    np.testing.assert_array_equal(normal_latent(7, 512), expected)


def test_truncation_goes_from_the_mean_style_to_that_of_the_latent(contract):
    network = dp2(contract)._network
    mean = network.style_net.w_avg.numpy()
    own = network.style_net(torch.from_numpy(normal_latent(5, 512))[None])[0].numpy()
    np.testing.assert_array_equal(dp2(contract)._styles([5])[0], mean)
    np.testing.assert_allclose(dp2(contract, truncation=1.0)._styles([5])[0], own, rtol=1e-4, atol=1e-4)
    half = dp2(contract, truncation=0.5)._styles([5])[0]
    np.testing.assert_allclose(half, (mean + own) / 2, rtol=1e-4, atol=1e-4)


def test_multi_modal_truncation_takes_the_centre_of_the_seed(contract):
    centres = np.random.default_rng(0).normal(size=(3, 512)).astype(np.float32)
    backend = dp2(contract, centres, multi_modal=True)
    np.testing.assert_array_equal(backend._styles([0, 4, 5]), centres[[0, 1, 2]])


def test_at_truncation_0_the_latents_have_no_effect_which_trap_20_reports(faces, contract):
    visible = visible_to(dp2(contract), faces)
    one, every = (dp2(contract, latents=policy).anonymize(visible, seed=0) for policy in ("one", "per_image"))
    np.testing.assert_array_equal(one.images, every.images)
    free = [dp2(contract, latents=policy, truncation=1.0) for policy in ("one", "per_image")]
    one, every = (backend.anonymize(visible, seed=0) for backend in free)
    assert (one.images != every.images).any()


@pytest.mark.parametrize("policy", ["one", "per_subject", "per_image"])
def test_latents_follow_their_policy_and_are_recorded(policy, faces, contract):
    backend = dp2(contract, latents=policy, truncation=0.5)
    described = backend.describe(faces, seed=3)
    seeds = described["latent_seeds"]
    expected = {"one": 1, "per_subject": len(set(faces.subjects)), "per_image": len(faces)}[policy]
    assert len(set(seeds)) == expected
    assert described["truncation"] == 0.5
    assert described["latent_policy"] == policy
    assert seeds == latent_seeds(policy, faces.face_ids, faces.subjects, 3, 0)
    assert seeds != backend.describe(faces, seed=4)["latent_seeds"]


def test_one_latent_a_subject_needs_subjects(faces):
    with pytest.raises(DataError, match="expected the subject"):
        latent_seeds("per_subject", faces.face_ids, None, 0)
    assert latent_seeds("per_subject", ["a", "b"], ["x", None], 0)[1] is None


class Latents(Painted):
    """Keeps the latents that it is given."""

    def __init__(self):
        super().__init__()
        self.given = []

    def forward(self, condition, mask, keypoints, z):
        self.given.append(z)
        return super().forward(condition, mask, keypoints, z)


def latents_of(faces, contract, **options):
    """What the first DeepPrivacy's network is given, and what becomes of it."""
    network = seeded(Latents())
    backend = DeepPrivacy(DeepPrivacySetting(**options), contract, network)
    result = backend.anonymize(visible_to(backend, faces), seed=0)
    given = torch.cat(network.given)[: len(faces)].numpy()
    return given, result.images, backend.describe(faces, seed=0)


def test_the_original_program_gives_zeros_by_default(faces, contract):
    given, _, described = latents_of(faces, contract)
    assert not given.any()
    assert (described["program"], described["truncation"]) == ("original", 0.0)


def test_the_original_program_draws_large_values_again_and_makes_none_smaller(faces, contract):
    given, _, described = latents_of(faces, contract, truncation=1.5)
    assert described["truncation"] == 1.5
    assert abs(given).max() < 1.5
    # Multiplied ones would have a deviation of 1.5; what is left of the normal distribution has 0.744.
    assert given.std() == pytest.approx(0.744, abs=0.03)
    seeds = described["latent_seeds"]
    full = np.stack([normal_latent(seed, 512) for seed in seeds])
    kept = abs(full) < 1.5
    np.testing.assert_array_equal(given[kept], full[kept])


def test_deep_privacy2_always_draws_from_the_normal_distribution(faces, contract):
    given, _, described = latents_of(faces, contract, program="deep_privacy2")
    expected = np.stack([normal_latent(seed, 512) for seed in described["latent_seeds"]])
    np.testing.assert_array_equal(given, expected)
    assert (described["program"], described["truncation"]) == ("deep_privacy2", None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"program": "deep_privacy2", "truncation": 0.0}, "belongs to program: original"),
        ({"program": "deep_privacy2", "truncation": 1.0}, "belongs to program: original"),
        ({"truncation": 0.001}, "at least 0.01"),
        ({"truncation": -1.0}, "greater than or equal"),
    ],
)
def test_a_truncation_that_a_program_does_not_have_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DeepPrivacySetting(**options)


@pytest.mark.parametrize("square", [(10, 20, 210, 220), (-30, 0, 70, 100)])
def test_the_original_program_resizes_with_opencvs_cubic_filter_and_replaces_the_box(square):
    crop, box = noise(256), (30, 40, 60, 90)
    hole = OriginalHole(box, square, 256, 128)
    left, top, right, bottom = square
    padded = np.pad(crop, ((64, 64), (64, 64), (0, 0)))[top + 64 : bottom + 64, left + 64 : right + 64]
    expected = cv2.resize(padded, (128, 128), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(hole.cut(crop), expected)
    result = np.random.default_rng(1).uniform(-1.3, 1.3, (128, 128, 3)).astype(np.float32)
    pasted, mask = hole.paste(crop, result)
    large = cv2.resize(np.clip((result + 1) / 2, 0, 1), (right - left, right - left))
    official = crop.copy()
    official[40:90, 30:60] = (large * 255)[40 - top : 90 - top, 30 - left : 60 - left].astype(np.uint8)
    # The official program truncates to bytes, here they are rounded.
    difference = pasted.astype(int) - official
    assert difference.min() >= 0
    assert difference.max() == 1
    assert (np.argwhere(mask).min(axis=0) == (40, 30)).all()
    assert mask.sum() == 30 * 50


@pytest.mark.parametrize("name", ["deepprivacy", "deepprivacy2"])
def test_trap_1_a_face_without_landmarks_is_black_and_not_the_original(name, faces, contract):
    backend = (
        dp2(contract)
        if name == "deepprivacy2"
        else DeepPrivacy(DeepPrivacySetting(), contract, seeded(Painted()))
    )
    faces.landmarks[0] = np.nan
    result = backend.anonymize(visible_to(backend, faces), seed=0)
    assert result.status[0] == Status.NO_FACE.code
    assert not result.images[0].any()
    assert (backend.protected(faces.restricted_to(frozenset({"landmarks"})))[0] == 1).all()
    with pytest.raises(DataError, match="got none"):
        backend.anonymize(replace(faces, surroundings=None), seed=0)
