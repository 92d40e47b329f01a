from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from bauta.alignment.align import fit_similarity
from bauta.anonymize.avatar.settings import FreeAvatarSetting
from bauta.anonymize.errors import AnonymizationError
from bauta.apply import conditions, crop_editor
from bauta.apply.chosen import ChosenSetting, parse_setting
from bauta.apply.editor import EditRequest, FoundFace, Outcome, open_editor
from bauta.contract import CropContract, Status
from bauta.errors import ConfigError, DataError
from bauta.express import TEACHERS
from bauta.labels import EXPRESSIONS, LABEL_SPACES
from bauta.landmarks.hull import face_outline, fill_polygon
from bauta.models.store import ModelStore
from bauta.protocols import AnonymizedBatch

SIDE = 256


class Truth:
    """A landmarker that knows where the points of the rendered face are in its crop."""

    points = 68

    def __init__(self, rendered):
        matrix = fit_similarity(rendered.face.points, CropContract().template())
        self.landmarks = rendered.landmarks @ matrix[:, :2].T + matrix[:, 2]

    def locate(self, crops):
        return np.repeat(self.landmarks[None], len(crops), axis=0).astype(np.float32)


@pytest.fixture
def truth(rendered, monkeypatch):
    landmarker = Truth(rendered)
    monkeypatch.setattr(
        crop_editor.Conditions, "open", lambda *_: crop_editor.Conditions(landmarker, None, None)
    )
    return landmarker


def test_a_teacher_reads_the_faces_for_an_anonymizer_that_is_told_the_expression(rendered, monkeypatch):
    landmarker = Truth(rendered)
    given = SimpleNamespace(load=lambda _: lambda *_: landmarker)
    monkeypatch.setattr(conditions, "LANDMARKERS", given)
    drawn = open_editor(parse_setting("avatar states=7")).edit(rendered.image, [rendered.face])
    assert [one.outcome for one in drawn.outcomes] == [Outcome.ANONYMIZED]
    chosen, models = parse_setting("avatar_free"), ModelStore.default()
    seen = conditions.Conditions.open(FreeAvatarSetting().sees, chosen, models)
    crops = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    _, fields = seen.of(crops)
    expected = TEACHERS.load("resnet18_fer2013")(chosen.contract, models).predict(crops)
    columns = [LABEL_SPACES["fer2013"].classes.index(name) for name in EXPRESSIONS]
    np.testing.assert_allclose(fields["posteriors"], expected[:, columns], rtol=1e-5)


def hull_of(rendered, shift=(0, 0), scale=1.0, shape=None):
    height, width = shape or rendered.image.shape[:2]
    points = rendered.landmarks * scale + shift
    return fill_polygon(np.zeros((height, width), np.uint8), face_outline(points), 1).astype(bool)


def moved(face, shift, scale=1.0):
    return FoundFace(
        (face.box * scale + np.tile(shift, 2)).astype(np.float32),
        face.score,
        (face.points * scale + shift).astype(np.float32),
    )


@pytest.mark.parametrize(
    "setting", ["blackout", "blur kernel=61", "pixelate block=32", "blur kernel=61,region=crop"]
)
def test_the_whole_face_changes_and_nothing_outside_the_mask(setting, rendered, truth):
    edited = open_editor(parse_setting(setting)).edit(rendered.image, [rendered.face])
    assert [one.outcome for one in edited.outcomes] == [Outcome.ANONYMIZED]
    assert (edited.image[~edited.mask] == rendered.image[~edited.mask]).all()
    hull = hull_of(rendered)
    assert edited.mask[hull].all()
    assert (edited.image != rendered.image).any(axis=2)[hull].mean() > 0.9
    assert edited.mask.dtype == bool
    assert not edited.mask.all()


def test_the_released_pixels_are_those_that_were_measured(rendered, truth):
    """Inside the hull, the picture shows the crop of `Blur` itself, resampled."""
    edited = open_editor(parse_setting("blur kernel=61")).edit(rendered.image, [rendered.face])
    from bauta.alignment.crop import warp_crop  # noqa: PLC0415
    from bauta.anonymize.classical.blur import blur  # noqa: PLC0415

    matrix = fit_similarity(rendered.face.points, CropContract().template())
    expected = cv2.warpAffine(
        blur(warp_crop(rendered.image, matrix, SIDE), 61),
        matrix,
        rendered.image.shape[1::-1],
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
    )
    hull = hull_of(rendered)
    assert np.abs(edited.image[hull].astype(int) - expected[hull]).max() <= 2


@pytest.mark.parametrize("setting", ["blur kernel=101", "pixelate block=64", "blackout"])
def test_high_frequencies_of_the_original_are_gone_from_the_face(setting, rendered, truth):
    """Noise in the face, of which an edge-to-edge replacement leaves nothing."""
    rng = np.random.default_rng(0)
    hull = hull_of(rendered)
    noisy = rendered.image.copy()
    noisy[hull] = rng.integers(0, 256, (int(hull.sum()), 3))
    edited = open_editor(parse_setting(setting)).edit(noisy, [rendered.face])
    inner = cv2.erode(hull.astype(np.uint8), np.ones((5, 5))).astype(bool)
    detail = np.abs(cv2.Laplacian(edited.image.astype(np.float32), cv2.CV_32F))[inner]
    original = np.abs(cv2.Laplacian(noisy.astype(np.float32), cv2.CV_32F))[inner]
    assert detail.mean() < 0.05 * original.mean()


def side_by_side(rendered, gap):
    """Two faces, of which the second covers part of the first."""
    height, width = rendered.image.shape[:2]
    canvas = np.full((height, width * 2, 3), 120, np.uint8)
    canvas[:, :width] = rendered.image
    canvas[:, gap : gap + width] = rendered.image
    return canvas, [rendered.face, moved(rendered.face, (gap, 0))]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_overlapping_faces_both_are_anonymized_in_any_order(order, rendered, truth):
    gap = int(np.ptp(rendered.landmarks[:, 0]) * 0.7)
    canvas, faces = side_by_side(rendered, gap)
    rng = np.random.default_rng(0)
    both = hull_of(rendered, shape=canvas.shape[:2]) | hull_of(rendered, (gap, 0), shape=canvas.shape[:2])
    canvas[both] = rng.integers(0, 256, (int(both.sum()), 3))
    edited = open_editor(parse_setting("blur kernel=101")).edit(canvas, [faces[i] for i in order])
    inner = cv2.erode(both.astype(np.uint8), np.ones((5, 5))).astype(bool)
    detail = np.abs(cv2.Laplacian(edited.image.astype(np.float32), cv2.CV_32F))[inner]
    assert np.quantile(detail, 0.999) < 60  # of noise, the median is above 200
    assert {one.outcome for one in edited.outcomes} == {Outcome.ANONYMIZED}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_where_a_small_face_lies_on_a_large_one_the_wide_blur_wins(order, rendered, truth):
    """A blur as narrow as the small face would show the large one."""
    shift = rendered.landmarks[[33]] * 0.7  # about the nose
    faces = [rendered.face, moved(rendered.face, shift[0], 0.3)]
    editor = open_editor(parse_setting("blur kernel=101"))
    alone = editor.edit(rendered.image, faces[:1])
    both = editor.edit(rendered.image, [faces[i] for i in order])
    hull = hull_of(rendered)
    assert (both.image[hull] == alone.image[hull]).all()


def test_a_face_partly_outside_the_picture_is_edited(rendered, truth):
    x = int(rendered.landmarks[:, 0].mean())
    cut = np.ascontiguousarray(rendered.image[:, x:])
    edited = open_editor(parse_setting("blur kernel=61")).edit(cut, [moved(rendered.face, (-x, 0))])
    assert edited.outcomes[0].outcome is Outcome.ANONYMIZED
    assert edited.mask[hull_of(rendered)[:, x:]].all()


@pytest.mark.parametrize("scale", [0.12, 3.0])
def test_very_small_and_very_large_faces_are_edited(scale, rendered, truth):
    size = tuple(round(side * scale) for side in rendered.image.shape[1::-1])
    image = cv2.resize(rendered.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    edited = open_editor(parse_setting("blur kernel=61")).edit(image, [moved(rendered.face, (0, 0), scale)])
    assert edited.outcomes[0].outcome is Outcome.ANONYMIZED
    assert edited.mask[hull_of(rendered, scale=scale, shape=image.shape[:2])].all()
    assert (edited.image[~edited.mask] == image[~edited.mask]).all()


@pytest.mark.parametrize("fallback", ["blackout", "blur"])
def test_a_face_without_landmarks_falls_back(fallback, rendered, truth):
    truth.landmarks = np.full((68, 2), np.nan)
    edited = open_editor(parse_setting("blur kernel=61"), fallback=fallback).edit(
        rendered.image, [rendered.face]
    )
    (outcome,) = edited.outcomes
    assert outcome.outcome is Outcome.FALLBACK
    assert "no landmarks" in outcome.reason
    x0, y0, x1, y1 = rendered.face.box.round().astype(int)
    inside = edited.image[y0:y1, x0:x1]
    assert edited.mask[y0:y1, x0:x1].all()
    assert (not inside.any()) if fallback == "blackout" else inside.any()
    assert (edited.image[~edited.mask] == rendered.image[~edited.mask]).all()


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (np.full((5, 2), 40.0), "not aligned: expected points spread"),
        (np.full((5, 2), np.nan), "not aligned: expected finite"),
    ],
)
def test_points_that_are_no_face_fall_back(points, said, rendered, truth):
    face = FoundFace(rendered.face.box, 0.9, points.astype(np.float32))
    (outcome,) = open_editor(parse_setting("blackout")).edit(rendered.image, [face]).outcomes
    assert outcome.outcome is Outcome.FALLBACK
    assert said in outcome.reason


def test_landmarks_beside_the_face_fall_back(rendered, truth):
    truth.landmarks = truth.landmarks + 60
    (outcome,) = open_editor(parse_setting("blur kernel=61")).edit(rendered.image, [rendered.face]).outcomes
    assert outcome.outcome is Outcome.FALLBACK
    assert "from where the face was found" in outcome.reason


def test_a_box_much_larger_than_the_crop_falls_back(rendered, truth):
    x0, y0, x1, y1 = rendered.face.box
    wide = np.array([x0 - 3 * (x1 - x0), y0, x1 + 3 * (x1 - x0), y1], dtype=np.float32)
    face = FoundFace(wide, 0.9, rendered.face.points)
    edited = open_editor(parse_setting("blur kernel=61")).edit(rendered.image, [face])
    assert edited.outcomes[0].reason == "the face reaches out of its crop"


def test_a_face_beside_the_picture_fails(rendered, truth):
    face = moved(rendered.face, (5000, 0))
    broken = FoundFace(face.box, 0.9, np.full((5, 2), np.nan, np.float32))
    edited = open_editor(parse_setting("blackout")).edit(rendered.image, [broken])
    assert edited.outcomes[0].outcome is Outcome.FAILED
    assert (edited.image == rendered.image).all()


class Backend:
    """An anonymizer for a test."""

    sees = frozenset({"images", "subjects"})

    def __init__(self, act):
        self.act, self.seen = act, []

    def anonymize(self, batch, *, seed):
        self.seen.append(batch)
        return self.act(batch)


def editor_with(act, truth):
    backend = Backend(act)
    conditions = crop_editor.Conditions(truth, None, None)
    return backend, crop_editor.CropEditor(
        ChosenSetting("blackout"), backend, conditions, hull=False, fallback="blackout"
    )


def result(batch, images, mask=None, status=Status.OK):
    masks = np.ones(images.shape[:3], np.uint8) if mask is None else mask
    return AnonymizedBatch(images, np.full(len(batch), status.code, np.uint8), masks)


def refuse(batch):
    raise AnonymizationError("out of luck")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (refuse, "the anonymizer failed: out of luck"),
        (lambda batch: result(batch, batch.images), "it came back unchanged"),
        (lambda batch: result(batch, batch.images * 0, status=Status.NO_FACE), "gave it up (no_face)"),
        (
            lambda batch: result(batch, batch.images * 0, np.zeros(batch.images.shape[:3], np.uint8)),
            "it came back",
        ),
    ],
)
def test_what_an_anonymizer_did_not_do_falls_back(act, said, rendered, truth):
    edited = editor_with(act, truth)[1].edit(rendered.image, [rendered.face])
    assert edited.outcomes[0].outcome is Outcome.FALLBACK
    assert said in edited.outcomes[0].reason
    x0, y0, x1, y1 = rendered.face.box.round().astype(int)
    assert not edited.image[y0:y1, x0:x1].any()


def test_what_an_anonymizer_leaves_of_the_region_is_blurred_away(rendered, truth):
    """A generator that draws the middle only: around it, the region shows no detail of the original."""

    def middle(batch):
        mask = np.zeros(batch.images.shape[:3], np.uint8)
        mask[:, 70:200, 70:186] = 1
        return result(batch, np.where(mask[..., None], 90, batch.images).astype(np.uint8), mask)

    rng = np.random.default_rng(0)
    hull = hull_of(rendered)
    noisy = rendered.image.copy()
    noisy[hull] = rng.integers(0, 256, (int(hull.sum()), 3))
    edited = editor_with(middle, truth)[1].edit(noisy, [rendered.face])
    assert edited.outcomes[0].outcome is Outcome.ANONYMIZED
    detail = np.abs(cv2.Laplacian(edited.image.astype(np.float32), cv2.CV_32F))[hull]
    assert np.quantile(detail, 0.99) < 60


def test_identities_reach_the_anonymizer_and_else_depend_on_the_pixels(rendered, truth):
    def black(batch):
        return result(batch, batch.images * 0)

    backend, editor = editor_with(black, truth)
    editor.edit(rendered.image, [rendered.face], ["track 7"])
    editor.edit(rendered.image, [rendered.face])
    editor.edit_all(
        [EditRequest(rendered.image, [rendered.face]), EditRequest(rendered.image, [rendered.face])]
    )
    names = [list(batch.subjects) for batch in backend.seen]
    assert names[0] == ["track 7"]
    assert names[1] == names[2][:1] == names[2][1:]
    assert names[1] != names[0]
    with pytest.raises(DataError, match="expected one identity for each of 1 faces, got 2"):
        editor.edit(rendered.image, [rendered.face], ["a", "b"])


def test_several_pictures_share_a_batch_and_change_as_they_do_alone(rendered, truth):
    editor = open_editor(parse_setting("pixelate block=32"))
    other = np.ascontiguousarray(rendered.image[:, ::-1])
    requests = [EditRequest(rendered.image, [rendered.face]), EditRequest(other, [])]
    together = editor.edit_all(requests)
    alone = editor.edit(rendered.image, [rendered.face])
    assert (together[0].image == alone.image).all()
    assert (together[1].image == other).all()
    assert not together[1].mask.any()


def test_the_original_stays_as_it_is(rendered, truth):
    before = rendered.image.copy()
    open_editor(parse_setting("blackout")).edit(rendered.image, [rendered.face])
    assert (rendered.image == before).all()


def test_an_array_that_is_no_picture_is_refused(rendered, truth):
    with pytest.raises(DataError, match="expected a uint8"):
        open_editor(parse_setting("blackout")).edit(rendered.image[..., 0], [])


@pytest.mark.parametrize("backend", ["ksame", "identity"])
def test_what_makes_no_sense_for_a_picture_is_refused(backend):
    options = {"k": 2} if backend == "ksame" else {}
    with pytest.raises(ConfigError, match="cannot be applied to pictures"):
        open_editor(ChosenSetting(backend, options))


def test_the_real_landmarks_lead_to_the_same(rendered, real_models):
    real_models("dlib_shape_predictor_68")
    edited = open_editor(parse_setting("blur kernel=61")).edit(rendered.image, [rendered.face])
    assert edited.outcomes[0].outcome is Outcome.ANONYMIZED
    assert edited.mask[hull_of(rendered)].mean() > 0.99
