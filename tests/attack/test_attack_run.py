import json

import numpy as np
import pytest

from bauta.attack.faces import AttackLabels, Embeddings
from bauta.attack.lfw_pairs import Pair
from bauta.attack.person_hits import HITS, PersonHits
from bauta.attack.run import CURVE_BINS, measure_attack, measure_clear
from bauta.attack.run_adaptive import measure_adaptive
from bauta.attack.threshold import Development
from bauta.errors import DataError, UnknownNameError
from bauta.measurement import Measurement, Value

SET = {"dataset": "d", "backend": "b", "setting": "s", "model": "m", "seed": 0, "replicates": 200}
CLEAR = {"dataset": "d", "model": "m", "seed": 0, "replicates": 200}
PROTOCOLS = ("naive", "reverse", "parrot")
GUESSES = ("chance_top1", "blind_top1", "constant_top1")


def without_prefix(values: dict[str, Value], prefix: str) -> dict[str, Value]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def pixels_of(faces: Embeddings) -> np.ndarray:
    return np.nan_to_num(faces.vectors[:, :8])


def test_control_identity_equals_the_clear_baseline_exactly(make_faces):
    clear, labels = make_faces(noise=1.5)
    baseline = measure_clear(clear, labels, **CLEAR).values
    attack = measure_attack(clear, Embeddings(clear.vectors.copy(), clear.ok.copy()), labels, **SET).values
    for protocol in PROTOCOLS:
        assert without_prefix(attack, f"{protocol}_") == without_prefix(baseline, "clear_")
    for name in (*GUESSES, "tar_at_clear_threshold", "far_at_clear_threshold"):
        assert attack[name] == baseline[name]
    assert 0 <= attack["cosine_distance"].value < 1e-6
    assert attack["cosine_distance"].low >= 0
    adaptive = measure_adaptive(clear, clear, labels, pixels_of(clear), pixels_of(clear), **SET).values
    assert adaptive["adaptive_top1"] == adaptive["adaptive_clear_top1"]


def test_control_blackout_is_exactly_at_chance(make_faces, blacked_out):
    clear, labels = make_faces()
    black = blacked_out(clear)
    values = measure_attack(clear, black, labels, **SET).values
    values |= measure_adaptive(clear, black, labels, pixels_of(clear), pixels_of(black), **SET).values
    chance = values["blind_top1"].value
    assert chance == values["chance_top1"].value == 1 / 8
    for name in ("reverse_top1", "parrot_top1", "adaptive_top1"):
        assert values[name].value == chance
    for name in ("naive_top1", "reverse_top1", "parrot_top1", "adaptive_top1"):
        assert values[name].low <= chance <= values[name].high
    for protocol in PROTOCOLS:
        assert values[f"{protocol}_auc"].value == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_control_blackout_holds_chance_also_for_unequal_numbers_of_probes(make_faces, blacked_out, seed):
    """In the naive protocol one gallery subject wins every probe, and it may have one probe of many."""
    clear, labels = make_faces(subjects=30, images=10, enrol=2, seed=seed)
    rng = np.random.default_rng(seed)
    kept = np.flatnonzero(labels.enrol | (np.arange(300) % 10 < 3 + np.repeat(rng.geometric(0.4, 30), 10)))
    labels = AttackLabels([labels.face_ids[row] for row in kept], labels.subjects[kept], labels.roles[kept])
    clear = Embeddings(clear.vectors[kept], clear.ok[kept])
    values = measure_attack(clear, blacked_out(clear), labels, **SET).values
    assert values["blind_top1"].value == 1 / 30 < values["chance_top1"].value
    assert values["naive_top1"].low <= 1 / 30 <= values["naive_top1"].high
    assert values["parrot_top1"].value == 1 / 30


def test_trap_9_every_attack_names_its_protocol(make_faces):
    clear, labels = make_faces()
    anonymized, _ = make_faces(seed=1)
    got = measure_attack(clear, anonymized, labels, **SET, protocols=["parrot"])
    assert set(got.curves) == {"parrot"}
    protocol_free = {*GUESSES, "cosine_distance"}
    assert all(name.startswith("parrot_") for name in set(got.values) - protocol_free)


def test_protocols_see_different_sides(make_faces):
    clear, labels = make_faces(noise=0.2)
    unrelated, _ = make_faces(noise=0.2, seed=1)
    values = measure_attack(clear, unrelated, labels, **SET).values
    assert values["parrot_top1"].value == 1.0
    assert values["naive_top1"].value < 0.5
    assert values["reverse_top1"].value < 0.5


def test_failures_count_as_leaks_under_every_protocol_and_are_told(make_faces):
    clear, labels = make_faces(noise=0.2)
    unrelated, _ = make_faces(noise=0.2, seed=1)
    ok = labels.subjects != "s0001"
    values = measure_attack(clear, Embeddings(unrelated.vectors, ok), labels, **SET)
    for protocol in PROTOCOLS:
        everything = values.values[f"{protocol}_top1"]
        covered = values.values[f"{protocol}_top1_covered"]
        assert (everything.n, covered.n) == (24, 21)
        assert everything.value == pytest.approx((3 + 21 * covered.value) / 24)
    assert "naive: 3 of 24 probes failed and count as recognised" in values.notes
    assert (
        "reverse: 3 of 24 probes show a subject without a gallery template and count as recognised"
        in values.notes
    )
    assert values.values["cosine_distance"].n == 42


def test_everything_failed_leaks_everything(make_faces):
    clear, labels = make_faces()
    nothing = Embeddings(np.full_like(clear.vectors, np.nan), np.zeros(len(labels), dtype=bool))
    values = measure_attack(clear, nothing, labels, **SET).values
    values |= measure_adaptive(clear, nothing, labels, pixels_of(clear), pixels_of(nothing), **SET).values
    for name in ("naive", "reverse", "parrot", "adaptive"):
        assert values[f"{name}_top1"].value == 1.0
        assert values[f"{name}_top1_covered"].reason == "no probe face could be scored"
    for name in PROTOCOLS:
        assert [values[f"{name}_{axis}"].value for axis in ("auc", "eer", "d_sys")] == [1.0, 0.0, 1.0]
        assert values[f"{name}_auc_covered"].reason.startswith("no genuine pairs")
        assert values[f"{name}_d_sys_covered"].value is None
    assert values["cosine_distance"].value is None


def test_trap_29_half_of_the_probes_failed_is_no_privacy_on_any_axis(make_faces):
    """The numbers that hide failures are those of the other half, on which the attacker knows nothing."""
    clear, labels = make_faces(subjects=60, images=12, enrol=2)
    unrelated, _ = make_faces(subjects=60, images=12, enrol=2, seed=1)
    failed = labels.probe & (np.arange(len(labels)) % 2 == 0)
    values = measure_attack(clear, Embeddings(unrelated.vectors, ~failed), labels, **SET).values
    assert values["naive_top1"].value > 0.5 > values["naive_top1_covered"].value
    assert values["naive_auc_covered"].value == pytest.approx(0.5, abs=0.05)
    # Each of the four combinations of failed and scored pairs is a quarter: three are told apart.
    assert values["naive_auc"].value == pytest.approx(0.75 + values["naive_auc_covered"].value / 4)
    assert values["naive_eer"].value < 0.4 < values["naive_eer_covered"].value
    assert values["naive_tar_at_far_1e-2"].value > 0.5 > values["naive_tar_at_far_1e-2_covered"].value
    assert values["naive_d_sys"].value > 0.5 > values["naive_d_sys_covered"].value
    assert values["naive_fnir_at_fpir_1e-1"].value <= 0.5 < values["naive_fnir_at_fpir_1e-1_covered"].value
    assert values["naive_top1_at_10"].value > 0.5 > values["naive_top1_at_10_covered"].value
    for protocol in PROTOCOLS:
        assert values[f"{protocol}_auc"].value >= values[f"{protocol}_auc_covered"].value


def test_trap_29_a_failed_enrolled_face_leaks_where_the_gallery_is_anonymized(make_faces):
    clear, labels = make_faces(subjects=20, images=4, enrol=2)
    ok = ~(labels.enrol & (labels.subjects < "s0005"))
    values = measure_attack(clear, Embeddings(clear.vectors, ok), labels, **SET).values
    assert values["naive_auc"] == values["naive_auc_covered"], "the naive gallery is clear"
    for protocol in ("reverse", "parrot"):
        whole, covered = values[f"{protocol}_auc"], values[f"{protocol}_auc_covered"]
        assert (whole.n, covered.n) == (20 * 2 * 40, 20 * 2 * 40 - 40 * 10)


def test_an_original_that_failed_in_a_clear_gallery_is_no_failure_of_the_anonymizer(make_faces):
    clear, labels = make_faces(subjects=20, images=4, enrol=2)
    ok = ~(labels.enrol & (np.arange(len(labels)) % 4 == 0))
    values = measure_attack(Embeddings(clear.vectors, ok), clear, labels, **SET).values
    assert values["naive_auc"] == values["naive_auc_covered"]
    assert values["naive_auc"].n == 20 * 40


def test_failures_of_the_clear_baseline_are_left_out_as_before(make_faces):
    clear, labels = make_faces()
    ok = clear.ok & (labels.subjects != "s0002")
    values = measure_clear(Embeddings(clear.vectors, ok), labels, **CLEAR).values
    for name in ("auc", "eer", "d_sys"):
        assert values[f"clear_{name}"] == values[f"clear_{name}_covered"]
    assert values["clear_auc"].n == 7 * 7 * 9
    assert values["clear_top1"].value < values["clear_top1_covered"].value


def test_trap_30_embeddings_pushed_against_identity_hide_nobody(make_faces):
    """Each face is turned into its opposite: AUC of the cosines is near 0, and that is no privacy."""
    clear, labels = make_faces(subjects=60, noise=0.5)
    got = measure_attack(clear, Embeddings(-clear.vectors, clear.ok), labels, **SET)
    straight = measure_clear(clear, labels, **CLEAR).values
    assert got.values["naive_auc"].value > 0.97
    for name in ("auc", "eer", "tar_at_far_1e-2"):
        assert got.values[f"naive_{name}"].value == pytest.approx(straight[f"clear_{name}"].value, abs=2e-3)
    turned = [note.split(":")[0] for note in got.notes if "scores turned round" in note]
    assert turned == ["naive", "reverse"]


def test_trap_16_what_cannot_be_computed_is_null_and_never_a_number(make_faces):
    """One image a subject, as in FER-2013: nobody can be identified or verified."""
    clear, labels = make_faces(images=1, enrol=1)
    labels = AttackLabels(labels.face_ids, labels.subjects, np.array(["enrol", "probe"] * 4))
    for measured in (measure_clear(clear, labels, **CLEAR), measure_attack(clear, clear, labels, **SET)):
        for name, value in measured.values.items():
            if name not in (*GUESSES, "cosine_distance"):
                assert value.value is None, name
                assert value.reason


def test_trap_23_mean_cosine_distance_does_not_tell_linked_from_unlinked(make_faces):
    """A rotation moves every embedding far away and hides nobody from the parrot attack."""
    clear, labels = make_faces(noise=0.2)
    turned = Embeddings(np.roll(clear.vectors, 1, axis=1), clear.ok)
    values = measure_attack(clear, turned, labels, **SET).values
    expected = 1 - np.einsum("ij,ij->i", clear.vectors, turned.vectors).mean()
    assert values["cosine_distance"].value == pytest.approx(expected, abs=1e-6)
    assert values["cosine_distance"].value > 0.8
    assert values["parrot_top1"].value == 1.0


def test_trap_11_attacker_that_is_weak_on_clear_faces_is_invalid(make_faces, monkeypatch):
    clear, labels = make_faces(noise=0.2)
    pixels = pixels_of(clear)
    learned = measure_adaptive(clear, clear, labels, pixels, pixels, **SET)
    assert learned.values["adaptive_valid"].value == 1.0
    hits = PersonHits.of_curve(learned.curves[HITS], "one")
    assert hits.share == pytest.approx(learned.values["adaptive_top1"].value)
    monkeypatch.setattr(
        "bauta.attack.adaptive.rank_credit", lambda _scores, true, _ranks: np.zeros((len(true), 1))
    )
    got = measure_adaptive(clear, clear, labels, pixels, pixels, **SET)
    assert got.values["adaptive_top1"].value == 0.0
    assert got.values["adaptive_valid"].value == 0.0
    assert got.notes[-1].startswith("adaptive attacker invalid: top-1 0.000 on clear faces")


def test_threshold_source_is_in_the_provenance(make_faces):
    clear, labels = make_faces(subjects=70)
    dev_faces, dev_labels = make_faces(subjects=60, seed=1)
    dev = Development(
        dev_faces,
        AttackLabels(dev_labels.face_ids, np.char.add("dev-", dev_labels.subjects), dev_labels.roles),
    )
    source = "clear_threshold_source"
    by_folds = measure_clear(clear, labels, **CLEAR)
    by_dev = measure_attack(clear, clear, labels, **SET, dev=dev)
    assert by_folds.provenance[source] == "clear pairs of 10 folds over the scored subjects"
    assert by_dev.provenance[source] == "clear pairs of development subjects"
    assert by_dev.provenance["clear_threshold"] != by_folds.provenance["clear_threshold"]


def test_curves_hold_all_pairs(make_faces):
    clear, labels = make_faces()
    curve = measure_clear(clear, labels, **CLEAR).curves["clear"]
    assert len(curve["bin_edges"]) == CURVE_BINS + 1
    assert (sum(curve["genuine"]), sum(curve["impostor"])) == (72, 504)
    local = curve["linkability"]
    assert len(local["bin_edges"]) == len(local["d"]) + 1
    assert min(local["d"]) >= 0.0
    assert 0.9 < max(local["d"]) <= 1.0


def test_measurements_survive_json(make_faces, tmp_path):
    clear, labels = make_faces()
    pixels = pixels_of(clear)
    for got in (
        measure_clear(clear, labels, **CLEAR),
        measure_attack(clear, clear, labels, **SET),
        measure_adaptive(clear, clear, labels, pixels, pixels, **SET),
    ):
        got.write(tmp_path / "m.json")
        assert Measurement.read(tmp_path / "m.json") == got
        assert "NaN" not in json.dumps(got.model_dump())


def test_rows_that_do_not_match_are_refused(make_faces):
    clear, labels = make_faces()
    short = Embeddings(clear.vectors[1:], clear.ok[1:])
    with pytest.raises(DataError, match="expected 48 embeddings"):
        measure_attack(clear, short, labels, **SET)
    with pytest.raises(DataError, match="expected pixel features of 48 faces, got 47"):
        measure_adaptive(clear, clear, labels, pixels_of(clear), pixels_of(short), **SET)
    with pytest.raises(UnknownNameError):
        measure_attack(clear, clear, labels, **SET, protocols=["naïve"])


def lfw_folds(labels):
    """Two folds of two genuine and two impostor pairs over the first subjects, one image unknown."""
    face = {name: list(np.flatnonzero(labels.subjects == name)) for name in np.unique(labels.subjects)}
    ids = [[labels.face_ids[row] for row in rows] for rows in face.values()]
    folds = []
    for one, two in ((ids[0], ids[1]), (ids[2], ids[3])):
        genuine = [Pair(one[0], one[4], genuine=True), Pair(two[0], two[5], genuine=True)]
        impostor = [Pair(one[0], two[4], genuine=False), Pair(two[1], one[5], genuine=False)]
        folds.append((*genuine, Pair(one[1], "unknown_0001", genuine=True), *impostor))
    return folds


def test_the_pairs_of_lfw_are_scored_clear_and_with_the_second_image_anonymized(make_faces):
    clear, labels = make_faces(noise=0.2)
    pairs = lfw_folds(labels)
    baseline = measure_clear(clear, labels, **CLEAR, pairs=pairs)
    assert baseline.values["clear_pairs_accuracy"] == Value(value=1.0, n=8)
    assert baseline.values["clear_pairs_standard_error"] == Value(value=0.0, n=2)
    told = "pairs: 4 genuine and 4 impostor pairs in 2 folds, 2 and 0 are missing an image"
    assert told in baseline.notes
    first = {pair.first for fold in pairs for pair in fold}
    scrambled = clear.vectors.copy()
    scrambled[[row for row, name in enumerate(labels.face_ids) if name in first]] *= -1
    kept = measure_attack(clear, Embeddings(scrambled, clear.ok), labels, **SET, pairs=pairs)
    assert kept.values["pairs_accuracy"].value == 1.0, "first images stay clear"
    turned = measure_attack(clear, Embeddings(-clear.vectors, clear.ok), labels, **SET, pairs=pairs)
    assert turned.values["pairs_accuracy"].value < 1.0
    assert told in turned.notes


def test_faces_that_failed_are_missing_from_the_pairs(make_faces):
    clear, labels = make_faces(noise=0.2)
    pairs = lfw_folds(labels)
    ok = np.array([name != pairs[0][0].second for name in labels.face_ids])
    got = measure_attack(clear, Embeddings(clear.vectors, ok), labels, **SET, pairs=pairs)
    assert got.values["pairs_accuracy"].n == 7
    assert "pairs: 3 genuine and 4 impostor pairs in 2 folds, 3 and 0 are missing an image" in got.notes
    assert "pairs_accuracy" not in measure_attack(clear, clear, labels, **SET).values


def test_trap_7_few_images_of_many_people_resolve_no_small_far(make_faces):
    """As LFW is: most people have one or two images, so the pairs resolve a FAR of 1e-2 and not of 1e-3."""
    clear, labels = make_faces(subjects=64, images=3, enrol=1)
    images = np.where(np.arange(64) % 4 == 0, 3, 1 + np.arange(64) % 2)
    kept = np.flatnonzero(np.tile(np.arange(3), 64) < np.repeat(images, 3))
    labels = AttackLabels([labels.face_ids[row] for row in kept], labels.subjects[kept], labels.roles[kept])
    clear = Embeddings(clear.vectors[kept], clear.ok[kept])
    for measured, prefix in (
        (measure_clear(clear, labels, **CLEAR), "clear"),
        (measure_attack(clear, clear, labels, **SET, protocols=["naive"]), "naive"),
    ):
        smallest = measured.values[f"{prefix}_smallest_far"]
        people = len({*labels.subjects[labels.probe]})
        assert smallest.n == people * 63
        assert 1e-3 < smallest.value < 1e-2
        assert smallest.value == pytest.approx(30 / smallest.n)
        assert measured.values[f"{prefix}_tar_at_far_1e-2"].value is not None
        small = measured.values[f"{prefix}_tar_at_far_1e-3"]
        assert small.value is None
        assert small.reason == (
            f"FAR 0.001 needs at least 30000 impostor pairs of distinct people, got {smallest.n}"
        )
