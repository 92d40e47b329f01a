"""The recognizer that is trained on anonymized faces sees through what other recognizers do not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.settings import BlurSetting
from bauta.attack.views.people import ClearFaces, People, unit
from bauta.attack.views.run import AttackedStores, look
from bauta.attack.views.trained_network import trained_network
from bauta.contract import CropContract, Status
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import background
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.view_contract import CHECKS, SIZE, Thumbnails, ViewCase

OWN, SCORED, IMAGES = 100, 20, 3
"""The attacker's people, who are known to him, the scored ones, and the pictures of each."""
PARTITIONS = np.repeat(["train", "test"], [OWN * IMAGES, SCORED * IMAGES])
SUBJECTS = [f"s{person:03d}" for person in range(OWN + SCORED) for _ in range(IMAGES)]
FACES = [f"f{row}" for row in range(len(SUBJECTS))]
STEPS = 150


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A network that a test can train."""
    changed = {"SIDE": 16, "WIDTH": 16, "DIMENSIONS": 32, "SHIFT": 1, "RATE": 5e-3, "FEWEST": 8}
    for name, value in changed.items():
        monkeypatch.setattr(f"bauta.attack.views.trained_network.{name}", value)


def faces_of(seed):
    """Four numbers make a person's coarse colours, in another light and with noise in each picture."""
    numbers = np.random.default_rng(seed)
    basis, traits = numbers.normal(size=(4, 4, 4, 3)), numbers.normal(size=(OWN + SCORED, 4))
    coarse = 0.5 + 0.4 * np.tanh(np.tensordot(traits, basis, 1) / 2)
    images = np.empty((len(SUBJECTS), SIZE, SIZE, 3), np.uint8)
    for row in range(len(images)):
        face = cv2.resize(coarse[row // IMAGES], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        face = face * numbers.uniform(0.85, 1.0) + numbers.normal(0, 0.03, face.shape)
        images[row] = (face * 255).clip(0, 255)
    return images


def scrambled(images):
    """The negative with its 8×8 blocks in another order, which is nowhere told."""
    side = SIZE // 8
    blocks = images.reshape(-1, side, 8, side, 8, 3).swapaxes(2, 3).reshape(len(images), side**2, 8, 8, 3)
    blocks = blocks[:, np.random.default_rng(1).permutation(side**2)]
    mixed = blocks.reshape(-1, side, side, 8, 8, 3).swapaxes(2, 3).reshape(images.shape)
    return np.ascontiguousarray(255 - mixed)


def write(path, **arrays):
    specs = {name: ArraySpec(values.shape[1:], str(values.dtype)) for name, values in arrays.items()}
    with StoreWriter(path, specs, FACES) as writer:
        writer.append(**arrays)
    return Store.open(path)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    images, status = faces_of(0), np.full(len(FACES), Status.OK.code, np.uint8)
    released, vectors = scrambled(images), Thumbnails().embed(images)
    points = np.zeros((len(FACES), 68, 2), np.float32)
    crops = write(folder / "crops.zarr", images=images, status=status)
    landmarks = write(folder / "landmarks.zarr", points=points, status=status)
    anonymized = write(folder / "anonymized.zarr", images=released, status=status)
    originals = write(folder / "originals.zarr", vectors=vectors, status=status)
    embeddings = write(folder / "embeddings.zarr", vectors=Thumbnails().embed(released), status=status)
    own = anonymized, originals, crops, landmarks
    return AttackedStores(crops, landmarks, anonymized, originals, embeddings, *own)


def people(stores, rows):
    ids = tuple(FACES[row] for row in rows)
    clear = stores.originals.take("vectors", stores.originals.rows_of(ids))
    subjects = tuple(SUBJECTS[row] for row in rows)
    return People(ids, subjects, stores.crops, stores.anonymized, stores.landmarks, clear)


def top1(gallery, probes):
    """Share of probes that are nearest to the mean of their person's gallery."""
    templates = unit(gallery.reshape(SCORED, IMAGES, -1).mean(axis=1))
    return float((np.argmax(probes @ templates.T, axis=1) == np.arange(SCORED * IMAGES) // IMAGES).mean())


def clear_of(own):
    return ClearFaces(own.face_ids, own.clear, own.crops, own.landmarks)


def learn(own, *, seed=0, steps):
    return trained_network(own, None, Thumbnails(), seed=seed, steps=steps)


@pytest.mark.slow
def test_it_recognizes_people_it_has_never_seen(stores, monkeypatch):
    monkeypatch.setattr("bauta.attack.views.trained_network.SHIFT", 0)
    own, scored = (people(stores, np.flatnonzero(partition == PARTITIONS)) for partition in ("train", "test"))
    images = scored.released(np.arange(len(scored)))
    found = {}
    for steps in (0, STEPS):
        learnt = learn(own, steps=steps)
        seen, clear = learnt.anonymized(images), learnt.clear(clear_of(scored))
        found[steps] = {"naive": top1(clear, seen), "reverse": top1(seen, clear)}
    for protocol in ("naive", "reverse"):
        assert found[0][protocol] < 0.15, "nothing learnt, nobody recognized"
        assert found[STEPS][protocol] > 0.35, found


def test_the_same_seed_learns_the_same(stores):
    own = people(stores, np.arange(24))
    images = own.released(np.arange(len(own)))
    state = torch.random.get_rng_state()
    first, again, other = (learn(own, seed=seed, steps=3).anonymized(images) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01
    assert torch.equal(torch.random.get_rng_state(), state), "the draws of others are as before"


def test_the_names_of_the_people_are_learnt(stores):
    """Other classes give another network; a face that nobody knows is a person by itself."""
    own = people(stores, np.arange(24))
    unknown = replace(own, subjects=(None,) * len(own))
    learnt, alone = learn(own, steps=3), learn(unknown, steps=3)
    assert "24 faces of 8 own people" in learnt.about
    assert "24 faces of 24 own people" in alone.about
    images = own.released(np.arange(len(own)))
    assert np.abs(learnt.anonymized(images) - alone.anonymized(images)).max() > 0.01


@pytest.mark.parametrize("rows", [range(0), range(6), range(9)], ids=["nobody", "few faces", "few people"])
def test_without_enough_people_it_looks_with_the_recognizer(stores, rows):
    own = people(stores, np.array(rows, dtype=int))
    learnt = learn(own, steps=3)
    assert learnt.about == "too few people to learn from"
    assert learnt.dimensions == Thumbnails.dimensions
    everybody = people(stores, np.arange(24))
    images = everybody.released(np.arange(24))
    np.testing.assert_array_equal(learnt.anonymized(images), Thumbnails().embed(images))
    np.testing.assert_array_equal(learnt.clear(clear_of(everybody)), everybody.clear)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract_when_it_is_trained(check, tmp_path):
    trained = []

    def view(*arguments, seed):
        trained.append(trained_network(*arguments, seed=seed, steps=2))
        return trained[-1]

    check(ViewCase(view, Blur(BlurSetting(kernel=9, region="crop"), CropContract(SIZE)), tmp_path))
    assert all((learnt.network is None) == (check is CHECKS["nobody"]) for learnt in trained)


def test_nobody_who_is_scored_enters_training(stores, tmp_path):
    """The network is the same whatever the scored people look like; a failed face of his own is left out."""
    roles = np.where(np.arange(len(FACES)) % IMAGES, "probe", "enrol")
    nothing, ok = (None,) * len(FACES), (Status.OK,) * len(FACES)
    table = FaceTable(tuple(FACES), tuple(SUBJECTS), nothing, tuple(PARTITIONS), tuple(roles), ok, "0")
    failed = FACES.index(background(table, 30, seed=0).face_ids[3])
    status = np.full(len(FACES), Status.OK.code, np.uint8)
    status[failed] = Status.FAILED.code
    released, clear = (store.take("images", np.arange(len(FACES))) for store in (stores.own, stores.crops))
    learnt = []

    def view(own, backend, recognizer, *, seed):
        assert not set(own.subjects) & set(SUBJECTS[OWN * IMAGES :])
        assert own.subjects == tuple(SUBJECTS[FACES.index(face)] for face in own.face_ids)
        assert len(own) == 29
        assert FACES[failed] not in own.face_ids
        learnt.append(trained_network(own, backend, recognizer, seed=seed, steps=2))
        return learnt[-1]

    options = {"background": 30, "reuse": False, "jpeg": None, "seed": 0}
    for name in ("first", "second"):
        faces = write(tmp_path / f"{name}_own.zarr", images=released, status=status)
        crops = write(tmp_path / f"{name}_crops.zarr", images=clear, status=np.zeros_like(status))
        own = replace(stores, own=faces, anonymized=faces, crops=crops)
        out = tmp_path / f"{name}.zarr"
        look(view, table, table, own, out, backend=None, recognizer=Thumbnails(), **options)
        for pictures in (released, clear):
            pictures[PARTITIONS == "test"] //= 2
    first, second = (view.network.state_dict() for view in learnt)
    assert all(torch.equal(values, second[name]) for name, values in first.items())
    vectors = [Store.open(tmp_path / f"{name}.zarr") for name in ("first", "second")]
    scored = np.array(FACES)[PARTITIONS == "test"].tolist()
    before, after = (store.take("vectors", store.rows_of(scored)) for store in vectors)
    assert np.abs(before - after).max() > 0.01, "while their features are those of their pictures"
