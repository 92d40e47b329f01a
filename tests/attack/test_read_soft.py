"""The input of the soft stage: who is scored, whose clear faces are learnt from, and their attributes."""

import numpy as np
import pytest

from bauta.attack.read_soft import read_soft
from bauta.contract import Status
from bauta.datasets import ImageRecord, Listing
from bauta.datasets.attributes import write_attributes
from bauta.datasets.face_table import FaceTable
from bauta.io.tables import ALIGNMENT, table_of, write_table
from bauta.store import ArraySpec, StoreWriter

PARTITION = {"a": "train", "b": "dev", "c": "test", "d": "test"}
IDS = tuple(f"{person}{number}" for person in PARTITION for number in (0, 1))
SPECS = {"vectors": ArraySpec((3,), "float32"), "status": ArraySpec((), "uint8")}


def embed(path, ids, *, failed=()):
    vectors = np.eye(3, dtype=np.float32)[[len(str(path)) % 3] * len(ids)]
    codes = [Status.UNREADABLE.code if name in failed else Status.OK.code for name in ids]
    with StoreWriter(path, SPECS, ids) as writer:
        writer.append(vectors=vectors, status=np.array(codes, dtype=np.uint8))
    return path


def faces(*, known=True):
    return FaceTable(
        face_ids=IDS,
        subjects=tuple(name[0] if known else None for name in IDS),
        expressions=(None,) * len(IDS),
        partitions=tuple(PARTITION[name[0]] for name in IDS),
        roles=tuple(("enrol", "probe")[int(name[1])] if known else None for name in IDS),
        statuses=(str(Status.OK),) * len(IDS),
        split_sha256="",
    )


@pytest.fixture
def stores(tmp_path):
    face = {"matrix": None, "inter_ocular": None, "status": "ok", "reason": None}
    rows = [{"face_id": name, "image_id": f"{name}.png", **face} for name in IDS]
    write_table(table_of(rows, ALIGNMENT), tmp_path / "alignment.parquet", ALIGNMENT)
    records = tuple(
        ImageRecord(f"{name}.png", name, attributes=(("sex", "fm"[name[0] in "bd"]),)) for name in IDS
    )
    write_attributes(Listing(records), tmp_path / "attributes.parquet")
    return {
        "alignment": tmp_path / "alignment.parquet",
        "attributes": tmp_path / "attributes.parquet",
        "originals": embed(tmp_path / "original.zarr", IDS[2:]),
        "anonymized": embed(tmp_path / "kernel=31.zarr", IDS[4:], failed=["c1"]),
        "own": [embed(tmp_path / "own.zarr", IDS[:4])],
        "background": 10,
        "seed": 0,
    }


def test_the_scored_are_read_and_others_are_learnt_from(stores):
    scored, own, labels = read_soft(faces(), **stores)
    assert scored.people.tolist() == ["c", "c", "d", "d"]
    assert list(scored.attributes["sex"]) == ["f", "f", "m", "m"]
    assert scored.anonymized.ok.tolist() == [True, False, True, True]
    assert scored.clear.ok.all()
    assert own.people.tolist() == ["a", "a", "b", "b"]
    assert list(own.attributes["sex"]) == ["f", "f", "m", "m"]
    assert own.anonymized is None
    assert labels.subjects.tolist() == scored.people.tolist()
    assert labels.roles.tolist() == ["enrol", "probe"] * 2


def test_without_people_of_his_own_nobody_is_learnt_from(stores):
    _, own, _ = read_soft(faces(), **{**stores, "own": []})
    assert len(own.people) == len(own.clear) == 0


def test_where_nobody_is_known_each_face_is_a_person(stores, tmp_path):
    stores["own"] = [embed(tmp_path / "strangers.zarr", IDS[:2])]
    scored, own, labels = read_soft(faces(known=False), **stores)
    assert labels is None
    assert len(set(scored.people)) == len(scored.people) == 4
    assert len(set(own.people)) == 2
