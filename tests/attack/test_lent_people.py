"""Attackers whose own people are lent by another dataset, with the same ids as those of the attacked one."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from bauta.anonymize.classical.blur import Blur
from bauta.anonymize.classical.settings import BlurSetting
from bauta.attack.seen import read_releases
from bauta.attack.views import VIEWS
from bauta.attack.views.run import AttackedStores, look
from bauta.contract import CropContract
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import background, choosing, lent
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.testing.view_contract import SIZE, Thumbnails

BACKEND = Blur(BlurSetting(kernel=9, region="crop"), CropContract(SIZE))
PARTITIONS = {"small": ("test",), "lender": ("train", "dev", "test")}
PEOPLE, IMAGES = 4, 4
DIFFERENT = {"small": 0, "lender": 1}


def table(name):
    """Four people with four images in each partition; ids are numbers, so both datasets have the same."""
    rows = [
        (partition, f"{partition}{person}", "enrol" if image < IMAGES // 2 else "probe")
        for partition in PARTITIONS[name]
        for person in range(PEOPLE)
        for image in range(IMAGES)
    ]
    return FaceTable(
        face_ids=tuple(f"{row:03d}.png" for row in range(len(rows))),
        subjects=tuple(row[1] for row in rows),
        expressions=(None,) * len(rows),
        partitions=tuple(row[0] for row in rows),
        roles=tuple(row[2] for row in rows),
        statuses=("ok",) * len(rows),
        split_sha256="0" * 64,
    )


def write(path, ids, **arrays):
    specs = {name: ArraySpec(array.shape[1:], str(array.dtype)) for name, array in arrays.items()}
    with StoreWriter(path, specs, ids) as writer:
        writer.append(**arrays)
    return path


def stores_of(folder, name):
    """The paths of everything that is known of the faces of a dataset."""
    faces = table(name)
    numbers = np.random.default_rng(DIFFERENT[name])
    coarse = numbers.integers(0, 256, (len(faces), 8, 8, 3), dtype=np.uint8)
    images = coarse.repeat(SIZE // 8, axis=1).repeat(SIZE // 8, axis=2)
    released = images // 2
    points = (SIZE * (0.3 + 0.4 * numbers.random((len(faces), 68, 2)))).astype(np.float32)
    status = np.zeros(len(faces), np.uint8)
    content = {
        "crops": {"images": images},
        "landmarks": {"points": points},
        "anonymized": {"images": released},
        "originals": {"vectors": Thumbnails().embed(images)},
        "embeddings": {"vectors": Thumbnails().embed(released)},
    }
    (folder / name).mkdir()
    return {
        kind: write(folder / name / f"{kind}.zarr", faces.face_ids, **arrays, status=status)
        for kind, arrays in content.items()
    }


@dataclass
class Remembering:
    """A view that keeps whom it has learnt on."""

    view: object
    people: object = None

    def __call__(self, people, backend, recognizer, *, seed):
        self.people = people
        return self.view(people, backend, recognizer, seed=seed)


@pytest.fixture
def paths(tmp_path):
    return {name: stores_of(tmp_path, name) for name in PARTITIONS}


def looked(view, paths, out, lender="lender"):
    own = paths["lender"]
    read = SimpleNamespace(
        **paths["small"],
        own=[own["anonymized"]],
        own_embeddings=[own["originals"]],
        own_crops=own["crops"],
        own_landmarks=own["landmarks"],
    )
    look(
        view,
        table("small"),
        table("lender"),
        AttackedStores.open(read),
        out,
        backend=BACKEND,
        recognizer=Thumbnails(),
        background=10,
        lender=lender,
        reuse=False,
        jpeg=None,
        seed=0,
    )
    return out


@pytest.mark.parametrize("name", ["as_is", "pixels", "restored", "conditions"])
def test_a_view_learns_and_looks_at_the_lenders_people_and_at_the_scored_ones(name, paths, tmp_path):
    view = Remembering(VIEWS.load(name))
    store = Store.open(looked(view, paths, tmp_path / "view.zarr"))
    crops = {part: Store.open(paths[part]["crops"]) for part in PARTITIONS}
    own = background(table("lender"), 10, seed=0)
    assert view.people.face_ids == own.face_ids
    np.testing.assert_array_equal(
        view.people.original(np.arange(10)),
        crops["lender"].take("images", crops["lender"].rows_of(own.face_ids)),
    )
    np.testing.assert_array_equal(
        view.people.released(np.arange(10)), view.people.original(np.arange(10)) // 2
    )
    lent_ids = [*lent(own, "lender").face_ids, *lent(choosing(table("lender")), "lender").face_ids]
    assert set(store.ids) == {*lent_ids, *table("small").face_ids}
    assert len(set(store.ids)) == len(store.ids)
    assert (store.read("status", len(store.ids)) == 0).all()
    assert (store.read("clear_status", len(store.ids)) == 0).all()


def test_features_are_those_of_the_dataset_that_a_face_is_of(paths, tmp_path):
    store = Store.open(looked(VIEWS.load("as_is"), paths, tmp_path / "view.zarr"))
    for part, given in (("small", None), ("lender", "lender")):
        faces = table(part).partition("test" if part == "small" else "dev")
        rows = store.rows_of(lent(faces, given).face_ids)
        for column, kind in (("clear", "originals"), ("vectors", "embeddings")):
            known = Store.open(paths[part][kind])
            expected = known.take("vectors", known.rows_of(faces.face_ids))
            np.testing.assert_allclose(store.take(column, rows), expected, atol=1e-6)


def test_the_shapes_of_clear_faces_are_read_from_their_own_landmarks(paths, tmp_path):
    """The landmarks of both have the same ids, and other shapes."""
    store = Store.open(looked(VIEWS.load("conditions"), paths, tmp_path / "view.zarr"))
    small, lender = (
        store.take("clear", store.rows_of(ids))
        for ids in (table("small").face_ids, lent(background(table("lender"), 10, seed=0), "lender").face_ids)
    )
    assert np.abs(small[:10] - lender[:10]).max() > 0.1


def test_the_suite_chooses_on_the_lenders_people_and_scores_the_others(paths, tmp_path):
    out = looked(VIEWS.load("as_is"), paths, tmp_path / "view.zarr")
    people = lent(table("lender"), "lender")
    own, scored = background(people, 10, seed=0), table("small").partition("test")
    what = [{"view": "as_is", "recognizer": "r", "jpeg": None}]
    seen, chosen = read_releases(what, [out], own, choosing(people), scored)
    assert set(chosen.subjects) == {f"dev{person}" for person in range(PEOPLE)}
    as_is = seen[None].choosing[0], seen[None].scored[0]
    for faces, part, partition in zip(as_is, ("lender", "small"), ("dev", "test"), strict=True):
        known = Store.open(paths[part]["originals"])
        expected = known.take("vectors", known.rows_of(table(part).partition(partition).face_ids))
        vectors = faces.clear.vectors[np.arange(len(faces.clear))]
        np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert {view.name for view in seen[None].scored} == {"as_is", "as_is+clear_map"}


def test_nothing_is_renamed_where_nothing_is_lent():
    faces = table("lender")
    assert lent(faces, None) is faces
    assert not set(lent(faces, "lender").face_ids) & set(table("small").face_ids)
