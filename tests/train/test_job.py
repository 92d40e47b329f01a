"""Training faces as they are augmented: a share of them, and a teacher's opinion in the place of labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from toy_faces import face_table, write_crops

from bauta.contract import Status
from bauta.labels import EXPRESSIONS
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.train.job import pseudo_labelled
from bauta.train.views import LabelledFaces

FACES = face_table(range(2))


def posteriors(path, ids, said, ok):
    specs = {"probabilities": ArraySpec((7,), "float32"), "status": ArraySpec((), "uint8")}
    codes = np.where(ok, Status.OK.code, Status.FAILED.code).astype(np.uint8)
    with StoreWriter(path, specs, list(ids)) as writer:
        writer.append(probabilities=np.where(ok[:, None], said, np.nan).astype(np.float32), status=codes)
    return Store.open(path).path


def test_a_teachers_posteriors_take_the_place_of_the_labels(tmp_path):
    source = LabelledFaces(write_crops(tmp_path / "crops.zarr", FACES), FACES)
    said = np.random.default_rng(0).dirichlet(np.ones(7), size=len(source.faces)).astype(np.float32)
    ok = np.arange(len(said)) % 5 != 0
    found = pseudo_labelled(source, posteriors(tmp_path / "p.zarr", source.faces.face_ids, said, ok))
    assert found.faces.face_ids == tuple(np.array(source.faces.face_ids)[ok])
    assert list(found.faces.expressions) == [EXPRESSIONS[label] for label in said[ok].argmax(1)]
    np.testing.assert_allclose([found.votes[face] for face in found.faces.face_ids], said[ok], rtol=1e-6)


@given(small=st.floats(0, 1), large=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_smaller_share_is_a_part_of_a_larger_one(small, large, seed):
    small, large = sorted((small, large))
    one, other = (LabelledFaces(None, FACES).share(part, seed=seed).faces.face_ids for part in (small, large))
    assert len(one) == round(small * len(FACES))
    assert set(one) <= set(other)
    assert list(other) == sorted(other, key=FACES.face_ids.index)
