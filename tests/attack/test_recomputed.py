"""Every metric of two views, recomputed from vectors and labels by NumPy and scikit-learn alone."""

from itertools import product

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import RidgeCV
from sklearn.metrics import roc_auc_score, roc_curve

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.run import measure_attack
from bauta.attack.run_suite import measure_suite
from bauta.attack.seen import Seen, map_to_clear
from bauta.attack.suite import ViewedFaces

PEOPLE, EACH, DIMENSIONS = 110, 6, 20
PROTOCOLS = {"naive": (0, 1), "reverse": (1, 0), "parrot": (1, 1)}
"""Protocol → whether the gallery and the probes are released pictures."""
VIEWS = ("as_is", "restored")
MATCHERS = ("nearest_template", "embedding_discriminant")


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Crowd:
    """Faces of people: labels, clear vectors and two views of the released pictures, some of which failed."""

    def __init__(self, prefix, seed, failing=0.04):
        numbers = np.random.default_rng(seed)
        person = np.repeat(np.arange(PEOPLE), EACH)
        self.subjects = np.array([f"{prefix}{one:02d}" for one in person])
        self.probe = np.arange(len(person)) % EACH >= EACH // 2
        centres = numbers.normal(size=(PEOPLE, DIMENSIONS))[person]
        clear = centres + 0.7 * numbers.normal(size=centres.shape)
        turn = np.linalg.qr(np.random.default_rng(5).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
        self.clear = unit(clear).astype(np.float32)
        self.released = {
            "as_is": unit(clear @ turn + 1.0 * numbers.normal(size=clear.shape)).astype(np.float32),
            "restored": unit(clear + 1.6 * numbers.normal(size=clear.shape)).astype(np.float32),
        }
        self.ok = numbers.random(len(person)) > failing
        self.ids = [f"{prefix}{row}" for row in range(len(person))]

    @property
    def labels(self):
        return AttackLabels(self.ids, self.subjects, np.where(self.probe, "probe", "enrol"))

    def embeddings(self, view):
        return Embeddings(self.released[view], self.ok)

    def sides(self, view, protocol):
        """Vectors and what is ok of the gallery's and the probes' side."""
        choices = (self.clear, np.ones(len(self.ok), bool)), (self.released[view], self.ok)
        return [choices[which] for which in PROTOCOLS[protocol]]

    def seen(self, view):
        clear = Embeddings(self.clear, np.ones(len(self.ok), bool))
        return ViewedFaces(view, clear, self.embeddings(view), "m")


@pytest.fixture(scope="module")
def crowds():
    return {prefix: Crowd(prefix, seed) for seed, prefix in enumerate(("own", "choosing", "scored"))}


# --- the fixed attacker


@pytest.fixture(scope="module", params=VIEWS)
def fixed(request, crowds):
    scored, view = crowds["scored"], request.param
    clear = Embeddings(scored.clear, np.ones(len(scored.ok), bool))
    measured = measure_attack(
        clear, scored.embeddings(view), scored.labels, dataset="d", backend="b", setting="s", model="m",
        seed=3, replicates=20,
    )  # fmt: skip
    return scored, view, measured.values


def pairs_of(scored, view, protocol):
    """Scores of all pairs of an enrolled and a probe face, whether genuine, and whether one failed."""
    (gallery, gallery_ok), (probes, probes_ok) = scored.sides(view, protocol)
    enrolled, probe = np.flatnonzero(~scored.probe), np.flatnonzero(scored.probe)
    scores = probes[probe].astype(float) @ gallery[enrolled].astype(float).T
    genuine = scored.subjects[probe][:, None] == scored.subjects[enrolled]
    failed = ~(probes_ok[probe][:, None] & gallery_ok[enrolled])
    return scores.ravel(), genuine.ravel(), failed.ravel()


def rates(scores, genuine):
    """AUC, EER, and TAR at FAR 10 % and 1 %."""
    auc = roc_auc_score(genuine, scores)
    far, tar, _ = roc_curve(genuine, scores, drop_intermediate=False)
    gap = 1 - tar - far
    after = np.argmax(gap <= 0)
    part = gap[after - 1] / (gap[after - 1] - gap[after])
    eer = far[after - 1] + part * (far[after] - far[after - 1])
    return auc, eer, *(tar[far <= wanted].max() for wanted in (0.1, 0.01))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_verification(fixed, protocol):
    scored, view, values = fixed
    scores, genuine, failed = pairs_of(scored, view, protocol)
    whole = np.where(failed, np.where(genuine, 9.0, -9.0), scores)
    for end, used, kept in (("", whole, slice(None)), ("_covered", scores, ~failed)):
        named = [f"{protocol}_{name}{end}" for name in ("auc", "eer", "tar_at_far_1e-1", "tar_at_far_1e-2")]
        # Scores are counted in 20,000 bins.
        expected = rates(used[kept], genuine[kept])
        if roc_auc_score(genuine[~failed], scores[~failed]) < 0.5:
            expected = rates(np.where(failed, used, -used)[kept], genuine[kept])
        assert [values[name].value for name in named] == pytest.approx(expected, abs=2e-3), named


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_identification(fixed, protocol):
    scored, view, values = fixed
    (gallery, gallery_ok), (probes, probes_ok) = scored.sides(view, protocol)
    people = np.unique(scored.subjects)
    templates = np.stack(
        [
            gallery[~scored.probe & gallery_ok & (scored.subjects == one)].astype(float).mean(axis=0)
            for one in people
        ]
    )
    rows = np.flatnonzero(scored.probe)
    ranked = np.argsort(-(probes[rows].astype(float) @ unit(templates).T), axis=1)
    true = scored.subjects[rows][:, None] == people[ranked]
    ok = probes_ok[rows]
    for k in (1, 5):
        hit = true[:, :k].any(axis=1)
        assert values[f"{protocol}_top{k}"].value == pytest.approx(np.where(ok, hit, True).mean())
        assert values[f"{protocol}_top{k}_covered"].value == pytest.approx(hit[ok].mean())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_open_set(fixed, protocol):
    scored, view, values = fixed
    (gallery, gallery_ok), (probes, probes_ok) = scored.sides(view, protocol)
    people = np.unique(scored.subjects)
    half = np.random.default_rng(3).permutation(PEOPLE) % 2
    templates = unit(
        np.stack(
            [
                gallery[~scored.probe & gallery_ok & (scored.subjects == one)].astype(float).mean(axis=0)
                for one in people
            ]
        )
    )
    rows = np.flatnonzero(scored.probe)
    scores = probes[rows].astype(float) @ templates.T
    own = np.searchsorted(people, scored.subjects[rows])
    same_half = half[own][:, None] == half
    mated, other = np.where(same_half, scores, -9), np.where(same_half, -9, scores)
    ok = probes_ok[rows]
    true = np.take_along_axis(scores, own[:, None], axis=1)[:, 0]
    hit = mated.argmax(axis=1) == own
    for fpir, name in ((0.1, "1e-1"),):
        allowed = int(fpir * len(rows))
        threshold = np.sort(other[ok].max(axis=1))[::-1][allowed]
        found = np.where(ok, hit & (true > threshold), True)
        assert values[f"{protocol}_fnir_at_fpir_{name}"].value == pytest.approx(1 - found.mean(), abs=2e-2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_linkability(fixed, protocol):
    scored, view, values = fixed
    scores, genuine, failed = pairs_of(scored, view, protocol)
    bins = np.floor((scores + 1) * 1e4).astype(int)
    kept = bins[~failed]
    count = min(100, int((genuine & ~failed).sum()) // 10)
    edges = np.linspace(kept.min(), kept.max() + 1, count + 1).round()
    for end, counted in (("", np.ones_like(failed)), ("_covered", ~failed)):
        shares = [
            np.histogram(bins[who & ~failed], edges)[0] / (who & counted).sum() for who in (genuine, ~genuine)
        ]
        both = np.where(shares[0] + shares[1] > 0, shares[0] + shares[1], 1)
        linked = np.maximum((shares[0] - shares[1]) / both, 0) * shares[0]
        leaked = (genuine & failed & counted).sum() / (genuine & counted).sum()
        assert values[f"{protocol}_d_sys{end}"].value == pytest.approx(linked.sum() + leaked, abs=5e-3)


# --- the suite


def normalised(scores):
    return (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)


def linear_scores(matcher, gallery, subjects, probes):
    """Scores of probes (P, D) for each of the sorted subjects of a gallery (M, D)."""
    people = np.unique(subjects)
    if matcher == "nearest_template":
        means = np.stack([gallery[subjects == one].mean(axis=0) for one in people])
        return probes @ unit(means).T
    scale, centre = gallery.std(axis=0), gallery.mean(axis=0)
    gallery, probes = (gallery - centre) / scale, (probes - centre) / scale
    means = np.stack([gallery[subjects == one].mean(axis=0) for one in people])
    within = ledoit_wolf(gallery - means[np.searchsorted(people, subjects)], assume_centered=True)[0]
    directions = np.linalg.solve(within + 1e-4 * np.eye(len(within)), means.T)
    return probes @ directions - 0.5 * (means.T * directions).sum(axis=0)


def released_by(crowd, own, view):
    """The vectors of a view, or of a view mapped to clear faces."""
    if not view.endswith("+clear_map"):
        return crowd.released[view]
    name = view.removesuffix("+clear_map")
    ridge = RidgeCV(np.geomspace(1e-4, 1e3, 15)).fit(
        own.released[name][own.ok].astype(float), own.clear[own.ok].astype(float)
    )
    return unit(ridge.predict(crowd.released[name].astype(float)))


def all_scores(crowd, own):
    """(view, matcher, protocol) → normalised scores of all probes; NaN for those that failed."""
    found = {}
    rows = np.flatnonzero(crowd.probe)
    views = [view + end for view in VIEWS for end in ("", "+clear_map")]
    for view, matcher, protocol in product(views, MATCHERS, PROTOCOLS):
        choices = (crowd.clear, np.ones(len(crowd.ok), bool)), (released_by(crowd, own, view), crowd.ok)
        (gallery, gallery_ok), (probes, probes_ok) = (choices[which] for which in PROTOCOLS[protocol])
        enrolled = ~crowd.probe & gallery_ok
        scores = linear_scores(
            matcher, gallery[enrolled].astype(float), crowd.subjects[enrolled], probes[rows].astype(float)
        )
        found[view, matcher, protocol] = np.where(probes_ok[rows][:, None], normalised(scores), np.nan)
    return found


def top1(scores, subjects):
    """Credit of each probe, of each person by the sum of scores, and who has scores; failures leak."""
    people = np.unique(subjects)
    failed = np.isnan(scores).any(axis=1)
    one = failed | (people[np.nan_to_num(scores).argmax(axis=1)] == subjects)
    sums = np.stack([scores[subjects == person].sum(axis=0) for person in people])
    pooled = np.isnan(sums).any(axis=1) | (people[np.nan_to_num(sums).argmax(axis=1)] == people)
    return one, pooled, ~failed


@pytest.fixture(scope="module")
def suite(crowds):
    seen = {name: [crowd.seen(view) for view in VIEWS] for name, crowd in crowds.items()}
    maps = [map_to_clear(o, [c, s]) for o, c, s in zip(*seen.values(), strict=True)]
    release = Seen(
        (*seen["choosing"], *(pair[0] for pair in maps)),
        (*seen["scored"], *(pair[1] for pair in maps)),
        tuple(seen["own"]),
    )
    return measure_suite(
        {None: release},
        crowds["choosing"].labels,
        crowds["scored"].labels,
        [str(row).encode() for row in range(PEOPLE * EACH)],
        dataset="d",
        backend="b",
        setting="s",
        protocols=tuple(PROTOCOLS),
        seed=3,
        replicates=20,
    )


def test_every_attack_of_the_suite_and_the_one_that_counts(suite, crowds):
    own, scored = crowds["own"], crowds["scored"]
    subjects = scored.subjects[scored.probe]
    scores = all_scores(scored, own)
    listed = {}
    for attack in suite.curves["attacks"]:
        which = attack["view"], attack["matcher"], attack["protocol"]
        key = which if not attack["parts"] else tuple(tuple(part.split("/")[:3]) for part in attack["parts"])
        mean = np.mean([scores[part] for part in key], axis=0) if attack["parts"] else scores[which]
        one, pooled, known = top1(mean, subjects)
        listed[which, attack["pooling"]] = (attack, one, pooled, known)
        expected = one.mean() if attack["pooling"] == "one" else pooled.mean()
        assert attack["value"] == pytest.approx(expected), attack
    assert len(listed) == 2 * (4 * 2 * 3 + 3 * 4)

    counted = {
        pooling: next(v for (_, p), v in listed.items() if p == pooling and v[0]["counts"])
        for pooling in ("one", "pooled")
    }
    best = {p: max(v[0]["choosing"] for (_, which), v in listed.items() if which == p) for p in counted}
    assert {p: v[0]["choosing"] for p, v in counted.items()} == best
    values = {name: value.value for name, value in suite.values.items()}
    one, pooled = counted["one"][1], counted["pooled"][2]
    plain = [
        v for (which, p), v in listed.items() if which[:2] == ("as_is", "nearest_template") and p == "one"
    ]
    fixed = max(plain, key=lambda v: v[0]["choosing"])[1]
    people = np.unique(subjects)
    named = np.array([one[subjects == person].mean() > 0.5 for person in people])
    assert values["worst_top1"] == pytest.approx(one.mean())
    assert values["worst_top1_covered"] == pytest.approx(one[counted["one"][3]].mean())
    assert values["worst_top1_pooled"] == pytest.approx(pooled.mean())
    assert values["max_top1"] == pytest.approx(max(v[1].mean() for (_, p), v in listed.items() if p == "one"))
    assert values["max_top1_pooled"] == pytest.approx(
        max(v[2].mean() for (_, p), v in listed.items() if p == "pooled")
    )
    assert values["recovery_gap"] == pytest.approx(one.mean() - fixed.mean())
    assert values["exposed_people"] == pytest.approx(named.mean())
    assert values["chance_top1"] == pytest.approx(1 / PEOPLE)
    assert values["link_top1"] == 1.0


def test_what_is_reached_on_the_people_on_whom_attacks_are_chosen(suite, crowds):
    own, choosing = crowds["own"], crowds["choosing"]
    scores, subjects = all_scores(choosing, own), choosing.subjects[choosing.probe]
    for attack in suite.curves["attacks"]:
        if not attack["parts"]:
            one, pooled, _ = top1(scores[attack["view"], attack["matcher"], attack["protocol"]], subjects)
            expected = one.mean() if attack["pooling"] == "one" else pooled.mean()
            assert attack["choosing"] == pytest.approx(expected), attack
