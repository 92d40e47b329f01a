"""Conditions, views and losses of the conditional GAN."""

import cv2
import numpy as np
import pytest
import torch
from gan_faces import CONTRACT, SIZE, VIEW
from hypothesis import given as drawn
from hypothesis import strategies as st

from bauta.contract import CropContract
from bauta.labels import PARSING_CLASSES
from bauta.recognize.mobilefacenet_casia import VIEW as CASIA_VIEW
from bauta.train.cgan import losses
from bauta.train.cgan.batches import MIRRORED_CLASSES, Batches, halves
from bauta.train.cgan.conditions import LINES, MIRRORED, Conditions
from bauta.train.cgan.faces import GanFaces
from bauta.train.cgan.pictures import draw_curves
from bauta.train.cgan.recipe import GanRecipe
from bauta.train.cgan.views import enlargement, grey, recognizer_view, teacher_view


def landmarks(seed=0, count=2):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.uniform(-0.7, 0.7, (count, 68, 2)).astype(np.float32))


def test_lines_pass_through_the_landmarks_and_nowhere_else():
    conditions = Conditions("landmarks", 64)
    points = torch.full((1, 68, 2), -0.9)
    points[0, 48:60] = torch.tensor([0.5, 0.25])
    maps = conditions.maps({"landmarks": points})
    lips = maps[0, 2 + [48 in line for part in LINES for line in part[:1]].index(True)]
    row, column = np.unravel_index(int(lips.argmax()), lips.shape)
    assert conditions.centres[column] == pytest.approx(0.5, abs=2 / 64)
    assert conditions.centres[row] == pytest.approx(0.25, abs=2 / 64)
    assert lips[:, :32].max() < 1e-6


def test_the_line_of_the_jaw_is_not_drawn():
    conditions, points = Conditions("landmarks", 32), landmarks()
    moved = points.clone()
    moved[:, [*range(8), *range(9, 17)]] += 0.2
    assert torch.equal(conditions.maps({"landmarks": points}), conditions.maps({"landmarks": moved}))


@pytest.mark.parametrize(
    ("kind", "inputs", "maps", "length"),
    [
        ("landmarks", ("landmarks",), 8, 136),
        ("parsing", ("parsing",), 21, 0),
        ("both", ("landmarks", "parsing"), 27, 136),
        ("blendshapes", ("blendshapes",), 2, 52),
        ("flame", ("flame",), 2, 56),
    ],
)
def test_each_family_sees_what_it_says_and_nothing_else(kind, inputs, maps, length):
    conditions = Conditions(kind, 16)
    assert (conditions.inputs, conditions.channels, conditions.length) == (inputs, maps, length)
    everything = {
        "landmarks": landmarks(),
        "parsing": torch.randint(19, (2, 16, 16), dtype=torch.uint8),
        "blendshapes": torch.rand(2, 52),
        "flame": torch.rand(2, 56),
    }
    given = {name: everything[name] for name in inputs}
    assert conditions.maps(given).shape == (2, maps, 16, 16)
    if length:
        assert conditions.vector(given).shape == (2, length)


def test_parsing_is_one_map_a_class():
    classes = torch.randint(19, (1, 16, 16), dtype=torch.uint8)
    maps = Conditions("parsing", 16).maps({"parsing": classes})[:, 2:]
    assert torch.equal(maps.argmax(1), classes.long())
    assert torch.equal(maps.sum(1), torch.ones(1, 16, 16))


def test_mirroring_twice_changes_nothing():
    assert [MIRRORED[index] for index in MIRRORED] == list(range(68))
    assert [MIRRORED_CLASSES[index] for index in MIRRORED_CLASSES] == list(range(19))
    swapped = {PARSING_CLASSES[a]: PARSING_CLASSES[b] for a, b in enumerate(MIRRORED_CLASSES)}
    assert swapped["l_eye"] == "r_eye"
    assert swapped["r_ear"] == "l_ear"
    assert swapped["l_lip"] == "l_lip"
    assert swapped["neck_l"] == "neck_l"


def crops(size, count=3):
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (count, size // 4, size // 4, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in small])


def enlarged(images, contract):
    return np.stack([cv2.resize(image, (contract.size, contract.size)) for image in images])


@pytest.mark.parametrize("contract", [CONTRACT, CropContract()])
def test_the_teacher_s_view_is_that_of_the_crop_that_the_backend_makes(contract):
    images = crops(SIZE)
    expected = VIEW.render(enlarged(images, contract), contract)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    got = teacher_view(VIEW, contract, SIZE)(grey(pixels))[:, 0].numpy()
    assert np.abs(got - expected).max() < 3.0


def test_the_recognizer_s_view_is_that_of_the_crop_that_the_backend_makes():
    contract, images = CropContract(), crops(128)
    expected = CASIA_VIEW.render(enlarged(images, contract), contract).transpose(0, 3, 1, 2)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    got = recognizer_view(CASIA_VIEW, contract, 128)(pixels).numpy()
    assert np.abs(got - expected).max() < 3.0


def test_an_enlargement_keeps_a_constant():
    assert np.allclose(enlargement(16, 64).sum(1), 1.0)


@drawn(st.integers(0, 1000))
def test_losses_are_zero_where_nothing_is_lost(seed):
    generator = torch.Generator().manual_seed(seed)
    logits, images = torch.randn(5, 7, generator=generator), torch.rand(2, 3, 32, 32, generator=generator)
    assert losses.posterior_loss(logits, logits, 2.0) == pytest.approx(0.0, abs=1e-5)
    assert losses.feature_loss(logits, logits) == pytest.approx(0.0, abs=1e-5)
    assert losses.layout_loss(images, images) == 0.0
    assert losses.perceptual_loss([images], [images]) == 0.0
    other = torch.randn(5, 7, generator=generator)
    assert losses.posterior_loss(other, logits, 2.0) > 0.0


def test_layout_does_not_see_texture():
    image = torch.zeros(1, 3, 64, 64)
    texture = image.clone()
    texture[..., ::2] = 1.0
    texture[..., 1::2] = -1.0
    assert losses.layout_loss(texture, image) == pytest.approx(0.0, abs=1e-6)


def test_a_drawing_may_be_shaded_rather_than_drawn_over():
    drawing = torch.zeros(1, 3, 64, 64)
    shaded, lined = drawing + 0.1, drawing.clone()
    lined[:, :, ::2] = 0.2
    assert losses.drawing_loss(drawing, drawing) == 0
    assert losses.drawing_loss(shaded, drawing) == pytest.approx(0.1, abs=1e-5)
    assert losses.drawing_loss(lined, drawing) > 5 * losses.drawing_loss(shaded, drawing)


def test_likeness_is_penalised_and_its_opposite_is_not_rewarded():
    original = torch.eye(4)
    assert losses.cosine_identity_loss(original, original) == pytest.approx(1.0)
    assert losses.cosine_identity_loss(-original, original) == 0.0
    assert losses.threshold_identity_loss(original, original, 0.6) == pytest.approx(0.4)
    near = original + torch.eye(4).roll(1, 0)
    assert losses.cosine_identity_loss(near, original) > 0.7
    assert losses.threshold_identity_loss(near, original, 0.75) == 0.0


def test_relations_between_faces_are_penalised_where_they_are_kept():
    generator = torch.Generator().manual_seed(0)
    original = torch.randn(40, 8, generator=generator)
    turned = original @ torch.linalg.qr(torch.randn(8, 8, generator=generator)).Q
    assert losses.relational_identity_loss(turned, original) > 0.95
    assert losses.relational_identity_loss(torch.randn(40, 8, generator=generator), original) < 0.1


def test_the_discriminator_s_loss_is_least_where_it_is_right():
    good, bad = [torch.full((2, 1, 4, 4), 2.0)], [torch.full((2, 1, 4, 4), -2.0)]
    assert losses.discriminator_loss(good, bad) == 0.0
    assert losses.discriminator_loss(bad, good) == 6.0
    assert losses.adversarial_loss(good) < losses.adversarial_loss(bad)


def made_up_faces(**given):
    """Five photographs and three other faces."""
    rng = np.random.default_rng(0)
    return GanFaces(
        given={name: values.numpy() for name, values in given.items()},
        views=rng.integers(0, 256, (8, 16, 16), dtype=np.uint8),
        images=rng.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8),
        vectors=rng.normal(size=(5, 4)).astype(np.float32),
        subjects=tuple("abcde"),
        skipped=0,
        sha256="",
    )


def test_a_batch_is_pairs_of_a_face_and_its_mirror_image():
    faces = made_up_faces(landmarks=landmarks(count=8))
    recipe = GanRecipe(batch_size=12, expression_share=0.5, jitter=0.1)
    batch = Batches(faces, torch.device("cpu"), recipe=recipe).draw(torch.Generator().manual_seed(0))
    first, second = halves(3, 3)
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(12))
    assert len(batch.images) == 6
    assert torch.equal(batch.views[first], batch.views[second].flip(3))
    assert torch.equal(batch.images[:3], batch.images[3:].flip(3))
    assert torch.equal(batch.vectors[:3], batch.vectors[3:])
    mirrored = batch.given["landmarks"][second][:, list(MIRRORED)] * torch.tensor([-1.0, 1.0])
    torch.testing.assert_close(batch.given["landmarks"][first], mirrored)


@pytest.mark.parametrize(("kind", "length"), [("blendshapes", 52), ("flame", 56)])
def test_faces_with_numbers_are_not_mirrored(kind, length):
    faces = made_up_faces(**{kind: torch.rand(8, length)})
    batches = Batches(faces, torch.device("cpu"), recipe=GanRecipe(conditions=kind, batch_size=12))
    batch = batches.draw(torch.Generator().manual_seed(0))
    first, second = halves(3, 3)
    assert torch.equal(batch.views[first], batch.views[second])
    assert torch.equal(batch.given[kind][first], batch.given[kind][second])


def test_numbers_are_standardised_whatever_their_scale():
    conditions, scales = Conditions("flame", 16), torch.logspace(-1, 1, 56)
    given = {"flame": torch.randn(500, 56) * scales + 3.0}
    conditions.standardise(given)
    vectors = conditions.vector(given)
    torch.testing.assert_close(vectors.mean(0), torch.zeros(56), atol=1e-4, rtol=0)
    torch.testing.assert_close(vectors.std(0), torch.ones(56), atol=0.02, rtol=0)


def test_a_blot_on_one_side_costs_something_and_one_on_both_does_not():
    drawn, mirrored = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    drawn[:, :, 2, 1] = 1.0
    mirrored[:, :, 2, 6] = 1.0
    assert losses.symmetry_loss(drawn, mirrored) == 0.0
    assert losses.symmetry_loss(drawn, drawn) == pytest.approx(2 / 64)


def test_a_part_of_the_loss_that_was_not_taken_every_time_has_a_curve_of_fewer_points(tmp_path):
    judged = {"kappa": 0.1, "matched": 0.0, "reconstruction": 0.5}
    draw_curves(
        [
            {"step": 1, "identity": 0.8, **judged},
            {"step": 2, **judged},
            {"step": 3, "identity": 0.7, **judged},
        ],
        tmp_path / "curves.png",
    )
    assert cv2.imread(str(tmp_path / "curves.png")) is not None
