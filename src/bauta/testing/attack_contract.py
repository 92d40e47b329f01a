"""The contract of `attack.candidates.Attack` as checks for any attack.

Its test is parametrised over `CHECKS`:

    @pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
    def test_contract(check):
        check(AttackCase(my_attack))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bauta.attack.candidates import Attack, AttackedFaces, EnrolledFaces
from bauta.attack.faces import on_disk
from bauta.io.row_file import RowFile, Scratch
from bauta.protocols import Floats
from bauta.testing.violation import named, require

SUBJECTS, IMAGES = 6, 8
LEARNED = 0.5
"""Share of held-out faces that must be recognised among six people who are easy to distinguish."""


@dataclass(frozen=True)
class AttackCase:
    """An attack to check.

    Attributes:
        attack: The attack.
        seed: Seed of all trainings.
    """

    attack: Attack
    seed: int = 0


@dataclass(frozen=True)
class _People:
    """Embeddings and pixels of people's faces, half of each person's to learn from."""

    faces: AttackedFaces
    subject: NDArray[np.intp]
    learn: NDArray[np.intp]
    held: NDArray[np.intp]


def _people() -> _People:
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(SUBJECTS), IMAGES)
    vectors = rng.normal(size=(SUBJECTS, 16))[subject] + 0.2 * rng.normal(size=(len(subject), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pixels = rng.random((SUBJECTS, 32))[subject] + 0.05 * rng.normal(size=(len(subject), 32))
    faces = _on_disk(vectors.astype(np.float32), pixels.astype(np.float32), np.ones(len(subject), dtype=bool))
    rows = np.arange(len(subject))
    return _People(faces, subject, rows[rows % IMAGES < IMAGES // 2], rows[rows % IMAGES >= IMAGES // 2])


def _on_disk(vectors: Floats, pixels: Floats, ok: NDArray[np.bool_]) -> AttackedFaces:
    """The faces as the suite has them: rows that are read where they are needed, and no arrays."""
    scratch = Scratch()
    rows = RowFile(scratch, pixels.shape[1])
    rows.append(pixels)
    return AttackedFaces(on_disk([(vectors, ok)], vectors.shape[1], scratch), rows)


def _scores(case: AttackCase, people: _People, held: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
    enrolled = EnrolledFaces(people.faces, people.learn, people.subject[people.learn], SUBJECTS)
    fitted = case.attack(enrolled, seed=case.seed)
    return fitted.scores(people.faces, people.held if held is None else held)


def check_output(case: AttackCase) -> None:
    """Check that there is a finite score float64 (P, S) for each probe and subject."""
    people = _people()
    scores = _scores(case, people)
    shape = (len(people.held), SUBJECTS)
    require(scores.shape == shape, f"expected scores {shape}, got {scores.shape}")
    require(scores.dtype == np.float64, f"expected float64, got {scores.dtype}")
    require(bool(np.isfinite(scores).all()), "a score is not finite")


def check_learns(case: AttackCase) -> None:
    """Check that people who are easy to distinguish are recognised."""
    people = _people()
    top1 = float((_scores(case, people).argmax(axis=1) == people.subject[people.held]).mean())
    require(top1 >= LEARNED, f"expected top-1 {LEARNED} or more among distinct people, got {top1}")


def check_deterministic(case: AttackCase) -> None:
    """Check that the same seed gives the same result for any batch of probes."""
    people = _people()
    expected = _scores(case, people)
    require(np.array_equal(expected, _scores(case, people)), "two trainings with one seed differ")
    alone = np.concatenate([_scores(case, people, people.held[row : row + 1]) for row in range(3)])
    require(np.allclose(alone, expected[:3]), "a probe alone gets different scores")


def check_looks_only_at_its_rows(case: AttackCase) -> None:
    """Check that faces outside the training rows have no influence: probes, and failed faces."""
    people = _people()
    expected = _scores(case, people)
    hidden = np.setdiff1d(np.arange(len(people.subject)), np.union1d(people.learn, people.held[:4]))
    everybody = np.arange(len(people.subject))
    vectors, pixels = people.faces.embeddings.vectors[everybody], people.faces.pixels[everybody]
    ok = people.faces.embeddings.ok.copy()
    vectors[hidden], pixels[hidden], ok[hidden] = np.nan, np.nan, False
    changed = replace(people, faces=_on_disk(vectors, pixels, ok))
    found = _scores(case, changed, people.held[:4])
    require(np.allclose(found, expected[:4]), "a face outside the training rows changes the scores")


def check_one_face_each(case: AttackCase) -> None:
    """Check that one face per subject suffices for training."""
    people = _people()
    one = replace(people, learn=people.learn[:: IMAGES // 2])
    require(bool(np.isfinite(_scores(case, one)).all()), "one face per subject: a score is not finite")


CHECKS: Mapping[str, Callable[[AttackCase], None]] = named(
    check_output, check_learns, check_deterministic, check_looks_only_at_its_rows, check_one_face_each
)
"""Every check by name; each raises `ContractViolationError`."""
