"""The attack suite: the product, its choice on other people, pooling, fusion and linking."""

import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.linking import link_value
from bauta.attack.outcome import attack_release
from bauta.attack.person_hits import HITS, PersonHits
from bauta.attack.protocols import ONE, POOLED
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import Seen
from bauta.attack.suite import MIXED, Arena, Attack, ViewedFaces, fusions, strongest
from bauta.metrics.intervals import Resampling

PEOPLE, IMAGES, DIMENSIONS = 30, 6, 24


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def embeddings(vectors, ok=None):
    return Embeddings(unit(vectors), np.ones(len(vectors), bool) if ok is None else ok)


def crowd(prefix, seed, noise=0.4, people=PEOPLE):
    """Faces of some people: the labels and the clear embeddings."""
    numbers = np.random.default_rng(seed)
    centres = numbers.normal(size=(people, DIMENSIONS))
    subject = np.repeat(np.arange(people), IMAGES)
    labels = AttackLabels(
        [f"{prefix}{row}" for row in range(len(subject))],
        np.array([f"{prefix}{one:02d}" for one in subject]),
        np.where(np.arange(len(subject)) % IMAGES < IMAGES // 2, "enrol", "probe"),
    )
    return labels, centres[subject] + noise * numbers.normal(size=(len(subject), DIMENSIONS))


def turned(vectors):
    """Released faces that only compare among themselves."""
    turn = np.linalg.qr(np.random.default_rng(9).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    return vectors @ turn


def views(clear):
    released = turned(clear)
    return (
        ViewedFaces("as_is", embeddings(clear), embeddings(released)),
        ViewedFaces("restored", embeddings(clear), embeddings(clear)),
    )


def arena(labels, seen, protocols=("naive", "parrot")):
    matchers = ("nearest_template", "embedding_discriminant")
    return Arena(labels, seen, protocols, matchers, seed=0)


def test_every_view_matcher_and_protocol_attacks():
    labels, clear = crowd("a", 0)
    found = arena(labels, views(clear)).credits({})
    assert len(found) == 2 * 2 * 2
    naive = found[Attack("as_is", "nearest_template", "naive")]
    assert naive.one.mean() < 0.2
    for attack, reached in found.items():
        if attack != Attack("as_is", "nearest_template", "naive") and attack.view == "restored":
            assert reached.one.mean() > 0.9, attack


def test_the_credit_of_one_probe_is_that_of_the_fixed_attacker():
    labels, clear = crowd("a", 1, noise=2.0)
    seen = views(clear)
    found = arena(labels, seen).credits({})[Attack("restored", "nearest_template", "naive")]
    vectors, subjects = unit(clear).astype(float), labels.subjects
    gallery = np.unique(subjects)
    templates = np.stack([vectors[labels.enrol & (subjects == one)].mean(axis=0) for one in gallery])
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    guessed = gallery[(vectors[labels.probe] @ templates.T).argmax(axis=1)]
    np.testing.assert_array_equal(found.one, guessed == subjects[labels.probe])


def test_pooling_sums_normalised_scores_of_a_person():
    labels, clear = crowd("a", 2, noise=2.0)
    found = arena(labels, views(clear)).credits({})[Attack("restored", "nearest_template", "naive")]
    vectors, subjects = unit(clear).astype(float), labels.subjects
    gallery = np.unique(subjects)
    templates = np.stack([vectors[labels.enrol & (subjects == one)].mean(axis=0) for one in gallery])
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    scores = vectors[labels.probe] @ templates.T
    scores = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    named = [gallery[scores[subjects[labels.probe] == one].sum(axis=0).argmax()] for one in gallery.tolist()]
    np.testing.assert_array_equal(found.pooled, np.array(named) == gallery)
    assert found.pooled.mean() > found.one.mean()


@pytest.mark.parametrize("block", [1, 7, 10**6])
def test_blocks_change_nothing(block, monkeypatch):
    labels, clear = crowd("a", 3, noise=2.0)
    seen = arena(labels, views(clear))
    whole = seen.credits({})
    monkeypatch.setattr("bauta.attack.suite.BLOCK_SCORES", block)
    for attack, reached in seen.credits({}).items():
        np.testing.assert_array_equal(reached.one, whole[attack].one)
        np.testing.assert_array_equal(reached.pooled, whole[attack].pooled)


def test_a_failed_probe_leaks_itself_and_its_person():
    labels, clear = crowd("a", 4)
    ok = np.ones(len(labels), bool)
    failed = np.flatnonzero(labels.probe)[0]
    ok[failed] = False
    blind = np.ones_like(clear)
    seen = (ViewedFaces("as_is", embeddings(clear), embeddings(blind, ok)),)
    found = arena(labels, seen).credits({})[Attack("as_is", "nearest_template", "naive")]
    assert np.isnan(found.one).sum() == 1
    assert np.isnan(found.one[0])
    assert np.isnan(found.pooled[0])
    # Of the others, a constant names the same person each time.
    assert np.nansum(found.one) == IMAGES // 2
    assert np.nansum(found.pooled) == 1


def test_constant_outputs_are_at_chance_whatever_attacks():
    labels, clear = crowd("a", 5)
    ground, others = crowd("b", 6, people=12)
    blind = [
        (ViewedFaces("as_is", embeddings(one), embeddings(np.ones_like(one))),) for one in (others, clear)
    ]
    outcome = attack_release(
        Seen(*blind),
        ground,
        labels,
        protocols=("naive", "reverse", "parrot"),
        matchers=("nearest_template", "embedding_discriminant"),
        seed=0,
    )
    for attack, reached in outcome.found.items():
        # Equal outputs are told apart by nothing: all are the same person, or nobody knows who.
        assert reached.one.mean() == pytest.approx(1 / PEOPLE), attack


def test_the_attack_is_chosen_on_others_and_not_the_luckiest():
    labels, clear = crowd("a", 7, noise=2.0)
    ground, others = crowd("b", 8, noise=2.0)
    outcome = attack_release(
        Seen(views(others), views(clear)),
        ground,
        labels,
        protocols=("naive", "parrot"),
        matchers=("nearest_template", "embedding_discriminant"),
        seed=0,
    )
    for pooling in (ONE, POOLED):
        assert outcome.counted(pooling) == strongest(outcome.chosen, pooling)
    luckiest = strongest(outcome.found, ONE)
    assert outcome.found[luckiest].one.mean() >= outcome.found[outcome.counted(ONE)].one.mean()


def test_between_attacks_that_name_everybody_the_margin_decides():
    labels, clear = crowd("a", 9, noise=0.05)
    seen = (
        ViewedFaces(
            "as_is",
            embeddings(clear),
            embeddings(clear + 0.5 * np.random.default_rng(0).normal(size=clear.shape)),
        ),
        ViewedFaces("restored", embeddings(clear), embeddings(clear)),
    )
    found = arena(labels, seen).credits({})
    first, second = (found[Attack(name, "nearest_template", "naive")] for name in ("as_is", "restored"))
    assert first.one.mean() == second.one.mean() == 1.0
    assert (
        strongest({a: r for a, r in found.items() if a.matcher == "nearest_template"}, ONE).view == "restored"
    )


def test_fused_attacks_average_normalised_scores_and_gain():
    labels, clear = crowd("a", 10, noise=1.0)
    numbers = np.random.default_rng(1)
    seen = tuple(
        ViewedFaces(name, embeddings(clear), embeddings(clear + 2 * numbers.normal(size=clear.shape)))
        for name in ("as_is", "restored")
    )
    field = arena(labels, seen, protocols=("naive",))
    alone = field.credits({})
    fused = field.credits(fusions(alone, ("naive",)))
    parts = fusions(alone, ("naive",))
    assert {len(part) for part in parts.values()} == {2, 3}
    assert {attack.protocol for attack in parts} == {"naive", MIXED}
    best = max(reached.one.mean() for reached in alone.values())
    assert max(fused[attack].one.mean() for attack in parts) > best


def test_recognizers_are_fused_and_a_view_without_one_goes_with_any():
    labels, clear = crowd("a", 14, noise=1.0)
    numbers = np.random.default_rng(2)
    seen = tuple(
        ViewedFaces(
            name, embeddings(clear), embeddings(clear + 2 * numbers.normal(size=clear.shape)), recognizer
        )
        for name, recognizer in (("as_is", "a"), ("as_is", "b"), ("pixels", None))
    )
    field = arena(labels, seen, protocols=("naive",))
    alone = field.credits({})
    assert {attack.recognizer for attack in alone} == {"a", "b", None}
    by_a, by_b = (Attack("as_is", "nearest_template", "naive", name) for name in ("a", "b"))
    assert str(by_a) == "as_is/nearest_template/naive/a"
    assert (alone[by_a].one != alone[by_b].one).any()
    parts = fusions(alone, ("naive",))
    for attack, fused in parts.items():
        named = {part.recognizer for part in fused} - {None}
        assert attack.recognizer == (MIXED if len(named) > 1 else next(iter(named), None))
    assert MIXED in {attack.recognizer for attack in parts}


def test_clear_probes_are_not_mixed_with_released_ones():
    labels, clear = crowd("a", 15, noise=1.0)
    protocols = ("naive", "reverse", "parrot")
    parts = fusions(arena(labels, views(clear), protocols).credits({}), protocols)
    mixed = [fused for attack, fused in parts.items() if attack.protocol == MIXED]
    assert len(mixed) == 3
    assert {part.protocol for fused in mixed for part in fused} <= {"naive", "parrot"}


def test_a_person_whose_enrolled_pictures_all_failed_leaks():
    labels, clear = crowd("a", 16)
    ok = np.ones(len(labels), bool)
    ok[labels.enrol & (labels.subjects == "a00")] = False
    seen = (ViewedFaces("as_is", embeddings(clear), embeddings(clear, ok)),)
    found = arena(labels, seen).credits({})[Attack("as_is", "nearest_template", "parrot")]
    lost = labels.subjects[labels.probe] == "a00"
    assert np.isnan(found.one[lost]).all()
    assert not np.isnan(found.one[~lost]).any()


def measured(seen, choosing, labels, **changes):
    settings = {"protocols": ("naive", "parrot"), "seed": 0, "replicates": 50, "lender": None}
    where = {"dataset": "d", "backend": "b", "setting": "s"}
    return measure_suite(
        {None: seen}, choosing, labels, [b"same"] * len(labels), **where, **{**settings, **changes}
    )


def test_without_enough_people_to_choose_on_the_maximum_counts_down_to_its_band():
    labels, clear = crowd("a", 11, noise=2.0)
    ground, others = crowd("b", 12, people=4)
    found = measured(Seen(views(others), views(clear)), ground, labels, lender="somewhere")
    assert found.notes[0] == "the attacker learns and chooses on people of 'somewhere'"
    assert found.provenance["people"] == "somewhere"
    assert all(attack["choosing"] is None for attack in found.curves["attacks"])
    assert any("chosen on the scored people" in note for note in found.notes)
    assert sum(attack["counts"] for attack in found.curves["attacks"]) == 2
    counted = {attack["pooling"]: attack for attack in found.curves["attacks"] if attack["counts"]}
    for pooling, end in ((ONE, ""), (POOLED, "_pooled")):
        worst, most = found.values[f"worst_top1{end}"], found.values[f"max_top1{end}"]
        assert worst.value == most.value
        assert worst.low == min(most.low, counted[pooling]["low"])
        assert worst.high == counted[pooling]["high"]
    assert found.values["max_top1"].low < counted[ONE]["low"]


def test_without_the_view_as_is_there_is_no_fixed_attacker_to_gain_on():
    labels, clear = crowd("a", 17)
    ground, others = crowd("b", 18)
    seen = Seen(views(others)[1:], views(clear)[1:])
    values = measured(seen, ground, labels).values
    assert values["worst_top1"].value > 0.9
    assert values["recovery_gap"].value is None
    assert "as_is" in values["recovery_gap"].reason


def test_a_lender_that_has_names_of_scored_people_is_told():
    labels, clear = crowd("a", 19)
    seen = Seen(views(clear), views(clear))
    notes = measured(seen, labels, labels, lender="twin").notes
    assert any(note.startswith(f"{PEOPLE} scored people have names of people of 'twin'") for note in notes)
    ground, others = crowd("b", 20)
    seen = Seen(views(others), views(clear))
    assert len(measured(seen, ground, labels, lender="other").notes) == 1


def test_the_outcomes_of_each_person_add_up_to_what_counts():
    labels, clear = crowd("a", 11, noise=2.0)
    measured = measure_suite(
        {None: Seen(views(clear), views(clear)), 90: Seen(views(clear), views(clear))},
        crowd("b", 12, people=4)[0],
        labels,
        [b"same"] * len(labels),
        dataset="d",
        backend="b",
        setting="s",
        protocols=("naive",),
        seed=0,
        replicates=50,
    )
    one, pooled = (PersonHits.of_curve(measured.curves[HITS], which) for which in ("one", "pooled"))
    assert 0 < one.share < 1
    assert one.share == pytest.approx(measured.values["worst_top1"].value)
    assert pooled.share == pytest.approx(measured.values["worst_top1_pooled"].value)
    assert one.probes.tolist() == [IMAGES // 2] * PEOPLE


def test_linking_finds_every_picture_whose_output_is_its_own_and_guesses_among_equal_ones():
    labels, _ = crowd("a", 13)
    resampling = Resampling(50, 0)
    own = [str(row).encode() for row in range(len(labels))]
    assert link_value(own, labels, resampling).value == 1.0
    assert link_value([b"black"] * len(labels), labels, resampling).value == pytest.approx(1 / PEOPLE)
    pairs = [labels.subjects[row // (2 * IMAGES) * 2 * IMAGES].encode() for row in range(len(labels))]
    assert link_value(pairs, labels, resampling).value == pytest.approx(0.5)
    failed = [None if row == 3 else b"black" for row in range(len(labels))]
    assert link_value(failed, labels, resampling).value > 1 / PEOPLE
