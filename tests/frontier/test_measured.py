"""Everything that was measured about a set, and what is said of a dataset with all of its sets."""

import pytest
from frontier_samples import CONFIG, baseline, coverage, run_measurements

from bauta.config.limits import Limits
from bauta.config.short_names import natural_key
from bauta.errors import DataError
from bauta.frontier.measured import KINDS, measured_datasets, measured_sets, value_of
from bauta.measurement import Measurement, Value

BLUR = ("synthfaces", "blur", "kernel=31")


def test_a_set_has_all_of_its_measurements_and_the_clear_baseline():
    measurements = run_measurements(models=("dlib_resnet", "arcface"))
    one = measured_sets(measurements)[BLUR]
    assert [m.kind for m in one.every] == [
        "attack", "attack", "adapt", "adapt", "expression", "realism", "coverage", "audit",
    ]  # fmt: skip
    assert {(m.backend, m.setting) for m in one.every} == {BLUR[1:]}
    assert one.get("attack", "arcface").model == "arcface"
    assert one.get("attack").model == "dlib_resnet", "without a name the first"
    assert one.get("attack", "facenet") is None
    assert one.clear_value("arcface", "clear_top1").value == 0.965
    assert "not scored on the clear faces" in one.clear_value("facenet", "clear_top1").reason
    assert tuple(one.found) == KINDS


def test_a_missing_value_says_why():
    infeasible = Measurement(
        kind="coverage", dataset="d", backend="b", setting="s", values={}, infeasible="too few"
    )
    assert value_of(None, "coverage", "not measured").reason == "not measured"
    assert value_of(infeasible, "coverage", "not measured").reason == "too few"
    assert value_of(coverage(*BLUR), "detected", "") == coverage(*BLUR).values["detected"]
    reason = "'mood' is not part of this run's coverage measurements"
    assert value_of(coverage(*BLUR), "mood", "") == Value.missing(reason)


def test_the_order_is_that_of_the_config_and_of_the_numbers():
    found = measured_datasets([*run_measurements("b"), *run_measurements("a")], CONFIG, {})
    assert [dataset.name for dataset in found] == ["a", "b"]
    config = {**CONFIG, "datasets": {"b": {}, "a": {}}, "anonymizers": {"pixelate": {}, "blur": {}}}
    first = measured_datasets([*run_measurements("b"), *run_measurements("a")], config, {})[0]
    assert first.name == "b"
    labels = [f"{one.backend} {one.setting}" for one in first.sets]
    assert labels[:5] == [*(f"pixelate block={n}" for n in (4, 8, 16, 32)), "blur kernel=11"]
    assert natural_key("k=2") < natural_key("k=10") < natural_key("k=10.5")


def test_what_is_left_out_and_what_could_not_be_anonymized_is_infeasible():
    limits = {"synthfaces": Limits(left_out={"ksame": {"k=50": "too few people"}})}
    gone = coverage(*BLUR).model_copy(update={"values": {}, "infeasible": "no landmarks"})
    kept = [one for one in run_measurements() if (one.kind, one.setting) != ("coverage", BLUR[2])]
    (dataset,) = measured_datasets([*kept, gone], CONFIG, limits)
    assert dataset.infeasible == {("ksame", "k=50"): "too few people", BLUR[1:]: "no landmarks"}


def test_where_no_attack_is_feasible_the_limits_say_so_and_nobody_attacks():
    reason = "one image a person"
    none = baseline("synthfaces", "dlib_resnet").model_copy(update={"values": {}, "infeasible": reason})
    (dataset,) = measured_datasets([none, *run_measurements()[1:]], CONFIG, {})
    assert dataset.limits.identities == reason
    assert dataset.recognizers == []


def test_a_pair_takes_the_expressions_of_its_second_dataset():
    pair = {"frontier": {"pairs": {"p": {"identity": "a", "expression": "b"}}}}
    known = run_measurements("a", labelled=False)
    found = measured_datasets([*known, *run_measurements("b")], pair, {})
    assert [dataset.name for dataset in found] == ["p", "a", "b"]
    joint, first, second = (dataset.sets[3] for dataset in found)
    assert joint.place == first.place == second.place
    assert joint.get("attack") is first.get("attack")
    assert joint.get("expression").values == second.get("expression").values
    assert joint.get("expression").notes[0].startswith("expressions are of b")
    with pytest.raises(DataError, match="pair p: expected a setting"):
        measured_datasets(known, pair, {})
