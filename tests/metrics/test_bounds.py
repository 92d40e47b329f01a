"""No attacker who knows outputs alone exceeds the best table, and the best table is not above all tables."""

import hashlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack.adaptive import attack_adaptively
from bauta.attack.candidates import AttackedFaces
from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.identification import enrol_gallery, search
from bauta.attack.linking import link_value
from bauta.attack.protocols import PROTOCOLS
from bauta.attack.suite import Arena, ViewedFaces, fusions
from bauta.datasets.face_table import FaceTable
from bauta.measurement import Value
from bauta.metrics.bounds import bound_of_all, bound_of_one, is_empty
from bauta.metrics.intervals import Resampling

FAILED = None


def table(people, roles):
    """A table of faces by their people and roles."""
    count = len(people)
    return FaceTable(
        face_ids=tuple(f"f{row:03d}" for row in range(count)),
        subjects=tuple(people),
        expressions=(None,) * count,
        partitions=("test",) * count,
        roles=tuple(roles),
        statuses=("ok",) * count,
        split_sha256="0",
    )


def digests(outputs):
    return [FAILED if one is FAILED else hashlib.sha256(bytes([one])).digest() for one in outputs]


@st.composite
def sets(draw, people=4, pictures=3):
    """A few people, with an enrolled face each, their probes and the outputs of all, some without one."""
    output = st.one_of(st.integers(0, pictures - 1), st.none())
    shown, who, roles = [], [], []
    for person in range(draw(st.integers(1, people))):
        for role, most in (("enrol", 2), ("probe", 3)):
            for _ in range(draw(st.integers(1, most))):
                shown.append(draw(output))
                who.append(f"p{person}")
                roles.append(role)
    order = draw(st.permutations(range(len(who))))
    return [shown[row] for row in order], [who[row] for row in order], [roles[row] for row in order]


def leaking(shown, who, roles):
    """The people who have no enrolled face with an output."""
    known = {p for o, p, r in zip(shown, who, roles, strict=True) if r == "enrol" and o is not FAILED}
    return set(who) - known


@settings(deadline=None, max_examples=150)
@given(sets())
def test_the_bound_of_one_is_the_best_of_all_tables(drawn):
    shown, who, roles = drawn
    lost = leaking(*drawn)
    probes = [(o, p) for o, p, r in zip(shown, who, roles, strict=True) if r == "probe"]
    named = [(o, p) for o, p in probes if o is not FAILED and p not in lost]
    people = sorted(set(who))
    best = max(
        sum(answers[output] == person for output, person in named) for answers in product(people, repeat=3)
    )
    found = bound_of_one(digests(shown), table(who, roles))
    assert found.value == pytest.approx((best + len(probes) - len(named)) / len(probes))
    assert found.n == len(probes)
    assert found.low is None


@settings(deadline=None, max_examples=150)
@given(sets())
def test_the_bound_of_all_is_the_best_of_all_tables_from_collections(drawn):
    shown, who, roles = drawn
    lost = leaking(*drawn)
    own: dict = {}
    for output, person, role in zip(shown, who, roles, strict=True):
        if role == "probe":
            own.setdefault(person, []).append(output)
    named = {
        person: tuple(sorted(outputs))
        for person, outputs in own.items()
        if person not in lost and FAILED not in outputs
    }
    collections = sorted(set(named.values()))
    best = max(
        sum(dict(zip(collections, answers, strict=True))[seen] == person for person, seen in named.items())
        for answers in product(sorted(own), repeat=len(collections))
    )
    found = bound_of_all(digests(shown), table(who, roles))
    assert found.value == pytest.approx((best + len(own) - len(named)) / len(own))
    assert found.n == len(own)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@st.composite
def releases(draw):
    """Clear faces and their released ones, of which equal outputs have equal embeddings."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    people, pictures = draw(st.integers(2, 9)), draw(st.integers(1, 6))
    images = draw(st.integers(2, 6))
    who = np.repeat(np.arange(people), images)
    roles = np.where(np.arange(len(who)) % images < draw(st.integers(1, images - 1)), "enrol", "probe")
    favourite = rng.integers(0, pictures, people)[who]
    shown = np.where(rng.random(len(who)) < 0.6, favourite, rng.integers(0, pictures, len(who)))
    ok = rng.random(len(who)) >= draw(st.sampled_from((0.0, 0.15, 0.5)))
    clear = unit(rng.normal(size=(people, 8))[who] + 0.2 * rng.normal(size=(len(who), 8)))
    released = unit(rng.normal(size=(pictures, 8)))[shown]
    order = rng.permutation(len(who))
    labels = AttackLabels(
        [f"f{row:03d}" for row in range(len(who))], np.char.add("p", who[order].astype(str)), roles[order]
    )
    everything = np.ones(len(who), bool)
    outputs = [int(one) if good else FAILED for one, good in zip(shown[order], ok[order], strict=True)]
    return Embeddings(clear[order], everything), Embeddings(released[order], ok[order]), labels, outputs


def leaked(credit):
    return np.nan_to_num(credit, nan=1.0).mean()


@settings(deadline=None, max_examples=60)
@given(releases())
def test_no_attack_on_outputs_exceeds_the_bounds(drawn):
    clear, released, labels, outputs = drawn
    shown = digests(outputs)
    faces = table(labels.subjects.tolist(), labels.roles.tolist())
    one, pooled = bound_of_one(shown, faces).value, bound_of_all(shown, faces).value
    covered = [name for name, protocol in PROTOCOLS.items() if protocol.probe_anonymized]
    arena = Arena(
        labels,
        (ViewedFaces("as_is", clear, released), ViewedFaces("pixels", clear, released)),
        tuple(covered),
        ("nearest_template", "embedding_discriminant"),
        seed=0,
    )
    alone = arena.credits({})
    for attack, reached in {**alone, **arena.credits(fusions(alone, covered))}.items():
        assert leaked(reached.one) <= one + 1e-9, attack
        assert leaked(reached.pooled) <= pooled + 1e-9, attack
    probes = Embeddings(released.vectors[labels.probe], released.ok[labels.probe])
    for gallery in (clear, released):
        found = search(enrol_gallery(gallery, labels), probes, labels.subjects[labels.probe])
        assert leaked(found.credit((1,))[:, 0]) <= one + 1e-9
    learned = attack_adaptively(AttackedFaces(released, released.vectors), labels, seed=0)
    assert leaked(learned.credit) <= one + 1e-9
    assert link_value(shown, labels, Resampling(20, 0)).value <= one + 1e-9


def test_seven_pictures_and_one_probe_name_at_most_seven_people():
    """K/N for one probe, and soon everybody for several: with five probes there are 462 collections."""
    rng = np.random.default_rng(0)
    who = [f"p{person:02d}" for person in range(40) for _ in range(6)]
    roles = ["enrol" if row % 6 == 0 else "probe" for row in range(len(who))]
    shown = rng.integers(0, 7, len(who)).tolist()
    single = [row for row in range(len(who)) if row % 6 < 2]
    few = table([who[row] for row in single], [roles[row] for row in single])
    assert bound_of_one(digests(shown[row] for row in single), few).value == pytest.approx(7 / 40)
    assert bound_of_all(digests(shown), table(who, roles)).value > 0.8


def test_a_reverse_attack_is_not_bounded():
    """Its probe is clear: two people with one picture each in the gallery, and the same picture as probe."""
    labels = AttackLabels(list("abcd"), np.array(["p", "p", "q", "q"]), np.array(["enrol", "probe"] * 2))
    clear = Embeddings(np.eye(2, dtype=np.float32)[[0, 0, 1, 1]], np.ones(4, bool))
    gallery = enrol_gallery(clear, labels)  # of released faces that resemble their people
    probes = Embeddings(clear.vectors[labels.probe], clear.ok[labels.probe])
    reached = search(gallery, probes, labels.subjects[labels.probe]).credit((1,)).mean()
    faces = table(labels.subjects.tolist(), labels.roles.tolist())
    assert reached == 1.0
    assert bound_of_one(digests([0, 2, 1, 2]), faces).value == pytest.approx(0.5)


def test_a_failed_probe_leaks_itself_alone_and_its_person_when_pooled():
    faces = table(["p", "p", "p", "q", "q", "r", "r"], ["enrol", "probe", "probe", *["enrol", "probe"] * 2])
    shown = digests([0, 0, FAILED, 0, 0, 0, 0])
    assert bound_of_one(shown, faces).value == pytest.approx((1 + 1) / 4)
    assert bound_of_all(shown, faces).value == pytest.approx((1 + 1) / 3)


def test_how_many_pictures_a_person_has_is_known_when_they_are_pooled():
    faces = table(["p", "p", "q", "q", "q"], ["enrol", "probe", "enrol", "probe", "probe"])
    assert bound_of_all(digests([0] * 5), faces).value == 1.0
    assert bound_of_one(digests([0] * 5), faces).value == pytest.approx(2 / 3)


def test_without_probes_there_is_no_bound():
    for bound in (bound_of_one, bound_of_all):
        found = bound(digests([0, 1]), table(["p", None], ["enrol", None]))
        assert found.value is None
        assert found.reason == "there are no probes"
        assert is_empty(found)


def test_a_bound_of_one_says_nothing():
    assert is_empty(Value(value=1.0, n=3))
    assert not is_empty(Value(value=0.99, n=100))
