import pytest
from frontier_samples import (
    CHANCE,
    CONFIG,
    adapt,
    attack,
    audit,
    baseline,
    coverage,
    expression,
    run_measurements,
)  # fmt: skip

from bauta.errors import ConfigError, DataError
from bauta.frontier.assemble import assemble
from bauta.measurement import Measurement, Value
from bauta.metrics.axes import clear_floor


def found(measurements, config=CONFIG, dataset=0):
    return assemble(measurements, config, {}).datasets[dataset]


def row(frontier, label):
    return next(one for one in frontier.rows if one.label == label)


def replaced(measurements, *new):
    """The measurements with those of the same place and model replaced."""

    def place(one):
        return (one.kind, one.dataset, one.backend, one.setting, one.model)

    return [*(one for one in measurements if place(one) not in {place(other) for other in new}), *new]


def test_golden_frontier(measured):
    frontier = found(measured)
    assert [one.label for one in frontier.pareto] == [
        "blur kernel=11", "pixelate block=8", "ksame_select k=5", "ksame k=10",
    ]  # fmt: skip
    assert frontier.knee.label == "ksame_select k=5"
    p8, s5, k10 = (1 - (t - CHANCE) / (1 - CHANCE) for t in (0.83, 0.18, 0.09))
    b11 = 1 - (0.965 - CHANCE) / (1 - CHANCE)
    area = k10 * 0.24 + s5 * (0.78 - 0.24) + p8 * (0.89 - 0.78) + b11 * (0.985 - 0.89)
    assert frontier.hypervolume.value == pytest.approx(area)
    assert all(one.valid for one in frontier.rows)


def test_rows_follow_the_config_and_the_strengths_not_the_order_of_the_files(measured):
    labels = [one.label for one in found(measured).rows]
    assert labels == [one.label for one in found(measured[::-1]).rows]
    assert labels[:4] == ["identity", "blackout", "prototype", "blur kernel=11"]
    assert labels.index("blur kernel=51") + 1 == labels.index("blur kernel=101")


def test_the_worst_attacker_ranges_over_protocols_and_recognizers():
    measurements = run_measurements(models=("dlib_resnet", "arcface"))
    frontier = found(replaced(measurements, adapt("synthfaces", "ksame", "k=10", 0.31, "arcface")))
    worst = row(frontier, "ksame k=10")
    assert worst.worst_attacker == "adaptive/arcface"
    assert worst.values["worst_top1"].value == 0.31
    assert worst.values["privacy"].value == pytest.approx(1 - (0.31 - CHANCE) / (1 - CHANCE))
    assert worst.values["adaptive_top1"].value == 0.09, "columns without a name are of the first recognizer"


def test_the_privacy_interval_is_that_of_the_worst_attacker(measured):
    values = row(found(measured), "ksame k=5").values
    assert values["privacy"].low == pytest.approx(1 - (values["worst_top1"].high - CHANCE) / (1 - CHANCE))
    assert values["privacy"].high == pytest.approx(1 - (values["worst_top1"].low - CHANCE) / (1 - CHANCE))


def test_other_axes_can_be_named(measured):
    config = {**CONFIG, "frontier": {"privacy": "worst_auc", "utility": "kappa"}}
    values = row(found(measured, config), "ksame k=5").values
    assert values["privacy"].value == pytest.approx(1 - (values["worst_auc"].value - 0.5) / 0.5)
    assert values["utility"].value == values["kappa"].value
    with pytest.raises(ConfigError):
        found(measured, {**CONFIG, "frontier": {"privacy": "ssim"}})


def test_controls_are_no_candidates(measured):
    frontier = found(measured)
    assert not row(frontier, "identity").pareto
    assert not row(frontier, "blackout").pareto


def test_trap_10_a_weak_teacher_takes_its_rows_from_the_frontier(measured):
    weak = [
        one.model_copy(update={"values": {
            **one.values, "clear_macro_f1": Value(value=0.26), "teacher_valid": Value(value=0.0),
            "utility": Value.missing("the teacher resnet18 is invalid here: macro-F1 0.260"),
        }}) if one.kind == "expression" else one for one in measured
    ]  # fmt: skip
    frontier = found(weak)
    assert not any(one.valid for one in frontier.rows)
    assert "invalid: the teacher resnet18 is invalid here: macro-F1 0.260" in frontier.rows[3].notes
    assert frontier.pareto == []
    assert frontier.hypervolume.value is None
    assert frontier.hypervolume.reason


def test_a_teacher_that_does_not_state_its_validity_is_not_believed(measured):
    mute = expression("synthfaces", "ksame", "k=5", 0.33)
    mute = mute.model_copy(update={"values": {k: v for k, v in mute.values.items() if k != "teacher_valid"}})
    assert not row(found(replaced(measured, mute)), "ksame k=5").valid


def test_weak_recognizer_on_clear_faces_is_invalid(measured):
    frontier = found(replaced(measured, baseline("synthfaces", "dlib_resnet", top1=0.3)))
    assert not any(one.valid for one in frontier.rows)
    assert any(
        "reaches top-1 0.300 on clear faces, expected at least 0.512" in n for n in frontier.rows[3].notes
    )


def test_a_strong_recognizer_beside_a_weak_one_supports_the_row():
    measurements = run_measurements(models=("dlib_resnet", "arcface"))
    frontier = found(replaced(measurements, baseline("synthfaces", "arcface", top1=0.3)))
    assert row(frontier, "ksame k=5").valid


@pytest.mark.parametrize(("chance", "floor"), [(0.0, 0.5), (0.025, 0.5125), (0.5, 0.75)])
def test_the_floor_is_half_way_from_chance_to_certainty(chance, floor):
    assert clear_floor(chance) == pytest.approx(floor)


def test_trap_11_an_adaptive_attacker_that_never_learned_is_invalid(measured):
    idle = adapt("synthfaces", "ksame", "k=10", 0.0, "dlib_resnet", clear=0.1)
    frontier = found(replaced(measured, idle))
    assert not row(frontier, "ksame k=10").valid
    assert (
        "reaches top-1 0.100 on clear faces, the fixed attacker 0.965" in row(frontier, "ksame k=10").notes[0]
    )
    assert row(frontier, "ksame k=5").valid
    assert "ksame k=10" not in [one.label for one in frontier.pareto]


def test_an_adaptive_attacker_that_says_it_is_invalid_is_believed(measured):
    honest = adapt("synthfaces", "ksame", "k=10", 0.09, "dlib_resnet")
    honest = honest.model_copy(update={"values": {**honest.values, "adaptive_valid": Value(value=0.0)}})
    assert not row(found(replaced(measured, honest)), "ksame k=10").valid


def test_a_missing_adaptive_attacker_is_only_fine_where_the_config_says_so(measured):
    without = [one for one in measured if one.kind != "adapt"]
    assert not any(one.valid for one in found(without).rows)
    config = {
        **CONFIG,
        "attacks": {"protocols": ["naive", "reverse", "parrot"], "adaptive": {"enabled": False}},
    }
    relaxed = row(found(without, config), "ksame k=10")
    assert relaxed.valid
    assert relaxed.values["adaptive_top1"].value is None
    assert "not part of this run" in relaxed.values["adaptive_top1"].reason


def test_trap_16_what_was_not_measured_is_null_with_a_reason():
    frontier = found(run_measurements(labelled=False))
    for one in frontier.rows:
        assert one.values["macro_f1"].value is None
        assert "no expression labels" in one.values["macro_f1"].reason
        assert one.values["utility"].value is None
        assert one.values["fid"].reason
    assert frontier.pareto == []
    assert not frontier.has_utility
    assert frontier.hypervolume.value is None


def test_kappa_stands_in_where_there_are_no_labels(measured):
    unlabelled = [
        one.model_copy(update={"values": {
            name: value if name in ("kappa", "kl", "js") else Value.missing("no face has an expression label")
            for name, value in one.values.items()
        }}) if one.kind == "expression" else one for one in measured
    ]  # fmt: skip
    frontier = found(unlabelled)
    kept = row(frontier, "ksame_select k=5")
    assert kept.values["utility"].value == 0.78
    assert kept.valid
    assert any("Cohen's κ" in note for note in kept.notes)


def test_trap_20_identical_outputs_under_two_settings_are_noted(measured):
    twin = (
        attack("synthfaces", "ksame", "k=5", 0.33, "dlib_resnet"),
        adapt("synthfaces", "ksame", "k=5", 0.46, "dlib_resnet"),
    )
    others = [
        one.model_copy(update={"setting": "k=5"})
        for one in measured
        if (one.backend, one.setting) == ("ksame", "k=2") and one.kind not in ("attack", "adapt")
    ]
    frontier = found(replaced(measured, *twin, *others))
    assert "same outputs as k=5: the setting has no effect" in row(frontier, "ksame k=2").notes
    assert "same outputs as k=2: the setting has no effect" in row(frontier, "ksame k=5").notes
    assert row(frontier, "ksame k=10").notes == ()


def test_trap_20_the_hash_of_the_outputs_decides_where_it_is_known(measured):
    def hashed(setting, digest):
        one = coverage("synthfaces", "blur", setting)
        return one.model_copy(update={"provenance": {"outputs_sha256": digest}})

    frontier = found(
        replaced(measured, hashed("kernel=31", "aa"), hashed("kernel=51", "aa"), hashed("kernel=101", "bb"))
    )
    assert any("same outputs as kernel=51" in note for note in row(frontier, "blur kernel=31").notes)
    assert row(frontier, "blur kernel=101").notes == ()


def test_trap_24_settings_scored_on_different_probes_are_refused(measured):
    other = coverage("synthfaces", "ksame", "k=5")
    fewer = other.model_copy(update={"values": {**other.values, "n_images": Value(value=190)}})
    with pytest.raises(DataError, match=r"expected one probe set, got n_images 200.0 .* 190.0 for ksame k=5"):
        found(replaced(measured, fewer))
    stale = attack("synthfaces", "ksame", "k=5", 0.14, "dlib_resnet").model_copy(
        update={"provenance": {"split_sha256": "6"}}
    )
    with pytest.raises(DataError, match="got split"):
        found(replaced(measured, stale))


def test_trap_24_coverage_below_one_is_noted(measured):
    noted = row(found(replaced(measured, coverage("synthfaces", "ksame", "k=5", covered=0.9))), "ksame k=5")
    assert "coverage 0.900: faces without an output count as leaks and as wrong" in noted.notes


def test_trap_4_a_blind_backend_whose_output_changes_is_invalid(measured):
    def audited(leaks):
        one = audit("synthfaces", "ksame", "k=5", leaks=leaks, blind=True)
        return row(found(replaced(measured, one)), "ksame k=5")

    seeing, blind = audited(0.01), audited(0.0)
    assert not seeing.valid
    assert seeing.notes == ("invalid: audit: ksame declares that it does not see",)
    assert blind.valid
    assert blind.values["leaks_pixels"].value == 0.0


def test_without_an_audit_the_column_says_so(measured):
    rows = found([one for one in measured if one.kind != "audit"])
    leaks = row(rows, "blur kernel=31").values["leaks_pixels"]
    assert leaks.value is None
    assert leaks.reason == "the backend was not audited on this set"
    assert row(rows, "blur kernel=31").valid


def test_a_requested_protocol_that_is_undefined_is_noted(measured):
    gone = attack("synthfaces", "ksame", "k=5", 0.14, "dlib_resnet", protocols=("naive", "parrot"))
    assert (
        "worst case without the protocols reverse" in row(found(replaced(measured, gone)), "ksame k=5").notes
    )


def test_unknown_kinds_duplicates_and_nothing_are_refused(measured):
    strange = Measurement(kind="mood", dataset="d", backend="b", setting="s", values={})
    with pytest.raises(DataError, match="got 'mood'"):
        found([strange])
    with pytest.raises(DataError, match="two measurements"):
        found([*measured, measured[0]])
    with pytest.raises(DataError, match="got none"):
        found([])
