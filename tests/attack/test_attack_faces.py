import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings, require_aligned
from bauta.errors import DataError


def test_rows_that_are_not_ok_may_hold_anything():
    vectors = np.array([[1, 0], [np.nan, np.nan], [0, 0]], dtype=np.float32)
    assert len(Embeddings(vectors, np.array([True, False, False]))) == 3


@pytest.mark.parametrize("bad", [[0.0, 0.0], [3.0, 0.0], [np.nan, 0.0]])
def test_ok_rows_must_be_unit_vectors(bad):
    vectors = np.array([[1, 0], bad], dtype=np.float32)
    with pytest.raises(DataError, match="row 1: expected a unit vector"):
        Embeddings(vectors, np.array([True, True]))


def test_shapes_must_fit():
    with pytest.raises(DataError, match=r"expected vectors \(N, D\) and ok \(N,\)"):
        Embeddings(np.zeros((2, 3), np.float32), np.array([False]))


def test_labels_refuse_other_roles_and_lengths():
    with pytest.raises(DataError, match="face 'f1': expected the role enrol or probe, got 'gallery'"):
        AttackLabels(["f0", "f1"], np.array(["a", "b"]), np.array(["probe", "gallery"]))
    with pytest.raises(DataError, match="2 faces, 1 subjects and 2 roles"):
        AttackLabels(["f0", "f1"], np.array(["a"]), np.array(["probe", "enrol"]))


def test_rows_must_match_the_labels(make_faces):
    clear, labels = make_faces()
    with pytest.raises(DataError, match="expected 48 embeddings, one for each labelled face, got 47"):
        require_aligned(labels, clear, Embeddings(clear.vectors[1:], clear.ok[1:]))
