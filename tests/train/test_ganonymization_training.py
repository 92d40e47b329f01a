"""Training GANonymization's generator further: what is pasted, what is learnt, how it resumes and ends."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from gan_faces import CONTRACT, small_judges
from mesh_faces import FINETUNE, SIDE, SmallUNet, mesh_faces

from bauta.anonymize.ganonymization import trained as backend
from bauta.anonymize.ganonymization.anonymizer import Ganonymization
from bauta.anonymize.ganonymization.drawing import Letterbox
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.ganonymization.settings import TrainedGanonymizationSetting
from bauta.anonymize.generator_card import TENSORS, subject_digest
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.errors import DataError, ModelError
from bauta.express.card import file_sha256
from bauta.inference.torch_network import load_strictly
from bauta.models.tensor_file import load_tensors, save_tensors
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.samples import sample_faces
from bauta.train.cgan import losses
from bauta.train.cgan.batches import FaceRows
from bauta.train.cgan.development import Development
from bauta.train.cgan.faces import GanSource, shrink
from bauta.train.cgan.recipe import Weights
from bauta.train.fit import TrainingError, reproducible
from bauta.train.ganonymization import anonymizer as making
from bauta.train.ganonymization import fit as fitting
from bauta.train.ganonymization.fit import finetune_generator
from bauta.train.ganonymization.heads import Heads, face_masks, paste, shrinking
from bauta.train.ganonymization.recipe import FinetuneRecipe, recipe_of
from bauta.train.trainers import train_backend

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def few_people(monkeypatch):
    """Two dozen photographs have too few pairs for the thresholds of real trainings."""
    monkeypatch.setattr(fitting, "DEV_FAR", 0.1)
    monkeypatch.setattr("bauta.train.cgan.development.DEV_FAR", 0.1)


# --- pasting


@pytest.mark.parametrize(
    "box",
    [
        Letterbox(left=10, top=8, width=41, height=47, side=256),
        Letterbox(left=-9, top=30, width=30, height=50, side=128),
        Letterbox(left=3, top=2, width=57, height=60, side=60),
        Letterbox(left=-20, top=-30, width=120, height=130, side=64),
    ],
    ids=["smaller", "cut", "as large", "larger"],
)
def test_a_head_is_pasted_as_by_the_backend(box):
    rng = np.random.default_rng(0)
    head = rng.integers(0, 256, (box.side, box.side, 3), dtype=np.uint8)
    expected = box.paste(head, 64)
    given = torch.from_numpy(head).permute(2, 0, 1)[None].float() / 127.5 - 1.0
    pasted = (paste(given, [box], 64)[0].permute(1, 2, 0).numpy() + 1.0) * 127.5
    # OpenCV rounds to bytes; where it enlarges, it also rounds its weights.
    assert np.abs(pasted - expected).max() < (0.51 if min(box.inner) > box.width else 1.5)
    assert (pasted[expected.sum(axis=2) == 0] < 1.5).all()


def test_crops_are_those_of_the_backend_whatever_the_batch():
    faces, network = sample_faces(3, 2), SmallUNet().eval()
    setting = TrainedGanonymizationSetting(size=256)
    expected = Ganonymization(setting, CONTRACT, network.requires_grad_(False)).anonymize(faces, seed=0)
    given = {"mesh": torch.from_numpy(faces.mesh)}
    with torch.no_grad():
        crops = Heads(network, 256, CONTRACT)(given)
    pixels = ((crops + 1.0) * 127.5).permute(0, 2, 3, 1).numpy()
    # The backend rounds the head to bytes, and then the crop.
    assert np.abs(pixels - expected.images).max() < 1.1
    assert expected.images.std() > 5
    torch.testing.assert_close(Heads(network, 256, CONTRACT)(given), crops)


def test_a_crop_has_gradients_for_the_weights_of_the_network():
    network = SmallUNet()
    crops = Heads(network, SIDE, CONTRACT)({"mesh": torch.from_numpy(sample_faces(1, 2).mesh)})
    crops[:, :, 30:40, 30:40].mean().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_the_mirror_image_of_a_mesh_is_drawn_where_the_mirror_image_of_the_face_is():
    faces = mesh_faces(4)
    rows, size = torch.arange(4), CONTRACT.size
    batches = FaceRows(faces, CPU, size)
    plain, other = (batches.take(rows, torch.full((4,), mirrored)) for mirrored in (False, True))
    torch.testing.assert_close(other.given["mesh"][..., 0], size - 1 - plain.given["mesh"][..., 0])
    torch.testing.assert_close(other.given["mesh"][..., 1], plain.given["mesh"][..., 1])
    torch.testing.assert_close(other.images, plain.images.flip(3))
    masks = [face_masks(batch.given["mesh"], CONTRACT, 32) for batch in (plain, other)]
    assert (masks[0] - masks[1].flip(3)).abs().mean() < 0.02
    assert 0.1 < masks[0].mean() < 0.5


def test_crops_are_scaled_down_as_photographs_are():
    contract = CropContract(size=96)
    crops = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), dtype=np.uint8)
    given = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    small = shrinking(contract, 32)(given).permute(0, 2, 3, 1).numpy()
    assert np.abs(small - shrink(crops, 32)).max() < 0.51


# --- training


def train(recipe=FINETUNE, seed=0, checkpoint=None, start="", weights=0, faces=None):
    with reproducible(1):
        return finetune_generator(
            SmallUNet(weights),
            faces or mesh_faces(24),
            mesh_faces(16, seed=1),
            small_judges(CONTRACT.size),
            recipe,
            seed=seed,
            device=CPU,
            start=start,
            checkpoint=checkpoint,
        )


def flat(network):
    return torch.cat([values.flatten() for values in network.state_dict().values()])


@pytest.fixture
def rising(monkeypatch):
    """Each evaluation is better than the one before, so the last weights are kept."""

    def install():
        steps = iter(range(100))
        monkeypatch.setattr(fitting, "judge", lambda *_: Development(next(steps) / 100, 0.0))

    return install


def test_a_seed_gives_the_same_weights_and_another_seed_others(rising):
    rising()
    first = train()
    rising()
    again = train()
    rising()
    other = train(seed=1)
    assert torch.equal(flat(first.network), flat(again.network))
    assert first.curve == again.curve
    assert not torch.equal(flat(first.network), flat(other.network))
    assert not torch.equal(flat(first.network), flat(SmallUNet()))
    assert [point["step"] for point in first.curve] == [0, 2, 4, 6]
    assert {"adversarial", "reconstruction", "identity", "expression"} <= first.curve[1].keys()


def test_the_published_weights_are_kept_if_nothing_better_is_found(monkeypatch):
    scores = iter([0.5, 0.1, 0.2, 0.3, 0.9])
    monkeypatch.setattr(fitting, "judge", lambda *_: Development(next(scores), 0.0))
    fit = train(replace(FINETUNE, steps=20, patience=2))
    assert (fit.judgement.kappa, fit.judgement.step) == (0.5, 0)
    assert fit.curve[-1]["step"] == 4
    assert torch.equal(flat(fit.network), flat(SmallUNet()))


@pytest.mark.parametrize(
    ("weights", "part"),
    [
        (Weights(0.0, 0.0, 0.0, 1.0), "expression"),
        (Weights(0.0, 0.0, 1.0, 0.0), "identity"),
        (Weights(0.0, 1.0, 0.0, 0.0), "reconstruction"),
    ],
)
def test_each_part_of_the_loss_falls_if_it_has_a_weight(weights, part, monkeypatch, rising):
    """On one batch of bright faces that resemble the generated ones in the eyes of the recognizer."""
    rising()
    faces, judges, draw, drawn = mesh_faces(24), small_judges(CONTRACT.size), fitting._draw, []
    with torch.no_grad():
        found = judges.embed(
            Heads(SmallUNet(), SIDE, CONTRACT)({"mesh": torch.from_numpy(faces.given["mesh"])})
        )
    noise = found.std() * torch.randn(found.shape, generator=torch.Generator().manual_seed(0))
    faces = replace(faces, images=np.full_like(faces.images, 220), vectors=(found + noise).numpy())

    def one_batch(training, random):
        drawn.append(draw(training, random))
        return drawn[0]

    monkeypatch.setattr(fitting, "_draw", one_batch)
    recipe = replace(FINETUNE, weights=weights, steps=16, evaluate_every=1, patience=99, learning_rate=2e-3)
    losses_of = [point[part] for point in train(recipe, faces=faces).curve[1:]]
    assert len(losses_of) == 16
    assert losses_of[-1] < losses_of[7] < losses_of[0]


def test_a_training_that_broke_off_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    expected, path, step = train(), tmp_path / "state", fitting._step

    def stop(state, training):
        if state.step == 5:
            raise KeyboardInterrupt
        return step(state, training)

    monkeypatch.setattr(fitting, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(checkpoint=path)
    steps = []
    monkeypatch.setattr(
        fitting, "_step", lambda state, training: (steps.append(state.step), step(state, training))[1]
    )
    resumed = train(checkpoint=path)
    assert steps == [4, 5]
    assert resumed.curve == expected.curve
    assert torch.equal(flat(resumed.network), flat(expected.network))


def test_a_checkpoint_from_other_published_weights_is_not_used(tmp_path):
    path = tmp_path / "state"
    train(checkpoint=path, start="one")
    expected = train(start="two", weights=1)
    assert train(checkpoint=path, start="two", weights=1).curve == expected.curve


def test_a_loss_that_is_not_finite_stops_the_training(monkeypatch, rising):
    rising()
    monkeypatch.setattr(losses, "layout_loss", lambda generated, _: generated.sum() * float("nan"))
    with pytest.raises(TrainingError, match="not finite in step 1"):
        train()


def test_a_setting_becomes_a_recipe():
    setting = TrainedGanonymizationSetting(
        finetune="ganonymization_50", size=256, lambda_id=2.0, lambda_expr=0.0, steps=80
    )
    recipe = recipe_of(setting.model_dump())
    expected = FinetuneRecipe(
        start="ganonymization_50",
        side=256,
        weights=Weights(identity=2.0, expression=0.0),
        steps=80,
        evaluate_every=10,
    )
    assert recipe == expected


# --- from stores to a folder, and from there to a backend


class Shelf:
    """A store of model files with published weights that nobody trained."""

    def __init__(self, folder, network):
        self.folder = folder
        save_tensors(network.state_dict(), self.path("ganonymization_25"))

    def path(self, name):
        return self.folder / f"{name}.safetensors"

    def sha256(self, name):
        return name


def write(path, ids, **arrays):
    specs = {key: ArraySpec(rows.shape[1:], rows.dtype.name) for key, rows in arrays.items()}
    with StoreWriter(path, specs, list(ids)) as writer:
        writer.append(**arrays)
    return Store.open(path)


def source(folder, faces, partition, prefix):
    count = len(faces)
    ids = tuple(f"{prefix}{name}" for name in faces.face_ids)
    folder.mkdir()
    return GanSource(
        crops=write(folder / "crops.zarr", ids, images=faces.images, status=np.zeros(count, np.uint8)),
        landmarks=write(folder / "landmarks.zarr", ids, points=faces.landmarks),
        mesh=write(folder / "mesh.zarr", ids, points=faces.mesh, blendshapes=faces.blendshapes),
        parsing=None,
        faces=FaceTable(
            face_ids=ids,
            subjects=tuple(f"{prefix}{subject}" for subject in faces.subjects),
            expressions=tuple(faces.labels),
            partitions=(partition,) * count,
            roles=(None,) * count,
            statuses=("ok",) * count,
            split_sha256="split",
        ),
    )


@pytest.fixture
def sources(tmp_path):
    """Training and development faces of different people; one face has no mesh."""
    train, dev = sample_faces(6, 4), sample_faces(5, 4, seed=1)
    train.mesh[3] = np.nan
    shapes = [np.zeros((len(part), 52), np.float32) for part in (train, dev)]
    train, dev = (replace(part, blendshapes=own) for part, own in zip((train, dev), shapes, strict=True))
    return (
        {"small": source(tmp_path / "train", train, "train", "t")},
        {"small": source(tmp_path / "dev", dev, "dev", "d")},
    )


def small_training(monkeypatch, network=SmallUNet, recipe=FINETUNE):
    """Let the function that trains from stores use small networks."""
    for module in (making, backend):
        monkeypatch.setattr(module, "UNetGenerator", network)
    judges = small_judges(CONTRACT.size)
    monkeypatch.setattr(making, "Judges", SimpleNamespace(load=lambda *_: judges))
    monkeypatch.setattr(
        making, "recipe_of", lambda options: replace(recipe, side=options["size"], start=options["finetune"])
    )


OPTIONS = TrainedGanonymizationSetting(size=256, steps=6).model_dump()


def made(sources, shelf, out, **how):
    train, dev = sources
    return train_backend(
        "ganonymization_trained", OPTIONS, train, dev, shelf, seed=0, contract=CONTRACT, out=out, **how
    )


def test_a_trained_generator_is_written_and_loaded(sources, tmp_path, monkeypatch, rising):
    small_training(monkeypatch)
    shelf = Shelf(tmp_path, SmallUNet(3))
    rising()
    card = made(sources, shelf, tmp_path / "one", checkpoint=tmp_path / "state")
    assert not (tmp_path / "state").exists()
    assert card.started_from == {"ganonymization_25": file_sha256(shelf.path("ganonymization_25"))}
    assert set(card.models) == {"mobilefacenet_casia", "resnet18_fer2013"}
    assert card.setting == OPTIONS
    assert (card.inputs, card.size, card.skipped, card.stopped_at) == (("mesh",), 256, 1, 6)
    assert subject_digest("ts000") in card.subjects
    assert subject_digest("ds000") in card.subjects
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        *(TENSORS, "card.json", "curves.png", "samples.png")
    }
    rising()
    made(sources, shelf, tmp_path / "two")
    assert (tmp_path / "one" / TENSORS).read_bytes() == (tmp_path / "two" / TENSORS).read_bytes()

    setting = TrainedGanonymizationSetting(**OPTIONS)
    loaded = backend.ganonymization_trained(setting, CONTRACT, tmp_path / "one", shelf)
    assert loaded.learnt_from == set(card.subjects)
    faces = sample_faces(2, 2)
    tensors, _ = load_tensors(tmp_path / "one" / TENSORS)
    network = load_strictly(SmallUNet(), tensors, tmp_path)
    expected = Ganonymization(setting, CONTRACT, network).anonymize(faces, seed=0)
    np.testing.assert_array_equal(loaded.anonymize(faces, seed=0).images, expected.images)
    untrained = Ganonymization(setting, CONTRACT, SmallUNet(3).eval()).anonymize(faces, seed=0)
    assert (untrained.images != expected.images).any()


def test_without_meshes_or_with_one_person_on_both_sides_nothing_is_trained(sources, tmp_path, monkeypatch):
    small_training(monkeypatch)
    shelf, (train, dev) = Shelf(tmp_path, SmallUNet()), sources
    with pytest.raises(DataError, match="expected the condition 'mesh', got none"):
        made(({"small": replace(train["small"], mesh=None)}, dev), shelf, tmp_path / "out")
    with pytest.raises(DataError, match="is in both train and dev"):
        made((train, train), shelf, tmp_path / "out")


def test_published_weights_of_another_network_are_refused(sources, tmp_path, monkeypatch):
    small_training(monkeypatch)
    shelf = Shelf(tmp_path, torch.nn.Linear(2, 2))
    with pytest.raises(ModelError, match="does not hold the weights of SmallUNet"):
        made(sources, shelf, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_official_network_is_trained_from_random_weights(sources, tmp_path, monkeypatch, rising):
    rising()
    torch.manual_seed(0)
    network = UNetGenerator()
    small_training(monkeypatch, UNetGenerator, replace(FINETUNE, steps=1, evaluate_every=1, batch_size=3))
    few = [
        {"small": replace(part["small"], faces=part["small"].faces.take(np.arange(12)))} for part in sources
    ]
    shelf = Shelf(tmp_path, network)
    card = made(few, shelf, tmp_path / "one")
    assert card.stopped_at == 1
    before, after = (
        load_tensors(path)[0] for path in (shelf.path("ganonymization_25"), tmp_path / "one" / TENSORS)
    )
    assert before.keys() == after.keys()
    assert all((before[name] != after[name]).any() for name in before)
    setting = TrainedGanonymizationSetting(**OPTIONS)
    loaded = backend.ganonymization_trained(setting, CONTRACT, tmp_path / "one", shelf)
    assert loaded.anonymize(sample_faces(1, 1), seed=0).images.std() > 1
