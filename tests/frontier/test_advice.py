"""Which setting is advised, and what is said where none is."""

import json

import pytest
from frontier_samples import CHANCE, CONFIG, adapt, attack, audit, expression, run_measurements
from test_assemble import found, replaced, row

from bauta.config.frontier import Floors
from bauta.config.limits import Limits
from bauta.frontier.advice import NONE, advise
from bauta.frontier.assemble import assemble
from bauta.frontier.page.write import write_report
from bauta.frontier.result import SettingResult
from bauta.frontier.summary import summarize
from bauta.frontier.table import check_table, settings_frame, write_table
from bauta.measurement import Value


def setting(label, privacy, utility, half=0.05, **other):
    """A row with values, each with an interval of one width."""
    backend, _, name = label.partition(" ")
    values = {
        axis: Value(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=200)
        for axis, value in (("privacy", privacy), ("utility", utility))
    }
    return SettingResult(**{"dataset": "d", "backend": backend, "setting": name, "values": values, **other})


def advice(*rows, privacy=0.5, utility=0.5):
    return advise(rows, Floors(privacy=privacy, utility=utility))


SEVERAL = (
    setting("blur kernel=31", 0.2, 0.9),
    setting("ksame k=2", 0.55, 0.7),
    setting("ksame k=5", 0.8, 0.6),
    setting("ksame k=10", 0.9, 0.3),
)


def test_the_most_private_setting_that_reaches_both_floors_is_advised_with_its_intervals():
    found = advice(*SEVERAL)
    assert found.setting == "ksame k=5"
    assert found.sentence == (
        "use ksame k=5 (privacy 0.80 [0.75, 0.85], utility 0.60 [0.55, 0.65]): the most private of 2 "
        "settings at or above the floors (privacy 0.5, utility 0.5)"
    )


@pytest.mark.parametrize(
    ("floors", "advised"),
    [
        ({"utility": 0.65}, "ksame k=2"),
        ({"utility": 0.25}, "ksame k=10"),
        ({"utility": None}, "ksame k=10"),
        ({"privacy": None, "utility": 0.85}, "blur kernel=31"),
        ({"privacy": 0.2, "utility": 0.85}, "blur kernel=31"),
        ({"privacy": 0.85}, None),
        ({"utility": 0.75}, None),
    ],
)
def test_the_floors_decide(floors, advised):
    assert advice(*SEVERAL, **floors).setting == advised


def test_the_floors_are_reached_by_the_values_and_a_doubt_is_said():
    sentence = advice(setting("ksame k=2", 0.52, 0.7)).sentence
    assert sentence.endswith(
        "the only setting at or above the floors (privacy 0.5, utility 0.5); its privacy may be below 0.5"
    )


def test_where_none_is_advised_the_nearest_and_what_it_lacks_are_named():
    found = advice(*SEVERAL, privacy=0.85)
    assert found.setting is None
    assert found.sentence == (
        "no setting here is both private and useful: the nearest, ksame k=5 (privacy 0.80 [0.75, 0.85], "
        "utility 0.60 [0.55, 0.65]), lacks 0.05 of frontier.floors.privacy, 0.85"
    )
    both = advice(setting("blur kernel=31", 0.3, 0.45)).sentence
    assert both.endswith(
        "lacks 0.2 of frontier.floors.privacy, 0.5 and lacks 0.05 of frontier.floors.utility, 0.5"
    )


@pytest.mark.parametrize("floor", [0.5, 0.0, None])
def test_an_interval_that_includes_no_privacy_is_never_advised(floor):
    """Whatever the floor is, and however useful and private the values are."""
    unsure = setting("cgan default", 0.6, 0.9, half=0.6)
    assert unsure.values["privacy"].low == 0.0
    found = advice(unsure, privacy=floor)
    assert found.setting is None
    assert found.sentence.endswith("as the interval of its privacy reaches 0: measure it on more people")
    sure = setting("blur kernel=31", 0.55, 0.6)
    assert advice(unsure, sure, privacy=floor).setting == "blur kernel=31"
    unknown = unsure.model_copy(update={"values": {**unsure.values, "privacy": Value(value=0.9)}})
    assert "no interval of its privacy" in advice(unknown, privacy=floor).sentence


@pytest.mark.parametrize(
    "unfit",
    [
        {"valid": False},
        {"valid": False, "infeasible": "k=50 needs at least 50 people"},
        {"sees": ("images", "labels", "subjects")},
        {"backend": "blackout"},
        {"backend": "identity"},
    ],
    ids=str,
)
def test_what_cannot_be_chosen_is_never_advised(unfit):
    best = setting("ksame k=5", 0.99, 0.99, half=0.005).model_copy(update=unfit)
    assert advice(best).setting is None
    assert advice(best).sentence == f"{NONE}: none is valid and measured on both axes"
    assert advice(best, *SEVERAL).setting == "ksame k=5"
    assert advice(best, *SEVERAL) == advice(*SEVERAL)


def test_a_teachers_predictions_are_no_labels():
    read = setting("ksame_select k=5", 0.9, 0.9, sees=("images", "posteriors:resnet18", "subjects"))
    assert advice(read, *SEVERAL).setting == "ksame_select k=5"


# --- in a run


def test_every_output_says_it(measured, tmp_path):
    frontier = assemble(measured, CONFIG, {})
    advised = frontier.datasets[0].advice
    assert advised.setting == "ksame_select k=5"
    summary = summarize(frontier).splitlines()
    assert summary[1] == f"  advice      {advised.sentence}"
    frontier.write(tmp_path / "metrics.json")
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["datasets"][0]["advice"] == {"setting": "ksame_select k=5", "sentence": advised.sentence}
    write_report(frontier, [], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert page.index(advised.sentence) < page.index("<section>")


def test_the_floors_come_from_the_configuration(measured):
    config = {**CONFIG, "frontier": {**CONFIG["frontier"], "floors": {"privacy": 0.9, "utility": None}}}
    assert found(measured, config).advice.setting == "ksame k=10"


def test_without_an_axis_or_with_a_failed_control_nothing_is_advised(measured):
    cases = {
        "blackout failed, so no number can be trusted": [
            one for one in measured if one.backend != "blackout"
        ],
        "utility is not measured, because no teacher read": run_measurements(labelled=False),
    }
    for reason, measurements in cases.items():
        advised = found(measurements).advice
        assert advised.setting is None
        assert advised.sentence.startswith(f"no setting can be advised: {reason}")
    nobody = {"d": Limits(identities="nobody is known")}
    faces = [one for one in run_measurements("d") if one.kind not in ("attack", "adapt")]
    advised = assemble(faces, CONFIG, {}, nobody).datasets[0].advice
    assert advised.sentence == "no setting can be advised: privacy is not measured, because nobody is known"


# --- what a backend sees of the labels

ORACLE = {"synthfaces": Limits(sees={"ksame_select": {"k=5": ("images", "labels", "subjects")}})}
READ = {"synthfaces": Limits(sees={"ksame_select": {"k=5": ("images", "posteriors:resnet18", "subjects")}})}


def test_trap_26_a_row_that_saw_the_labels_is_marked_and_takes_no_part(measured, tmp_path):
    plain, marked = found(measured), assemble(measured, CONFIG, {}, ORACLE).datasets[0]
    assert plain.knee.label == plain.advice.setting == "ksame_select k=5"
    oracle = row(marked, "ksame_select k=5")
    assert oracle.valid
    assert not oracle.pareto
    assert not oracle.knee
    assert oracle.notes == (
        "sees: labels, which utility is scored on: neither in the Pareto set nor advised",
    )
    assert oracle.values["privacy"] == row(plain, "ksame_select k=5").values["privacy"]
    assert oracle.values["pareto_share"].value is None
    assert marked.advice.setting != "ksame_select k=5"
    assert marked.hypervolume.value < plain.hypervolume.value
    assert "pixelate block=16" in [one.label for one in marked.pareto], "which the oracle would dominate"
    frontier = assemble(measured, CONFIG, {}, ORACLE)
    write_table(frontier, tmp_path / "frontier.csv")
    text = (tmp_path / "frontier.csv").read_text()
    assert '"images, labels, subjects"' in text


def test_trap_26_a_table_that_puts_an_oracle_into_the_set_is_refused(measured):
    rows = assemble(measured, CONFIG, {}, ORACLE).datasets[0].rows
    frame = settings_frame(rows)
    check_table(frame)
    frame.loc[frame["label"] == "ksame_select k=5", "pareto"] = True
    with pytest.raises(Exception, match="valid and saw no labels"):
        check_table(frame)


def test_trap_27_the_teacher_that_groups_does_not_judge(measured):
    (dataset,) = assemble(measured, CONFIG, {}, READ).datasets
    grouped = row(dataset, "ksame_select k=5")
    assert grouped.notes == (
        "sees: posteriors:resnet18",
        "resnet18 does not judge its utility: the backend sees its predictions",
    )
    assert grouped.values["utility"].value is None
    assert not grouped.pareto
    other = {"synthfaces": Limits(sees={"ksame_select": {"k=5": ("posteriors:dan7",)}})}
    (dataset,) = assemble(measured, CONFIG, {}, other).datasets
    assert row(dataset, "ksame_select k=5").notes == ("sees: posteriors:dan7",)
    assert dataset.knee.label == "ksame_select k=5"


def test_a_pair_sees_what_either_dataset_shows():
    pair = {"frontier": {"pairs": {"p": {"identity": "a", "expression": "b"}}, "bootstrap": 100}}
    measurements = [*run_measurements("a", labelled=False), *run_measurements("b")]
    limits = {
        "a": Limits(sees={"ksame_select": {"k=5": ("subjects", "posteriors:dan7")}}),
        "b": Limits(sees={"ksame_select": {"k=5": ("subjects", "labels")}}),
    }
    joint = assemble(measurements, {**CONFIG, **pair}, {}, limits).of("p")
    assert row(joint, "ksame_select k=5").sees == ("labels", "posteriors:dan7", "subjects")
    assert not row(joint, "ksame_select k=5").pareto


def test_trap_26_a_backend_that_the_audit_finds_to_see_labels_is_invalid(measured):
    one = audit("synthfaces", "ksame", "k=5")
    note = "audit: ksame does not declare that it sees the labels"
    caught = one.model_copy(
        update={"values": {**one.values, "leaks_labels": Value(value=0.25, n=8)}, "notes": [note]}
    )
    seen = row(found(replaced(measured, caught)), "ksame k=5")
    assert not seen.valid
    assert seen.notes == (f"invalid: {note}",)
    clean = one.model_copy(update={"values": {**one.values, "leaks_labels": Value(value=0.0, n=8)}})
    assert row(found(replaced(measured, clean)), "ksame k=5").valid


# --- what was clipped


def read_as(measured, macro_f1, chance=1 / 7):
    """The row of a setting on which the teacher reaches a macro-F1; 0.91 on the clear faces."""
    one = expression("synthfaces", "ksame", "k=5", 0.5)
    extra = {"macro_f1": Value(value=macro_f1), "chance_macro_f1": Value(value=chance)}
    extra["utility"] = Value(value=min(1.0, max(0.0, (macro_f1 - chance) / (0.91 - chance))))
    values = {**one.values, **(extra if chance is not None else {"macro_f1": extra["macro_f1"]})}
    return row(found(replaced(measured, one.model_copy(update={"values": values}))), "ksame k=5")


@pytest.mark.parametrize(
    ("macro_f1", "note"),
    [
        (
            1.0,
            "macro-F1 1.000 is above that of the clear faces, 0.910, a relative utility of 1.117 that counts "
            "as 1",
        ),
        (0.05, "macro-F1 0.050 is below chance, a relative utility of -0.121 that counts as 0"),
    ],
)
def test_trap_26_what_was_clipped_is_said_with_the_number(measured, macro_f1, note):
    assert read_as(measured, macro_f1).notes == (note,)


@pytest.mark.parametrize("macro_f1", [0.91, 0.5, 1 / 7])
def test_what_was_not_clipped_needs_no_note(measured, macro_f1):
    assert read_as(measured, macro_f1).notes == ()
    assert read_as(measured, macro_f1).values["utility"].value == pytest.approx(
        (macro_f1 - 1 / 7) / (0.91 - 1 / 7)
    )


def test_after_above_before_is_flagged_where_chance_is_not_known(measured):
    one = expression("synthfaces", "ksame", "k=5", 0.5)
    better = one.model_copy(update={"values": {**one.values, "macro_f1": Value(value=0.95)}})
    assert row(found(replaced(measured, better)), "ksame k=5").notes == (
        "macro-F1 0.950 is above that of the clear faces, 0.910",
    )


# --- how firmly the choice stands


def test_the_choice_stands_in_a_share_of_the_resamples(measured):
    config = {**CONFIG, "frontier": {**CONFIG["frontier"], "bootstrap": 500}}
    dataset = found(measured, config)
    shares = {one.label: one.values["pareto_share"].value for one in dataset.rows}
    assert shares["identity"] is shares["blackout"] is None
    assert shares["ksame_select k=5"] == 1.0, "far above the others"
    assert shares["pixelate block=4"] < 0.9
    assert 0 < shares["blur kernel=11"] <= 1
    knees = [one.values["knee_share"] for one in dataset.rows if one.is_candidate]
    assert sum(share.value for share in knees) == pytest.approx(1.0), "each resample has one knee"
    assert {share.n for share in knees} == {500}
    assert dataset == found(measured, config), "the same each time"
    text = summarize(assemble(measured, config, {}))
    assert f"in {dataset.knee.values['knee_share'].value:.0%} of 500 resamples" in text


def test_two_equal_settings_stand_as_often_as_chance_says(measured):
    """Two twins: each is in the set unless it is below the other on both axes, three quarters of the time."""
    twins = [
        made
        for name in ("k=2", "k=5")
        for made in (
            attack("synthfaces", "ksame", name, CHANCE, "dlib_resnet"),
            adapt("synthfaces", "ksame", name, 0.3, "dlib_resnet"),
            expression("synthfaces", "ksame", name, 0.5),
        )
    ]
    only = [
        one
        for one in replaced(measured, *twins)
        if one.backend in ("original", "identity", "blackout")
        or (one.backend == "ksame" and one.setting != "k=10")
    ]
    config = {**CONFIG, "frontier": {**CONFIG["frontier"], "bootstrap": 4000}}
    dataset = found(only, config)
    for label in ("ksame k=2", "ksame k=5"):
        assert row(dataset, label).values["pareto_share"].value == pytest.approx(0.75, abs=0.03)
        assert row(dataset, label).values["knee_share"].value == pytest.approx(0.5, abs=0.03)
