"""CIAGAN's crop, drawing, mask and paste-back, each against the description of the official programs."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from bauta.anonymize.ciagan.anonymizer import Ciagan
from bauta.anonymize.ciagan.settings import CiaganSetting
from bauta.anonymize.ciagan.view import (
    View,
    draw_landmarks,
    draw_mask,
    face_of,
    loaded,
    masked,
    saved_by_opencv,
    saved_by_pil,
    whole_points,
)
from bauta.anonymize.visible import visible_to
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.testing.samples import face_points, sample_faces

POINTS = whole_points(face_points(256))
POINTS[[19, 24], 1] -= (9, 4)
"""The brows' centres are their highest points, and not equally high."""


def test_the_crop_is_centred_between_the_inner_eye_corners_and_scaled_by_their_distance():
    points = POINTS.copy()
    points[39], points[42] = (110, 121), (141, 124)
    view = View.of(points)
    assert view.half_height == 5 * 31
    assert view.half_width == int(155 / 218 * 178) == 126
    assert (view.left, view.top) == (125 - 126, 122 - 155)


def test_a_profile_has_no_crop():
    points = POINTS.copy()
    points[42] = points[39]
    assert View.of(points) is None


def test_the_border_is_repeated_and_the_size_is_178_by_218():
    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    view = View(left=-20, top=-30, half_width=50, half_height=60)
    pad = 2 * view.half_width
    padded = np.pad(crop, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    part = padded[-30 + pad : 90 + pad, -20 + pad : 80 + pad]
    expected = cv2.resize(part, (178, 218), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(view.cut(crop), expected)


def test_lines_are_blue_one_pixel_wide_and_on_white():
    drawn = draw_landmarks(View.of(POINTS).scaled(POINTS))
    assert drawn.shape == (218, 178, 3)
    colours = {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()}
    assert colours == {(255, 255, 255), (0, 0, 255)}


def test_the_drawing_has_the_jaw_the_bridge_of_the_nose_and_the_inner_lips_only():
    places = View.of(POINTS).scaled(POINTS)
    expected = np.full((218, 178, 3), 255, np.uint8)
    pairs = [*((i, i + 1) for i in range(16)), (27, 28), (28, 29), (29, 30)]
    pairs += [(60, 61), (61, 62), (62, 63), (63, 64), (64, 65), (65, 66), (66, 67), (67, 60)]
    for start, end in pairs:
        ends = [tuple(int(value) for value in places[index]) for index in (start, end)]
        cv2.line(expected, *ends, (0, 0, 255), 1)
    np.testing.assert_array_equal(draw_landmarks(places), expected)
    for part in (slice(17, 27), slice(31, 48), slice(48, 60)):
        moved = places.copy()
        moved[part] += 9
        np.testing.assert_array_equal(draw_landmarks(moved), expected)


def test_the_mask_is_black_below_the_brows_down_to_the_jaw():
    places = View.of(POINTS).scaled(POINTS)
    mask = draw_mask(places)
    assert mask.shape == (218, 178)
    assert set(np.unique(mask)) == {0, 255}
    black = mask == 0
    rows = np.flatnonzero(black.any(axis=1))
    assert rows[0] == int(places[19, 1]) < int(places[24, 1]) < int(places[17, 1])
    assert rows[-1] == int(places[8, 1])
    for outside in (places[19] - (0, 5), places[8] + (0, 5)):
        assert not black[tuple(outside[::-1].astype(int))]
    assert black[tuple(places[30][::-1].astype(int))]


def test_the_loader_takes_the_middle_128_of_144_pixels():
    picture = np.random.default_rng(1).integers(0, 256, (218, 178, 3), dtype=np.uint8)
    small = Image.fromarray(picture).resize((144, 144), Image.Resampling.LANCZOS)
    expected = np.asarray(small.crop((8, 8, 136, 136)), np.float32) / 255
    np.testing.assert_allclose(loaded(picture), expected, atol=1e-7)


def test_a_grey_mask_becomes_what_the_official_rgb_mask_becomes():
    grey = draw_mask(View.of(POINTS).scaled(POINTS))
    colour = loaded(saved_by_pil(np.repeat(grey[..., None], 3, axis=2)))
    for channel in range(3):
        np.testing.assert_array_equal(colour[..., channel], loaded(saved_by_pil(grey)))


def test_a_fifth_of_darkness_makes_the_mask():
    image = np.array([[0.79, 0.801, 1.0]], np.float32)
    assert masked(image).tolist() == [[True, False, False]]


def test_drawings_are_compressed_as_pil_does_and_faces_as_opencv_does():
    picture = np.random.default_rng(2).integers(0, 256, (218, 178, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="jpeg", quality=75)
    np.testing.assert_array_equal(saved_by_pil(picture), np.asarray(Image.open(file)))
    _, data = cv2.imencode(".jpg", picture[..., ::-1])
    np.testing.assert_array_equal(
        saved_by_opencv(picture), np.asarray(Image.open(io.BytesIO(data.tobytes())))
    )


class Spy(nn.Module):
    """Keeps what it is shown and answers with a value."""

    def __init__(self, value=0.25):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1))
        self.value, self.shown = value, []

    def forward(self, x, identity):
        self.shown.append((x.clone(), identity.clone()))
        return torch.full((len(x), 3, 128, 128), self.value)


def run(faces, contract, seed=0, **options):
    spy = Spy(options.pop("value", 0.25)).eval()
    backend = Ciagan(CiaganSetting(**options), contract, spy)
    result = backend.anonymize(visible_to(backend, faces), seed=seed)
    rows = int((result.status == Status.OK.code).sum())
    shown, wanted = (torch.cat(parts)[:rows] for parts in zip(*spy.shown, strict=True))
    return result, shown, wanted.argmax(dim=1).tolist(), backend


def test_the_network_is_shown_the_drawing_and_the_face_with_a_black_hole(faces, contract):
    _, shown, _, _ = run(faces, contract)
    points = whole_points(faces.landmarks[0])
    view = View.of(points)
    places = view.scaled(points)
    drawing = loaded(saved_by_pil(draw_landmarks(places))).transpose(2, 0, 1)
    hole = masked(loaded(saved_by_pil(draw_mask(places))))
    face = loaded(saved_by_opencv(view.cut(faces.images[0]))).transpose(2, 0, 1)
    np.testing.assert_array_equal(shown[0, :3], drawing)
    np.testing.assert_array_equal(shown[0, 3:], np.where(hole, 0, face))


def test_what_is_hidden_changes_nothing_of_the_official_input(faces, contract):
    """The runner blackens what is protected; the official program would have seen the same picture."""
    _, blackened, _, backend = run(faces, contract)
    spy = Spy().eval()
    whole = replace(faces.restricted_to(backend.sees), surroundings=faces.images)
    Ciagan(CiaganSetting(), contract, spy).anonymize(whole, seed=0)
    shown = torch.cat([x for x, _ in spy.shown])[: len(faces)]
    assert torch.equal(shown, blackened)
    hidden = backend.protected(faces.restricted_to(frozenset({"landmarks"})))
    assert 0 < hidden.mean() < 0.5


def test_the_result_is_limited_pasted_inside_the_mask_and_nowhere_else(faces, contract):
    for value, level in ((2.0, 255), (-1.0, 0), (0.5, 128)):
        result, *_ = run(faces, contract, value=value)
        inside = cv2.erode(result.mask[0], np.ones((9, 9))).astype(bool)
        assert abs(result.images[0][inside].astype(int) - level).max() <= 1
        outside = result.mask[0] == 0
        np.testing.assert_array_equal(result.images[0][outside], faces.images[0][outside])


def test_pixels_go_back_to_where_they_came_from():
    """Two ramps go through the crop's resizes; what arrives at a pixel says where it comes from."""
    ramp = np.arange(256, dtype=np.uint8)
    crop = np.stack(
        [np.tile(ramp, (256, 1)), np.tile(ramp[:, None], (1, 256)), np.zeros((256, 256))], axis=-1
    )
    view = View(left=20, top=10, half_width=80, half_height=98)
    shown = loaded(view.cut(crop.astype(np.uint8))) * 255
    rows, columns = np.mgrid[20:108, 20:108]
    back = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ view.to_crop().T
    away = (back - shown[20:108, 20:108, :2]).reshape(-1, 2)
    assert abs(away).max() < 1
    np.testing.assert_allclose(away.mean(axis=0), 0, atol=0.05)


def test_the_mask_lies_where_the_landmarks_say():
    contract = CropContract()
    points = face_points(256)
    view = View.of(whole_points(points))
    matrix = view.to_crop()
    # The inner eye corners' middle is in the middle of the picture, which starts 8 of 144 pixels later.
    middle = (points[39] + points[42]) / 2
    np.testing.assert_allclose(matrix @ (63.5, 63.5, 1.0), middle, atol=1.5)
    edited = face_of(points, contract.size).edited
    polygon = np.array([(points[0, 0], points[19, 1]), *points[:17], (points[16, 0], points[24, 1])])
    corners = np.rint(polygon).astype(int)
    expected = cv2.fillPoly(np.zeros((256, 256), np.uint8), [corners], 1).astype(bool)
    assert (edited & expected).sum() / (edited | expected).sum() > 0.93


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_one_identity_for_all(seed):
    faces = sample_faces(2, 2)
    described = Ciagan(CiaganSetting(), CropContract(64), Spy()).describe(faces, seed=seed)
    assert len(set(described["identities"])) == 1
    assert 0 <= described["identities"][0] < 1200


def test_identities_follow_their_policy_and_are_recorded(faces, contract):
    subjects = np.array(faces.subjects)
    _, _, one, _ = run(faces, contract)
    _, _, own, backend = run(faces, contract, identities="per_subject")
    _, _, every, _ = run(faces, contract, identities="per_image")
    assert len(set(one)) == 1
    assert len(set(own)) > 1
    assert all(len({own[row] for row in np.flatnonzero(subjects == name)}) == 1 for name in set(subjects))
    assert len(set(every)) > len(set(own))
    assert backend.describe(faces, seed=0) == {"identity_policy": "per_subject", "identities": own}


def test_another_seed_gives_other_identities(faces, contract):
    _, _, first, _ = run(faces, contract, identities="per_image")
    _, _, other_run, _ = run(faces, contract, seed=1, identities="per_image")
    _, _, other_setting, _ = run(faces, contract, identities="per_image", identity_seed=1)
    assert first != other_run
    assert first != other_setting
    assert other_run != other_setting


def test_an_unknown_subject_has_no_identity_of_its_own_and_fails(faces, contract):
    unknown = replace(faces, subjects=[None, *faces.subjects[1:]])
    result, _, _, backend = run(unknown, contract, identities="per_subject")
    assert result.status[0] != Status.OK.code
    assert not result.images[0].any()
    assert backend.describe(unknown, seed=0)["identities"][0] is None


def test_a_face_that_lies_outside_its_crop_fails(faces, contract):
    faces.landmarks[1] += 500
    result, *_ = run(faces, contract)
    assert result.status[1] != Status.OK.code
    assert not result.images[1].any()


@pytest.mark.parametrize("field", ["surroundings", "landmarks"])
def test_a_missing_field_is_one_line(faces, contract, field):
    backend = Ciagan(CiaganSetting(), contract, Spy())
    with pytest.raises(DataError, match=r"expects .*got none"):
        backend.anonymize(replace(visible_to(backend, faces), **{field: None}), seed=0)
