"""Every stage that writes a store goes on after a kill, and ends with the bytes of an undisturbed run.

The models' results depend on the batch of an image, as those of real networks do in the last bit: a job
that goes on with other batches would write other bytes.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from bauta.alignment.crop import crop_dataset, warp_crop
from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.settings import BlurSetting
from bauta.anonymize.ksame.ksame import KSame
from bauta.anonymize.ksame.settings import KSameSetting
from bauta.anonymize.run import anonymize_store
from bauta.contract import CropContract, Status
from bauta.express import run as express_run
from bauta.express.run import predict_store
from bauta.io.tables import ALIGNMENT, MANIFEST
from bauta.labels import LabelSpace
from bauta.landmarks.run import locate_store
from bauta.parse.run import parse_store
from bauta.recognize.run import embed_store
from bauta.store import ArraySpec, Store, StoreWriter, writer

FACES = 300
SIZE = 16


class KilledError(BaseException):
    """Stands for `kill -9`."""


class Mortal:
    """Calls a function, and dies before the call of a number."""

    def __init__(self, function, dies_at=None):
        self.function, self.dies_at, self.calls = function, dies_at, 0

    def __call__(self, *args, **options):
        self.calls += 1
        if self.calls == self.dies_at:
            raise KilledError
        return self.function(*args, **options)


def whims(images):
    """A number for each image that depends on all of its batch."""
    means = images.reshape(len(images), -1).mean(axis=1)
    return (means + 1e-3 * means.mean() + 1e-4 * len(images)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Twenty crops in a shard, and hundreds of everything that is smaller."""
    monkeypatch.setattr("bauta.store.spec.SHARD_BYTES", 20 * SIZE * SIZE * 3)
    monkeypatch.setattr("bauta.store.spec.CHUNK_BYTES", 4 * SIZE * SIZE * 3)


@pytest.fixture
def crops(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(1, 255, (FACES, SIZE, SIZE, 3), dtype=np.uint8)
    images[150:260] = images[rng.integers(0, 20, 110)]
    status = np.zeros(FACES, dtype=np.uint8)
    status[rng.choice(FACES, 20, replace=False)] = Status.NO_FACE.code
    images[status != 0] = 0
    specs = {"images": ArraySpec((SIZE, SIZE, 3), "uint8"), "status": ArraySpec((), "uint8")}
    with StoreWriter(tmp_path / "crops.zarr", specs, [f"f{row}" for row in range(FACES)]) as opened:
        opened.append(images=images, status=status)
    return Store.open(tmp_path / "crops.zarr")


def landmarks(crops, out, dies_at=None):
    def locate(images):
        return np.repeat(whims(images), 136).reshape(-1, 68, 2)

    model = Mortal(locate, dies_at)
    locate_store(crops, SimpleNamespace(points=68, locate=model), out)
    return model


def parsing(crops, out, dies_at=None):
    located = out.with_name("located.zarr")
    if not located.exists():
        landmarks(crops, located)
    model = Mortal(
        lambda images, points: (images[..., 0] + whims(images)[:, None, None]).astype(np.uint8) % 19, dies_at
    )
    parse_store(crops, Store.open(located), SimpleNamespace(needs_landmarks=True, parse=model), out)
    return model


def embeddings(crops, out, dies_at=None):
    model = Mortal(lambda images: np.repeat(whims(images), 8).reshape(-1, 8), dies_at)
    embed_store(crops, SimpleNamespace(dimensions=8, embed=model), out, ids=crops.ids[5:])
    return model


def posteriors(crops, out, dies_at=None):
    def predict(images):
        shares = np.stack([whims(images), whims(images[..., :1]), whims(images[..., 1:])], axis=1)
        return shares / shares.sum(axis=1, keepdims=True)

    model = Mortal(predict, dies_at)
    predict_store(crops, SimpleNamespace(space="three", predict=model), out)
    return model


def anonymized(crops, out, dies_at=None, backend=None):
    contract = CropContract(size=SIZE)
    backend = backend or Blur(BlurSetting(kernel=5, region="crop"), contract)
    model = backend.anonymize = Mortal(backend.anonymize, dies_at)
    labels = SimpleNamespace(
        face_ids=crops.ids,
        subjects=[f"s{row % 12}" for row in range(FACES)],
        expressions=[None] * FACES,
    )
    counts = anonymize_store(crops, None, None, labels, backend, out=out, seed=0)
    assert counts == {Status.OK: FACES - 20, Status.NO_FACE: 20}
    return model


def averaged(crops, out, dies_at=None):
    """k-Same looks at all faces again; what it then writes goes on."""
    backend = KSame(KSameSetting(k=3, region="crop"), CropContract(size=SIZE))
    return anonymized(crops, out, dies_at, backend)


STAGES = [landmarks, parsing, embeddings, posteriors, anonymized, averaged]


@pytest.mark.parametrize("late", [False, True], ids=["whole shards", "every batch"])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_killed_stage_goes_on(crops, tmp_path, monkeypatch, stage, late):
    counterparts = {"a": "angry", "b": None, "c": "fear"}
    monkeypatch.setattr(express_run, "LABEL_SPACES", {"three": LabelSpace("three", counterparts)})
    calls = stage(crops, tmp_path / "undisturbed.zarr").calls
    if late:
        monkeypatch.setattr(writer, "COMMIT_SECONDS", -1.0)
    done = 0
    for dies_at in (3, 2):
        with pytest.raises(KilledError):
            stage(crops, tmp_path / "x.zarr", dies_at)
        done += dies_at - 1
        assert not (tmp_path / "x.zarr").exists()
    again = stage(crops, tmp_path / "x.zarr").calls
    assert again == calls - done if late else again <= calls
    assert content(tmp_path / "x.zarr") == content(tmp_path / "undisturbed.zarr")
    assert not list(tmp_path.glob("x.zarr.partial-*"))


def test_killed_cropping_goes_on(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (90, 80, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    manifest = pa.Table.from_pylist([{"image_id": "a", "path": "a.png", "status": "ok"}], schema=MANIFEST)
    rows = [
        {"face_id": f"a#{row}", "image_id": "a", "matrix": [1, 0, -row / 4, 0, 1, -row / 3], "status": "ok"}
        for row in range(FACES)
    ]
    alignment = pa.Table.from_pylist(rows, schema=ALIGNMENT)

    def crop(out):
        crop_dataset(manifest, alignment, tmp_path, CropContract(size=SIZE), out)

    crop(tmp_path / "undisturbed.zarr")
    for dies_at in (150, 200):
        monkeypatch.setattr("bauta.alignment.crop.warp_crop", Mortal(warp_crop, dies_at))
        with pytest.raises(KilledError):
            crop(tmp_path / "x.zarr")
    counted = Mortal(warp_crop)
    monkeypatch.setattr("bauta.alignment.crop.warp_crop", counted)
    crop(tmp_path / "x.zarr")
    assert counted.calls == FACES - 192
    assert content(tmp_path / "x.zarr") == content(tmp_path / "undisturbed.zarr")


def content(path):
    return {file.relative_to(path): file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}
