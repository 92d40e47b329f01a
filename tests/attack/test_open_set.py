import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.open_set import open_set_values, search_halves
from bauta.metrics.intervals import Resampling

FEW = Resampling(100, 0)


def by_hand(gallery_side, probe_side, labels, seed, fpir, fails_closed):
    """FNIR with sorted scores, one probe at a time; bins make scores that are closer than 1e-4 equal."""
    people = np.unique(labels.subjects)
    half = dict(zip(people, np.random.default_rng(seed).permutation(len(people)) % 2, strict=True))
    mated, alarms = [], []
    for probe in np.flatnonzero(labels.probe):
        person = labels.subjects[probe]
        for side in (0, 1):
            scores = {}
            for name in people:
                own = labels.enrol & gallery_side.ok & (labels.subjects == name)
                if half[name] == side and own.any():
                    mean = gallery_side.vectors[own].astype(float).mean(axis=0)
                    scores[name] = float(mean / np.linalg.norm(mean) @ probe_side.vectors[probe])
            if half[person] != side:
                alarms.append(max(scores.values()) if probe_side.ok[probe] else -np.inf)
            elif not probe_side.ok[probe] or person not in scores:
                mated.append(np.inf if fails_closed else -np.inf)
            else:
                mated.append(scores[person] if max(scores, key=scores.get) == person else -np.inf)
    alarms = np.sort(alarms)[::-1]
    threshold = alarms[int(fpir * len(alarms) * (1 + 1e-12))]
    return float(np.mean(np.array(mated) <= threshold))


@pytest.mark.parametrize("fails_closed", [True, False])
def test_agrees_with_one_probe_at_a_time(make_faces, fails_closed):
    clear, labels = make_faces(subjects=60, images=9, enrol=2, noise=1.2)
    rng = np.random.default_rng(3)
    probes = Embeddings(clear.vectors, rng.random(len(labels)) > 0.1)
    gallery = Embeddings(clear.vectors, labels.subjects != "s0007")
    got = open_set_values(gallery, probes, labels, FEW, fails_closed=fails_closed)["fnir_at_fpir_1e-1"]
    assert got.n == 60 * 7
    assert got.value == pytest.approx(by_hand(gallery, probes, labels, 0, 0.1, fails_closed), abs=2 / got.n)
    assert got.low < got.value < got.high


def test_without_failures_both_are_the_same_and_covered_leaves_them_out(make_faces):
    clear, labels = make_faces(subjects=60, images=9, enrol=2, noise=1.2)
    values = open_set_values(clear, clear, labels, FEW, fails_closed=True)
    assert values["fnir_at_fpir_1e-1"] == values["fnir_at_fpir_1e-1_covered"]
    ok = np.arange(len(labels)) % 9 != 8
    failed = open_set_values(clear, Embeddings(clear.vectors, ok), labels, FEW, fails_closed=True)
    assert failed["fnir_at_fpir_1e-1_covered"].n == 60 * 6
    assert failed["fnir_at_fpir_1e-1"].value < failed["fnir_at_fpir_1e-1_covered"].value


def test_a_stricter_fpir_misses_more_and_perfect_faces_are_never_missed(make_faces):
    clear, labels = make_faces(subjects=100, images=33, enrol=3, noise=1.0)
    values = open_set_values(clear, clear, labels, FEW, fails_closed=False)
    assert 0 < values["fnir_at_fpir_1e-1"].value < values["fnir_at_fpir_1e-2"].value < 1
    perfect, labels = make_faces(subjects=60, images=9, enrol=2, noise=0.0, dims=64)
    found = open_set_values(perfect, perfect, labels, FEW, fails_closed=False)["fnir_at_fpir_1e-1"]
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high > 0.0


def test_blackout_finds_nobody(make_faces, blacked_out):
    clear, labels = make_faces(subjects=60, images=9, enrol=2)
    black = blacked_out(clear)
    assert open_set_values(black, black, labels, FEW, fails_closed=True)["fnir_at_fpir_1e-1"].value == 1.0


def test_nobody_is_in_the_gallery_in_which_he_is_a_stranger(make_faces):
    """A stranger's best score is that of somebody else, so removing his own faces changes nothing."""
    clear, labels = make_faces(subjects=20, noise=0.3)
    before = search_halves(clear, clear, labels, seed=1)
    own = labels.subjects[labels.probe] == "s0004"
    without = Embeddings(clear.vectors, ~(labels.enrol & (labels.subjects == "s0004")))
    after = search_halves(without, clear, labels, seed=1)
    assert after.best[own].tolist() == before.best[own].tolist()
    assert before.mated.all()
    assert not after.mated[own].any()
    assert after.mated[~own].all()
    assert np.mean(before.score > before.best) > 0.9


def test_the_seed_draws_the_halves(make_faces):
    clear, labels = make_faces(subjects=20)
    scores = [search_halves(clear, clear, labels, seed=seed).best.tolist() for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


@pytest.mark.parametrize(
    ("faces", "got"),
    [({"subjects": 30, "images": 12}, "270 of 30"), ({"subjects": 20, "images": 33}, "600 of 20")],
)
def test_too_few_searches_or_people_resolve_no_fpir(make_faces, faces, got):
    clear, labels = make_faces(**faces)
    values = open_set_values(clear, clear, labels, FEW, fails_closed=True)
    assert values["fnir_at_fpir_1e-1"].reason == (
        f"FPIR 0.1 needs at least 300 non-mated searches of 30 people, got {got}"
    )


def test_what_the_labels_cannot_support_is_missing(make_faces):
    clear, labels = make_faces(images=1, enrol=1)
    labels = AttackLabels(labels.face_ids, labels.subjects, np.array(["enrol", "probe"] * 4))
    values = open_set_values(clear, clear, labels, FEW, fails_closed=True)
    assert {value.reason for value in values.values()} == {"no probe shows an enrolled subject"}
