import numpy as np
import pytest

from bauta.alignment.align import apply_affine, fit_similarity
from bauta.apply.region import box_region, crop_region, face_region, mask_region, outside, union
from bauta.contract import CropContract
from bauta.landmarks.hull import face_outline, fill_polygon

CONTRACT = CropContract()


def region_of(rendered):
    matrix = fit_similarity(rendered.face.points, CONTRACT.template())
    landmarks = apply_affine(matrix, rendered.landmarks).astype(np.float32)
    return face_region(rendered.face.box, landmarks, matrix, CONTRACT), matrix


def test_the_region_holds_the_face_and_leaves_the_corners(rendered):
    region, _ = region_of(rendered)
    height, width = rendered.image.shape[:2]
    drawn = region.drawn((0, 0, width, height)).astype(bool)
    hull = fill_polygon(np.zeros((height, width), np.uint8), face_outline(rendered.landmarks), 1).astype(bool)
    assert drawn[hull].all()
    assert not drawn[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_the_seam_lies_outside_the_hull_of_the_face(rendered):
    region, _ = region_of(rendered)
    height, width = rendered.image.shape[:2]
    inside = region.drawn((0, 0, width, height))
    opacity = region.opacity(inside)
    hull = fill_polygon(np.zeros((height, width), np.uint8), face_outline(rendered.landmarks), 1).astype(bool)
    assert (opacity[hull] == 1).all()
    assert ((opacity > 0) & (opacity < 1)).any()


def test_the_region_reaches_the_ears(rendered):
    """The true jaw line starts at the ears; beside it the region goes on."""
    region, _ = region_of(rendered)
    left, right = rendered.landmarks[0], rendered.landmarks[16]
    beyond = (right - left) * 0.06
    corners = region.polygons[0].astype(np.float32)
    for point in (left - beyond, right + beyond):
        height, width = rendered.image.shape[:2]
        drawn = fill_polygon(np.zeros((height, width), np.uint8), corners, 1)
        x, y = np.rint(point).astype(int)
        assert drawn[y, x] == 1


def test_a_wide_box_widens_the_region(rendered):
    matrix = fit_similarity(rendered.face.points, CONTRACT.template())
    landmarks = apply_affine(matrix, rendered.landmarks).astype(np.float32)
    x0, y0, x1, y1 = rendered.face.box
    wide = np.array([x0 - 60, y0, x1 + 60, y1], dtype=np.float32)
    region = face_region(wide, landmarks, matrix, CONTRACT)
    assert region.polygons[0][:, 0].min() < x0 - 50
    assert region.polygons[0][:, 0].max() > x1 + 50


def test_the_region_of_a_mask_is_the_mask_in_the_picture(rendered):
    _, matrix = region_of(rendered)
    mask = np.zeros((256, 256), dtype=bool)
    mask[60:200, 80:170] = True
    region = mask_region(mask, matrix, CONTRACT)
    expected = apply_affine(
        np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2], np.array([[80, 60], [169, 199]])
    )
    corners = np.concatenate(region.polygons)
    assert np.abs(np.array([corners.min(axis=0), corners.max(axis=0)]) - expected).max() < 15


@pytest.mark.parametrize(("move", "expected"), [(0, 0.0), (128, 0.5), (400, 1.0)])
def test_how_much_of_a_region_lies_outside_its_crop(move, expected):
    matrix = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    corners = crop_region(matrix, CONTRACT).polygons[0] + (move, 0)
    assert outside(corners, matrix, 256) == pytest.approx(expected, abs=0.01)


def test_the_union_holds_both_and_the_box_has_no_seam():
    one, other = box_region(np.array([0, 0, 10, 10.0])), box_region(np.array([50, 50, 60, 60.0]))
    assert one.seam == 0
    drawn = union(one, other).drawn((0, 0, 70, 70))
    assert drawn[5, 5] == drawn[55, 55] == 1
    assert drawn[30, 30] == 0
    assert np.ptp(one.polygons[0], axis=0) == pytest.approx([14, 14])
