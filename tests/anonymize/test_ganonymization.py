"""GANonymization's drawing, letterbox and output, each against the description of the official program."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms.functional import resize

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.quantized import QuantizedGenerator
from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.ganonymization.anonymizer import Ganonymization, meshes
from bauta.anonymize.ganonymization.drawing import Letterbox, draw_dots
from bauta.anonymize.ganonymization.settings import GanonymizationSetting
from bauta.contract import CropContract, Status
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch
from bauta.testing.samples import sample_faces, sure_posteriors


def test_a_dot_is_a_plus_of_five_pixels_at_224():
    canvas = draw_dots(np.array([[0.5, 0.25]]), 256)
    assert canvas.shape == (256, 256, 3)
    assert canvas.dtype == np.uint8
    lit = {(64, 128), (63, 128), (65, 128), (64, 127), (64, 129)}
    assert set(zip(*np.nonzero(canvas[..., 0]), strict=True)) == lit
    assert set(canvas[canvas > 0]) == {224}
    assert np.array_equal(canvas[..., 0], canvas[..., 2])


def test_dots_are_the_circles_that_mediapipe_draws():
    """Its drawing module: a circle of the border's radius 1, then one of radius 0 over it."""
    parts = np.random.default_rng(0).uniform(-0.05, 1.05, (478, 2))
    expected = np.zeros((256, 256, 3), np.uint8)
    for x, y in parts:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            continue
        place = (min(int(np.floor(x * 256)), 255), min(int(np.floor(y * 256)), 255))
        for radius in (1, 0):
            cv2.circle(expected, place, radius, (224, 224, 224), 1)
    np.testing.assert_array_equal(draw_dots(parts, 256), expected)


@pytest.mark.parametrize(
    ("point", "lit"),
    [
        ((0.0, 0.0), {(0, 0), (1, 0), (0, 1)}),
        ((1.0, 1.0), {(255, 255), (254, 255), (255, 254)}),
        ((1.0001, 0.5), set()),
        ((0.5, -0.0001), set()),
    ],
)
def test_the_rim_of_the_canvas(point, lit):
    canvas = draw_dots(np.array([point]), 256)
    assert set(zip(*np.nonzero(canvas[..., 0]), strict=True)) == lit


def test_the_letterbox_fits_the_longer_side_and_centres_the_other():
    box = Letterbox(left=10, top=20, width=60, height=120, side=256)
    assert box.inner == (128, 256)
    assert box.offset == (64, 0)
    # The middle of the first pixel of the box, and the far corner of its last.
    first = box.parts(np.array([[10.0, 20.0]]))
    np.testing.assert_allclose(first, [[(64 + 0.5 * 128 / 60) / 256, 0.5 * 256 / 120 / 256]])
    np.testing.assert_allclose(box.parts(np.array([[69.5, 139.5]])), [[192 / 256, 1.0]])


def test_the_box_is_the_mesh_with_margins():
    mesh = np.array([[10.0, 20.0], [50.0, 100.0]])
    box = Letterbox.round(mesh, (0.1, 0.25, -0.1, 0.0), 256)
    assert (box.left, box.top, box.width, box.height) == (6, 0, 41, 101)


def test_the_head_is_put_where_the_face_was_and_all_else_is_black():
    box = Letterbox(left=20, top=10, width=30, height=40, side=256)
    picture = np.full((256, 256, 3), 200, np.uint8)
    crop = box.paste(picture, 64)
    assert (crop[10:50, 20:50] == 200).all()
    crop[10:50, 20:50] = 0
    assert not crop.any()


def test_a_box_that_leaves_the_crop_is_cut():
    crop = Letterbox(left=-10, top=50, width=30, height=40, side=256).paste(
        np.full((256, 256, 3), 7, np.uint8), 64
    )
    assert (crop[50:, :20] == 7).all()
    assert int((crop[..., 0] == 7).sum()) == 14 * 20


class Spy(nn.Module):
    """Keeps what it is shown and answers with red: +1, −1, −1."""

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1))
        self.shown = []

    def forward(self, x):
        self.shown.append(x.clone())
        return torch.tensor([1.0, -1.0, -1.0])[None, :, None, None].expand(x.shape)


def test_the_network_is_shown_the_drawing_in_minus_one_to_one_and_its_output_is_rgb(faces, contract):
    spy = Spy().eval()
    backend = Ganonymization(GanonymizationSetting(), contract, spy)
    result = backend.anonymize(faces.restricted_to(backend.sees), seed=0)
    shown = torch.cat(spy.shown)
    assert shown.shape[1:] == (3, 512, 512)
    levels = sorted(set(shown.flatten().tolist()))
    assert levels == pytest.approx([-1.0, 224 / 127.5 - 1.0])
    colours = {tuple(colour) for colour in result.images.reshape(-1, 3).tolist()}
    assert colours == {(0, 0, 0), (255, 0, 0)}
    assert (result.mask == 1).all()


def test_trap_4_the_photograph_never_reaches_the_network(faces, contract):
    spy = Spy().eval()
    backend = Ganonymization(GanonymizationSetting(), contract, spy)
    assert backend.sees == {"mesh"}
    backend.anonymize(faces, seed=0)
    first = torch.cat(spy.shown)
    spy.shown.clear()
    backend.anonymize(replace(faces, images=255 - faces.images), seed=0)
    assert torch.equal(first, torch.cat(spy.shown))


def test_trap_3_without_a_mesh_there_is_no_average_face(faces, contract):
    faces.mesh[2] = np.nan
    result = Ganonymization(GanonymizationSetting(), contract, Spy().eval()).anonymize(faces, seed=0)
    assert result.status[2] == Status.NO_FACE.code
    assert not result.images[2].any()
    assert (np.delete(result.status, 2) == Status.OK.code).all()


@cache
def shipped_book():
    return AvatarBook.read(ModelStore.default().path("avatar"))


def test_a_quantized_head_is_that_of_its_states_drawing(contract):
    """Faces of one state get one head, drawn once; no mesh of a face is needed, and none is no head."""
    quantizer, asked = Quantizer(shipped_book(), 7, contract), []
    mesh = sample_faces(1, 1).mesh

    def found(names, drawings):
        for name, drawing in zip(names, drawings, strict=True):
            np.testing.assert_array_equal(drawing, quantizer.drawing(int(name.removeprefix("state "))))
        asked.extend(names)
        shift = np.array([int(name.removeprefix("state ")) for name in names])[:, None, None]
        return FaceBatch(list(names), mesh=np.where(shift == 4, np.nan, mesh + shift).astype(np.float32))

    plain = Ganonymization(GanonymizationSetting(), contract, Spy().eval())
    backend = QuantizedGenerator(plain, quantizer, found)
    read = ["angry", "happy", "angry", "sad", "happy", None]
    faces = FaceBatch(
        list("abcdef"), landmarks=sample_faces(6, 1).landmarks, posteriors=sure_posteriors(read)
    )
    assert backend.sees == GanonymizationSetting(quantize=7).sees
    done = backend.anonymize(faces, seed=0)
    ok, failed = Status.OK.code, Status.FAILED.code
    assert done.status.tolist() == [ok, ok, ok, failed, ok, failed]
    assert sorted(asked) == ["state 0", "state 3", "state 4"], "each state is drawn once"
    np.testing.assert_array_equal(done.images[0], done.images[2])
    assert (done.images[0] != done.images[1]).any()
    expected = plain.anonymize(found(["state 3"], quantizer.drawing(3)[None]), seed=0)
    np.testing.assert_array_equal(done.images[1], expected.images[0])
    assert not done.images[[3, 5]].any()
    asked.clear()
    backend.anonymize(faces, seed=0)
    assert asked == []


def test_without_quantization_the_key_is_the_old_one():
    assert GanonymizationSetting().keyed == {"epochs": 25, "size": 512}
    assert GanonymizationSetting(quantize=16).keyed == {"epochs": 25, "size": 512, "quantize": 16}
    assert GanonymizationSetting(quantize=16).outputs == 16


@pytest.mark.models
def test_mediapipe_finds_the_mesh_of_each_state_where_its_landmarks_are(real_models):
    models = real_models("mediapipe_face_landmarker")
    contract = CropContract()
    quantizer = Quantizer(shipped_book(), 16, contract)
    drawings = np.stack([quantizer.drawing(code) for code in range(16)])
    mesh = meshes(contract, models)([str(code) for code in range(16)], drawings).mesh
    assert np.isfinite(mesh).all()
    corners = np.linalg.norm(mesh[:, [33, 263]] - quantizer.landmarks[:, [36, 45]], axis=-1)
    assert np.median(corners) < 0.03 * contract.size


def test_the_box_on_the_canvas_is_truncated_as_by_the_official_program():
    """Its ratio times the side, `int(ratio * width)`, over sizes of boxes as faces have them."""
    sides = np.random.default_rng(0).integers(40, 300, (600, 2)).tolist()
    for width, height in sides:
        ratio = min(512 / width, 512 / height)
        box = Letterbox(left=0, top=0, width=width, height=height, side=512)
        assert box.inner == (int(ratio * width), int(ratio * height))
    rounded = [(round(min(512 / w, 512 / h) * w), round(min(512 / w, 512 / h) * h)) for w, h in sides]
    boxes = [Letterbox(0, 0, w, h, 512).inner for w, h in sides]
    assert sum(one != other for one, other in zip(boxes, rounded, strict=True)) > 200


def test_at_256_the_network_is_shown_the_drawing_of_512_made_smaller_as_it_was_trained(faces, contract):
    """What torchvision's Resize makes of the image files that the official preparation writes."""
    shown = {}
    for size in (256, 512):
        spy = Spy().eval()
        backend = Ganonymization(GanonymizationSetting(size=size), contract, spy)
        backend.anonymize(faces.restricted_to(backend.sees), seed=0)
        shown[size] = ((torch.cat(spy.shown) + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    for large, small in zip(shown[512], shown[256], strict=True):
        expected = np.asarray(resize(Image.fromarray(large), [256, 256]))
        np.testing.assert_array_equal(small, expected)
    # 478 dots of five pixels of 224 in 512 × 512 pixels are 2.04 grey levels, fewer where they overlap.
    assert shown[256].mean() == pytest.approx(shown[512].mean(), rel=0.02)
    assert shown[256].mean() < 2.1


def test_the_official_size_is_the_default():
    assert GanonymizationSetting().size == 512
    with pytest.raises(ValueError, match="256"):
        GanonymizationSetting(size=300)
