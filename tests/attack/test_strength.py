"""The attack that counts is repeated with fewer images of each person and fewer pairs to learn from."""

import numpy as np

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.outcome import attack_release
from bauta.attack.protocols import IMAGES, ONE, PAIRS
from bauta.attack.seen import CLEAR_MAP, Seen, map_to_clear
from bauta.attack.strength import Sweep
from bauta.attack.suite import ViewedFaces
from bauta.metrics.intervals import Resampling

DIMENSIONS, IMAGES_EACH = 32, 10


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def crowd(prefix, seed, people=30):
    """Faces of some people, released after a turn that only pairs of faces reveal."""
    numbers = np.random.default_rng(seed)
    turn = np.linalg.qr(np.random.default_rng(99).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    subject = np.repeat(np.arange(people), IMAGES_EACH)
    clear = numbers.normal(size=(people, DIMENSIONS))[subject]
    clear = clear + 1.5 * numbers.normal(size=clear.shape)
    roles = np.where(np.arange(len(subject)) % IMAGES_EACH < IMAGES_EACH - 2, "enrol", "probe")
    subjects = np.array([f"{prefix}{one:02d}" for one in subject])
    labels = AttackLabels([f"{prefix}{row}" for row in range(len(subject))], subjects, roles)
    ok = np.ones(len(subject), bool)
    return labels, ViewedFaces("as_is", Embeddings(unit(clear), ok), Embeddings(unit(clear @ turn), ok), "m")


def swept(protocols):
    own, choosing, scored = (crowd(prefix, seed) for seed, prefix in enumerate("abc"))
    maps = map_to_clear(own[1], [choosing[1], scored[1]])
    seen = Seen((choosing[1], maps[0]), (scored[1], maps[1]), (own[1],))
    outcome = attack_release(
        seen, choosing[0], scored[0], protocols=protocols, matchers=("nearest_template",), seed=0
    )
    return outcome, Sweep(seen, outcome, scored[0], Resampling(50, 0), 0).points()


def test_with_all_that_he_has_it_is_the_attack_that_counts():
    outcome, points = swept(("naive", "parrot"))
    whole = [point for point in points if point["what"] == IMAGES][-1]
    assert whole["amount"] == IMAGES_EACH - 2
    assert whole["attack"] == str(outcome.counted(ONE))
    assert whole["value"] == outcome.found[outcome.counted(ONE)].one.mean()
    assert whole["low"] < whole["value"] < whole["high"]
    mapped = [point for point in points if point["what"] == PAIRS][-1]
    attack = outcome.counted(ONE, among=[one for one in outcome.found if one.view.endswith(CLEAR_MAP)])
    assert (mapped["attack"], mapped["amount"]) == (str(attack), 30 * IMAGES_EACH)
    assert mapped["value"] == outcome.found[attack].one.mean()


def test_more_images_and_more_pairs_win_more():
    _, points = swept(("naive",))
    for what in (IMAGES, PAIRS):
        values = [point["value"] for point in points if point["what"] == what]
        assert len(values) > 3
        assert values[-1] > values[0] + 0.1
