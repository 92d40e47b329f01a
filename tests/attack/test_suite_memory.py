"""The memory of the attack suite does not grow with the features of the faces."""

import tracemalloc

import numpy as np
import pytest

from bauta.attack import faces as attack_faces
from bauta.attack import suite
from bauta.attack.read import labels_of
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import read_releases
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import background, choosing
from bauta.store import ArraySpec, StoreWriter

DIMENSIONS, EACH, BATCH = 256, 20, 40
VIEWS = ("as_is", "pixels", "restored")
FEATURES = len(VIEWS) * 3 * 4 * DIMENSIONS
"""Bytes of a face: clear, released and mapped, through every view."""


def table(people):
    """The first ten people to learn on, the next twelve to choose on, all others scored."""
    person = [row // EACH for row in range(people * EACH)]
    return FaceTable(
        face_ids=tuple(f"{row}" for row in range(len(person))),
        subjects=tuple(f"p{one:04d}" for one in person),
        expressions=(None,) * len(person),
        partitions=tuple("train" if one < 10 else "dev" if one < 22 else "test" for one in person),
        roles=tuple("enrol" if row % 2 else "probe" for row in range(len(person))),
        statuses=(str(Status.OK),) * len(person),
        split_sha256="",
    )


def stores(folder, faces):
    """A store of noisy features for each view."""
    vector, code = ArraySpec((DIMENSIONS,), "float32"), ArraySpec((), "uint8")
    specs = {"vectors": vector, "clear": vector, "status": code, "clear_status": code}
    paths = [folder / f"{name}.zarr" for name in VIEWS]
    for number, path in enumerate(paths):
        numbers = np.random.default_rng(number)
        with StoreWriter(path, specs, faces.face_ids) as writer:
            for start in range(0, len(faces), BATCH):
                sides = numbers.normal(size=(2, BATCH, DIMENSIONS)) + 1
                clear, released = (sides / np.linalg.norm(sides, axis=2, keepdims=True)).astype(np.float32)
                ok = np.full(BATCH, Status.OK.code, dtype=np.uint8)
                ok[start % 7] = Status.NO_FACE.code
                writer.append(vectors=released, clear=clear, status=ok, clear_status=ok)
    return paths


def attacked(paths, faces):
    scored = faces.partition("test")
    listed = [{"view": name, "recognizer": "r", "jpeg": None} for name in VIEWS]
    seen, chosen = read_releases(listed, paths, background(faces, 100, seed=0), choosing(faces), scored)
    digests = [str(row).encode() for row in range(len(scored))]
    return measure_suite(
        seen,
        labels_of(chosen),
        labels_of(scored),
        digests,
        dataset="d",
        backend="b",
        setting="s",
        protocols=("naive", "parrot"),
        seed=0,
        replicates=20,
    )


@pytest.mark.slow
def test_its_memory_grows_by_far_less_than_the_features(tmp_path, monkeypatch):
    """Blocks are made small, so that all are full; of 20 faces a person, templates and weights are few."""
    monkeypatch.setattr(attack_faces, "BLOCK_ROWS", 128)
    monkeypatch.setattr(suite, "BLOCK_SCORES", 2**12)
    peaks, sizes = [], []
    for people in (52, 112):
        faces = table(people)
        (tmp_path / str(people)).mkdir()
        paths = stores(tmp_path / str(people), faces)
        tracemalloc.start()
        attacked(paths, faces)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(faces))
    growth = (peaks[1] - peaks[0]) / (sizes[1] - sizes[0])
    assert growth < FEATURES / 3
