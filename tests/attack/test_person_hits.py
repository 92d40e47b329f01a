"""The outcomes of each person: the same order wherever the same faces are scored, and no names."""

import json

import numpy as np
import pytest

from bauta.attack.faces import AttackLabels
from bauta.attack.person_hits import PersonHits, hits_curve
from bauta.errors import DataError

PEOPLE = ("ann", "bob", "cyd", "dee", "eve")


def _labels(order=None, people=PEOPLE):
    rows = [
        (f"{name}/{image}", name, role)
        for name in people
        for image, role in enumerate(("enrol", *["probe"] * 3))
    ]
    rows = [rows[row] for row in (range(len(rows)) if order is None else order)]
    ids, subjects, roles = zip(*rows, strict=True)
    return AttackLabels(ids, np.array(subjects), np.array(roles))


def _credit(labels):
    """Ann is named in all pictures, Bob in two, the others in none; one of Cyd's has no score."""
    named = {"ann/1": 1, "ann/2": 1, "ann/3": 1, "bob/1": 1, "bob/2": 0.5, "cyd/3": np.nan}
    return np.array([named.get(labels.face_ids[row], 0.0) for row in np.flatnonzero(labels.probe)])


def test_hits_are_counted_by_person_and_a_missing_score_is_a_leak():
    labels = _labels()
    curve = hits_curve(labels, one=_credit(labels), pooled=np.array([1, np.nan, 0, 0, 0]))
    one, pooled = (PersonHits.of_curve(curve, which) for which in ("one", "pooled"))
    assert sorted(one.hits) == [0, 0, 1, 1.5, 3]
    assert one.probes.tolist() == [3] * 5
    assert one.share == pytest.approx(5.5 / 15)
    assert sorted(pooled.hits) == [0, 0, 0, 1, 1]
    assert pooled.share == pytest.approx(2 / 5)


def test_no_name_is_stored_and_the_order_is_not_that_of_the_names():
    labels = _labels(people=[f"person{number:02d}" for number in range(30)])
    credit = np.repeat(np.arange(30) / 30, 3)
    curve = hits_curve(labels, one=credit)
    assert "person" not in json.dumps(curve)
    hits = PersonHits.of_curve(curve, "one").hits
    assert not np.array_equal(hits, np.sort(hits))
    assert np.allclose(np.sort(hits), np.arange(30) / 10)


def test_the_order_does_not_depend_on_that_of_the_faces():
    labels = _labels()
    mixed = _labels(np.random.default_rng(3).permutation(len(labels)))
    assert hits_curve(labels, one=_credit(labels)) == hits_curve(mixed, one=_credit(mixed))


def test_other_faces_are_not_paired():
    one, other = (PersonHits("a" * 64, np.zeros(2), np.array(probes, float)) for probes in ([3, 2], [2, 3]))
    assert one.same_probes(one)
    assert not one.same_probes(other)
    fewer = _labels(people=PEOPLE[:4])
    curves = [hits_curve(labels, one=_credit(labels)) for labels in (_labels(), fewer)]
    first, second = (PersonHits.of_curve(curve, "one") for curve in curves)
    assert not first.same_probes(second)


def test_what_is_not_there_is_none_and_what_is_broken_is_refused():
    assert PersonHits.of_curve({}, "one") is None
    with pytest.raises(DataError, match="expected outcomes of 2 people, got 1"):
        PersonHits.of_curve({"faces_sha256": "a", "probes": "1 1", "one": "1"}, "one")
    with pytest.raises(DataError, match="not numbers"):
        PersonHits.of_curve({"faces_sha256": "a", "probes": "1 x", "one": "1 1"}, "one")
