"""A generator that changes the avatar's drawing of nobody."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gan_faces import CONTRACT, RECIPE, small_faces, small_judges

from bauta.anonymize.avatar.composite import BACKGROUND
from bauta.contract import CropContract
from bauta.errors import ConfigError
from bauta.inference.onnx_session import open_session
from bauta.labels import EXPRESSIONS
from bauta.models.store import ModelStore
from bauta.train.cgan import fit as fitting
from bauta.train.cgan.appearance import LIMIT
from bauta.train.cgan.batches import Batches
from bauta.train.cgan.export import export_generator
from bauta.train.cgan.faces import GanSource
from bauta.train.cgan.fit import fit_generator
from bauta.train.cgan.networks import Generator
from bauta.train.cgan.nobody import NobodyOfBook
from bauta.train.cgan.recipe import Weights
from bauta.train.fit import reproducible

CPU = torch.device("cpu")
SIZE = 64
DRAWN = replace(RECIPE, conditions="drawing", size=SIZE, weights=Weights(inversion=1.0))


@pytest.fixture(autouse=True)
def few_people(monkeypatch):
    """Noise of two dozen photographs has too few pairs for the thresholds of real trainings."""
    monkeypatch.setattr(fitting, "MATCH_FAR", 0.1)
    monkeypatch.setattr(fitting, "DEV_FAR", 0.1)
    monkeypatch.setattr("bauta.train.cgan.development.DEV_FAR", 0.1)


def drawn_faces(photographs, others=0, *, seed=0):
    faces, rng = small_faces(photographs, others, seed=seed, size=SIZE), np.random.default_rng(seed + 100)
    drawings = rng.integers(0, 256, (len(faces), SIZE, SIZE, 3), dtype=np.uint8)
    proportions = 0.1 * rng.normal(size=(len(faces), 68, 2)).astype(np.float32)
    return replace(faces, given={**faces.given, "drawing": drawings}, proportions=proportions)


def given_of(faces):
    return {name: torch.from_numpy(values) for name, values in faces.given.items()}


def test_an_untrained_generator_shows_the_drawing_as_it_is():
    faces = drawn_faces(3)
    with torch.no_grad():
        images = Generator(DRAWN).eval()(given_of(faces))
    expected = (faces.given["drawing"].transpose(0, 3, 1, 2) / 127.5 - 1.0).clip(-LIMIT, LIMIT)
    np.testing.assert_allclose(images, expected, atol=1e-5)


def test_a_mirror_image_has_a_mirrored_drawing():
    faces = drawn_faces(4)
    batch = Batches(faces, CPU, recipe=DRAWN).take(torch.tensor([2, 2]), torch.tensor([False, True]))
    own, mirrored = batch.given["drawing"]
    np.testing.assert_array_equal(own, faces.given["drawing"][2])
    np.testing.assert_array_equal(mirrored, faces.given["drawing"][2][:, ::-1])


def test_it_is_trained_and_exported(tmp_path):
    faces = drawn_faces(24, 12)
    with reproducible(1):
        fit = fit_generator(faces, drawn_faces(16, 8, seed=1), small_judges(SIZE), DRAWN, seed=0, device=CPU)
    assert fit.curve[-1]["step"] == DRAWN.steps
    export_generator(fit.network, tmp_path / "generator.onnx")
    few = drawn_faces(2, seed=2)
    (drawn,) = open_session(tmp_path / "generator.onnx").run(None, few.given)
    with torch.no_grad():
        images = fit.network(given_of(few))
    np.testing.assert_allclose(drawn, ((images + 1) * 127.5).permute(0, 2, 3, 1), atol=2.0)


@pytest.mark.parametrize("enlarged", [2, 4])
def test_a_larger_drawing_is_changed_as_the_small_one_is_and_keeps_its_detail(tmp_path, enlarged):
    torch.manual_seed(0)
    network = Generator(DRAWN).eval()
    with torch.no_grad():
        network.exit.weight.normal_(std=0.6)
    export_generator(network, tmp_path / "small.onnx")
    export_generator(network, tmp_path / "large.onnx", enlarged=enlarged)
    given = {name: values[:1] for name, values in drawn_faces(1).given.items()}
    given["drawing"] = np.full_like(given["drawing"], 90)
    (small,) = open_session(tmp_path / "small.onnx").run(None, given)
    # Lines that are gone in the mean of every two rows.
    fine = np.full((1, enlarged * SIZE, enlarged * SIZE, 3), 80, dtype=np.uint8)
    fine[:, ::2] = 100
    (large,) = open_session(tmp_path / "large.onnx").run(None, {**given, "drawing": fine})
    assert large.shape == fine.shape
    assert small.std() > 5
    reduced = large[0].reshape(SIZE, enlarged, SIZE, enlarged, 3).mean(axis=(1, 3))
    # Where the change is enlarged further, its bilinear surface has its corners elsewhere.
    assert np.abs(reduced - small[0]).mean() < 0.05 * small.std()
    lines = large[0, ::2].astype(float) - large[0, 1::2]
    assert np.median(lines) == pytest.approx(20, abs=4)


def test_the_plain_background_of_a_drawing_stays(tmp_path):
    torch.manual_seed(0)
    network = Generator(DRAWN).eval()
    with torch.no_grad():
        network.exit.weight.normal_(std=2.0)
    given = given_of(drawn_faces(1))
    head = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    head[16:48, 16:48] = True
    given["drawing"][:, ~head] = torch.tensor(BACKGROUND, dtype=torch.uint8)
    with torch.no_grad():
        pixels = (network(given)[0].permute(1, 2, 0) + 1) * 127.5
    assert (pixels[~head] - torch.tensor(BACKGROUND)).abs().max() < 0.01
    changed = (pixels - given["drawing"][0].float())[head].abs()
    assert changed.mean() > 5


def test_a_mean_face_cannot_be_enlarged():
    with pytest.raises(ConfigError, match="expected conditions: drawing with enlarged 2, got landmarks"):
        replace(RECIPE, conditions="landmarks", enlarged=2)


def test_the_discriminator_sees_the_face_and_photographs_with_their_own_landmarks(monkeypatch):
    """Of the photograph of a face that is wide, the maps are wide."""
    seen, maps = [], Generator(DRAWN).conditions.maps
    judged = fitting._Training.judged

    def watched(self, images, of_images):
        seen.append((images, of_images, judged(self, images, of_images)))
        return seen[-1][-1]

    monkeypatch.setattr(fitting._Training, "judged", watched)
    monkeypatch.setattr(fitting, "judge", lambda *_: fitting.Development(0.0, 0.0))
    faces, recipe = drawn_faces(24), replace(DRAWN, steps=1, evaluate_every=1, jitter=0.0)
    drawn = []
    draw = Batches.draw
    monkeypatch.setattr(Batches, "draw", lambda self, random: drawn.append(draw(self, random)) or drawn[-1])
    with reproducible(1):
        fit_generator(faces, faces, small_judges(SIZE), recipe, seed=0, device=CPU)
    (batch,), (images, of_images, shown) = drawn, seen[0]
    count = len(batch.images)
    own = maps({"landmarks": batch.given["landmarks"] + batch.proportions})
    torch.testing.assert_close(of_images[:count], own)
    torch.testing.assert_close(of_images[count:], maps(batch.given))
    assert shown[0].shape[2:] == (44, 44)
    assert shown[1].shape[2:] == (22, 22)
    torch.testing.assert_close(shown[0], images[:, :, 10:-10, 10:-10])


def test_the_faces_of_a_dataset_that_only_teaches_are_spread_evenly():
    faces = list(range(10))
    table = type("Faces", (), {"__len__": lambda _: 10, "take": lambda _, rows: [faces[row] for row in rows]})
    source = GanSource(None, None, None, None, table())
    assert source.spread(4).faces == [0, 3, 6, 9]
    assert source.spread(None) is source
    assert source.spread(10) is source


def test_the_book_draws_who_is_given_to_the_generator():
    nobody = NobodyOfBook.load(ModelStore.default(), CONTRACT)
    views = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    read = nobody.expressions(views)
    assert read.shape == (3,)
    assert set(read) <= set(range(len(EXPRESSIONS)))
    assert nobody.expressions(views[:0]).shape == (0,)
    own = nobody.book.shapes(7, CONTRACT)[:3]
    landmarks = nobody.landmarks(read, own)
    drawings = nobody.drawings(read, own, 32)
    assert (landmarks.shape, drawings.shape) == ((3, 68, 2), (3, 32, 32, 3))
    large = nobody.book.drawings(read, own, CropContract(64, CONTRACT.margin))
    assert np.abs(large[:, ::2, ::2].astype(int) - drawings).mean() < 12
