import pytest
from frontier_samples import CHANCE, CONFIG, adapt, attack, audit, coverage, expression, share, suite
from test_assemble import replaced

from bauta.frontier.assemble import assemble
from bauta.frontier.result import banner
from bauta.measurement import Value


def controls(measurements, config=CONFIG):
    return {one.name: one for one in assemble(measurements, config, {}).controls}


def test_all_controls_pass(measured):
    checked = controls(measured)
    assert list(checked) == ["identity", "blackout", "prototype", "bounds"]
    assert all(control.passed for control in checked.values())
    assert banner([]) is None


@pytest.mark.parametrize("name", ["identity", "blackout", "prototype"])
def test_a_missing_control_has_failed(measured, name):
    checked = controls([one for one in measured if one.backend != name])
    assert not checked[name].passed
    assert checked[name].message == f"control {name} was not run on synthfaces"


@pytest.mark.parametrize(
    "changed",
    [
        attack("synthfaces", "identity", "default", 0.96, "dlib_resnet"),
        expression("synthfaces", "identity", "default", 0.99),
        audit("synthfaces", "identity", "default", leaks=0.98),
    ],
    ids=["top-1", "macro-F1", "leaks_pixels"],
)
def test_identity_that_differs_from_the_clear_faces_fails(measured, changed):
    assert not controls(replaced(measured, changed))["identity"].passed


@pytest.mark.parametrize(
    "changed",
    [
        attack("synthfaces", "blackout", "default", 0.2, "dlib_resnet"),
        adapt("synthfaces", "blackout", "default", 0.2, "dlib_resnet"),
    ],
    ids=["fixed", "adaptive"],
)
def test_blackout_above_chance_fails(measured, changed):
    checked = controls(replaced(measured, changed))["blackout"]
    assert not checked.passed
    assert "expected a blind guess 0.0250" in checked.message


@pytest.mark.parametrize(
    "changed",
    [
        attack("synthfaces", "prototype", "default", 0.08, "dlib_resnet"),
        adapt("synthfaces", "prototype", "default", 0.08, "dlib_resnet"),
        suite("synthfaces", "prototype", "default", 0.08),
    ],
    ids=["fixed", "adaptive", "suite"],
)
def test_an_attack_on_prototype_above_the_best_table_fails(measured, changed):
    kept = [one for one in measured if (one.kind, one.backend) != (changed.kind, "prototype")]
    checked = controls([*kept, changed])["prototype"]
    assert not checked.passed
    assert "0.0700" in checked.message


def test_prototype_with_an_eighth_picture_fails(measured):
    found = coverage("synthfaces", "prototype", "default")
    values = {**found.values, "n_outputs": Value(value=8, n=40)}
    checked = controls(replaced(measured, found.model_copy(update={"values": values})))["prototype"]
    assert not checked.passed
    assert "different pictures is 8" in checked.message


def one_place(one):
    return one.backend, one.setting


def with_values(one, **values):
    return one.model_copy(update={"values": {**one.values, **values}})


@pytest.mark.parametrize(
    "changed",
    [
        attack("synthfaces", "ksame", "k=10", 0.12, "dlib_resnet"),
        adapt("synthfaces", "ksame", "k=10", 0.12, "dlib_resnet"),
        suite("synthfaces", "ksame", "k=10", 0.12),
        with_values(suite("synthfaces", "ksame", "k=10", 0.05), link_top1=share(0.12)),
    ],
    ids=["fixed", "adaptive", "suite", "link_top1"],
)
def test_an_attack_on_any_setting_above_its_bound_fails(measured, changed):
    kept = [one for one in measured if (one.kind, *one_place(one)) != (changed.kind, *one_place(changed))]
    checked = controls([*kept, changed])["bounds"]
    assert not checked.passed
    assert "on ksame k=10 is 0.1" in checked.message
    assert "at most 0.1000" in checked.message


def test_an_attack_on_all_pictures_of_a_person_has_a_bound_of_its_own(measured):
    pooled = suite("synthfaces", "ksame", "k=10", 0.09)
    (listed,) = (row for row in pooled.curves["attacks"] if row["pooling"] == "pooled")
    for reached, passed in ((0.1, True), (0.12, False)):
        rows = [{**row, "value": reached} if row is listed else row for row in pooled.curves["attacks"]]
        changed = pooled.model_copy(update={"curves": {**pooled.curves, "attacks": rows}})
        checked = controls([*measured, changed])["bounds"]
        assert checked.passed is passed
    assert "restored/nearest_template/parrot/dlib_resnet, pooled on ksame k=10 is 0.1200" in checked.message


def test_a_reverse_attack_is_not_bounded_as_its_probe_is_clear(measured):
    above = attack("synthfaces", "ksame", "k=10", 0.07, "dlib_resnet")
    above = with_values(above, reverse_top1=share(0.5))
    assert controls(replaced(measured, above))["bounds"].passed
    listed = suite("synthfaces", "ksame", "k=10", 0.09)
    rows = [
        {**row, "value": 0.5} if row["protocol"] == "reverse" else row for row in listed.curves["attacks"]
    ]
    changed = listed.model_copy(update={"curves": {**listed.curves, "attacks": rows}})
    assert controls([*measured, changed])["bounds"].passed


def test_a_bound_of_one_is_not_checked_and_is_no_failure(measured):
    empty = {name: Value(value=1.0, n=40) for name in ("bound_top1", "bound_top1_pooled")}
    found = [with_values(one, **empty) if one.kind == "coverage" else one for one in measured]
    checked = controls(found)["bounds"]
    assert checked.passed is None
    assert not checked.failed
    assert "every bound is 1" in checked.message


def test_blackout_without_the_adaptive_attacker_fails(measured):
    kept = [one for one in measured if (one.kind, one.backend) != ("adapt", "blackout")]
    assert not controls(kept)["blackout"].passed


def test_faces_without_an_output_do_not_take_blackout_from_chance(measured):
    leaking = attack("synthfaces", "blackout", "default", CHANCE, "dlib_resnet")
    leaking = leaking.model_copy(update={"values": {**leaking.values, "naive_top1": share(0.2)}})
    assert controls(replaced(measured, leaking))["blackout"].passed


def test_blackout_is_compared_with_a_blind_guess_and_not_with_the_best_constant_answer(measured):
    """Ties are broken at random, so blackout stays at 1/N where one person has a third of the probes."""
    lopsided = [
        one.model_copy(update={"values": {**one.values, "chance_top1": Value(value=0.33, n=40)}})
        if "chance_top1" in one.values
        else one
        for one in measured
    ]
    assert controls(lopsided)["blackout"].passed
    found = attack("synthfaces", "blackout", "default", 0.33, "dlib_resnet")
    assert not controls(replaced(lopsided, found))["blackout"].passed


def test_failures_that_leak_do_not_take_identity_from_the_clear_faces(measured):
    leaking = attack("synthfaces", "identity", "default", 0.965, "dlib_resnet")
    leaking = leaking.model_copy(update={"values": {**leaking.values, "naive_auc": share(0.999)}})
    assert controls(replaced(measured, leaking))["identity"].passed
    changed = leaking.model_copy(update={"values": {**leaking.values, "naive_auc_covered": share(0.5)}})
    assert not controls(replaced(measured, changed))["identity"].passed


def test_an_undefined_control_has_failed(measured):
    undefined = attack("synthfaces", "identity", "default", 0.965, "dlib_resnet")
    values = {**undefined.values, "naive_top1_covered": Value.missing("no probes")}
    checked = controls(replaced(measured, undefined.model_copy(update={"values": values})))["identity"]
    assert not checked.passed
    assert "undefined (no probes)" in checked.message


def test_the_failure_is_in_the_notes_of_every_row(measured):
    frontier = assemble([one for one in measured if one.backend != "blackout"], CONFIG, {})
    for row in frontier.datasets[0].rows:
        assert row.notes[0].startswith("CONTROLS FAILED")
