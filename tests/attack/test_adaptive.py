import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauta.attack.adaptive import CANDIDATES, attack_adaptively, hold_out_folds
from bauta.attack.candidates import AttackedFaces
from bauta.attack.faces import AttackLabels, Embeddings


def random_pixels(labels, seed=0):
    return np.random.default_rng(seed).random((len(labels), 12), dtype=np.float32)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 100))
def test_folds_are_stratified_and_leave_every_subject_a_training_face(counts, seed):
    subject = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    folds = hold_out_folds(subject, seed=seed)
    for index, count in enumerate(counts):
        own = folds[subject == index]
        if count == 1:
            assert own.tolist() == [-1]
        else:
            held = np.bincount(own)
            assert own.min() >= 0
            assert held.max() - held[: max(counts)].min() <= 1 or len(held) < max(counts)
            assert held.max() < count


def test_learns_what_the_fixed_recognizer_does_not_use(make_faces):
    """Embeddings in which identity is drowned by a large nuisance direction, pixels without identity."""
    clear, labels = make_faces(subjects=10, images=12, enrol=8, noise=0.3)
    rng = np.random.default_rng(0)
    vectors = np.hstack([clear.vectors, 6 * rng.normal(size=(len(labels), 2))]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    faces = AttackedFaces(Embeddings(vectors, clear.ok), random_pixels(labels))
    result = attack_adaptively(faces, labels, seed=0)
    assert result.candidate != "nearest_template"
    assert result.credit.mean() > 0.8
    assert result.cross_validated > 0.8


def test_takes_pixels_where_embeddings_know_nothing(make_faces, blacked_out):
    clear, labels = make_faces(noise=0.2)
    faces = AttackedFaces(blacked_out(clear), clear.vectors)
    result = attack_adaptively(faces, labels, seed=0)
    assert result.candidate == "pixel_discriminant"
    assert result.credit.mean() == 1.0


def test_chooses_without_looking_at_the_probes(make_faces):
    clear, labels = make_faces(noise=0.2)
    vectors = clear.vectors.copy()
    vectors[labels.probe] = np.random.default_rng(0).permutation(vectors[labels.probe])
    before = attack_adaptively(AttackedFaces(clear, random_pixels(labels)), labels, seed=0)
    after = attack_adaptively(
        AttackedFaces(Embeddings(vectors, clear.ok), random_pixels(labels)), labels, seed=0
    )
    assert (before.candidate, before.cross_validated) == (after.candidate, after.cross_validated)
    assert after.credit.mean() < before.credit.mean()


@pytest.mark.parametrize("enrol", [1, 2, 5])
def test_trap_21_blackout_is_exactly_chance(make_faces, blacked_out, enrol):
    clear, labels = make_faces(enrol=enrol)
    faces = AttackedFaces(blacked_out(clear), np.zeros((len(labels), 12), dtype=np.float32))
    assert attack_adaptively(faces, labels, seed=0).credit.tolist() == [1 / 8] * (8 * (6 - enrol))


def test_unequal_numbers_of_training_faces_do_not_help_against_blackout(make_faces, blacked_out):
    clear, labels = make_faces(images=6, enrol=5)
    kept = np.flatnonzero(labels.probe | (np.arange(48) % 6 <= np.arange(48) // 6))
    labels = AttackLabels([labels.face_ids[row] for row in kept], labels.subjects[kept], labels.roles[kept])
    faces = AttackedFaces(
        blacked_out(Embeddings(clear.vectors[kept], clear.ok[kept])), np.ones((len(kept), 4), np.float32)
    )
    assert attack_adaptively(faces, labels, seed=0).credit.tolist() == [1 / 8] * 8


def test_single_training_face_a_subject_works_without_cross_validation(make_faces):
    clear, labels = make_faces(enrol=1, noise=0.2)
    result = attack_adaptively(AttackedFaces(clear, random_pixels(labels)), labels, seed=0)
    assert (result.candidate, result.cross_validated) == (CANDIDATES[0], None)
    assert result.credit.mean() > 0.9


def test_probe_without_training_face_or_not_ok_is_not_scored(make_faces):
    clear, labels = make_faces(noise=0.2)
    ok = clear.ok & ~(labels.enrol & (labels.subjects == "s0002"))
    failed = np.flatnonzero(labels.probe)[0]
    ok[failed] = False
    vectors = clear.vectors.copy()
    vectors[~ok] = np.nan
    pixels = random_pixels(labels)
    pixels[~ok] = np.nan
    credit = attack_adaptively(AttackedFaces(Embeddings(vectors, ok), pixels), labels, seed=0).credit
    assert np.flatnonzero(np.isnan(credit)).tolist() == [0, 6, 7, 8]


def test_nothing_to_train_on_is_no_attack(make_faces):
    clear, labels = make_faces()
    faces = AttackedFaces(Embeddings(clear.vectors, labels.probe), random_pixels(labels))
    result = attack_adaptively(faces, labels, seed=0)
    assert result.candidate is None
    assert np.isnan(result.credit).all()


def test_deterministic_for_a_seed(make_faces):
    clear, labels = make_faces(noise=2.0)
    faces = AttackedFaces(clear, random_pixels(labels))
    first, again = (attack_adaptively(faces, labels, seed=7) for _ in range(2))
    assert first.credit.tolist() == again.credit.tolist()
    assert first.cross_validated == again.cross_validated
