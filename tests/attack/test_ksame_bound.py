"""Newton, Sweeney and Malin's bound: of k subjects that share an output at most 1 in k is recognised."""

import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.run import measure_attack
from bauta.attack.run_adaptive import measure_adaptive

SUBJECTS, IMAGES, EXPRESSIONS = 24, 8, 4
ATTACKS = ("naive_top1", "reverse_top1", "parrot_top1", "adaptive_top1")


def shared_outputs(k: int, by_expression: bool, seed: int) -> tuple[Embeddings, Embeddings, AttackLabels]:
    """Clear faces, and faces of which each is the mean of its group of k subjects (and its expression)."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(SUBJECTS), IMAGES)
    expression = np.tile(np.arange(IMAGES) % EXPRESSIONS, SUBJECTS)
    vectors = rng.normal(size=(SUBJECTS, 16))[subject] + 0.5 * rng.normal(size=(EXPRESSIONS, 16))[expression]
    vectors += 0.3 * rng.normal(size=vectors.shape)
    group = (subject // k) * EXPRESSIONS + expression * by_expression
    means = np.stack(
        [
            vectors[group == one].mean(axis=0) if (group == one).any() else vectors[0]
            for one in range(group.max() + 1)
        ]
    )
    roles = np.concatenate(
        [rng.permutation(["enrol"] * (IMAGES // 2) + ["probe"] * (IMAGES // 2)) for _ in range(SUBJECTS)]
    )
    labels = AttackLabels(
        [str(row) for row in range(len(subject))], np.char.add("s", subject.astype(str)), roles
    )

    def embed(x: np.ndarray) -> Embeddings:
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        return Embeddings(unit.astype(np.float32), np.ones(len(x), dtype=bool))

    return embed(vectors), embed(means[group]), labels


@pytest.mark.parametrize("by_expression", [False, True], ids=["k-same", "k-same-select"])
@pytest.mark.parametrize("k", [2, 4, 12])
def test_no_attack_beats_one_in_k(k, by_expression):
    clear, anonymized, labels = shared_outputs(k, by_expression, seed=k)
    where = {
        "dataset": "d",
        "backend": "ksame",
        "setting": f"k={k}",
        "model": "m",
        "seed": 0,
        "replicates": 500,
    }
    values = measure_attack(clear, anonymized, labels, **where).values
    values |= measure_adaptive(clear, anonymized, labels, clear.vectors, anonymized.vectors, **where).values
    assert values["adaptive_clear_top1"].value > 0.9
    for name in ATTACKS:
        assert values[name].low <= 1 / k, name
    if not by_expression:
        assert values["parrot_top1"].value == pytest.approx(1 / k)
        assert values["adaptive_top1"].value == pytest.approx(1 / k)


def test_averages_of_neighbours_that_share_no_output_break_the_bound():
    """Trap 12: a face averaged with its own nearest neighbours stays recognisable; attacks must see it."""
    clear, _, labels = shared_outputs(4, by_expression=False, seed=0)
    similarity = clear.vectors @ clear.vectors.T
    nearest = np.argsort(-similarity, axis=1)[:, :4]
    means = clear.vectors[nearest].mean(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    broken = Embeddings(means.astype(np.float32), clear.ok)
    where = {"dataset": "d", "backend": "ksame", "setting": "k=4", "model": "m", "seed": 0, "replicates": 200}
    assert measure_attack(clear, broken, labels, **where).values["naive_top1"].low > 1 / 4
