"""Infeasible settings among others: a row with the reason, and everything else as if they were not there."""

import pandas as pd
import pytest
from frontier_samples import CONFIG, run_measurements, with_suites

from bauta.drawing.canvas import picture_or_reason
from bauta.errors import InfeasibleError
from bauta.frontier.assemble import assemble
from bauta.frontier.page.write import write_report
from bauta.frontier.plots.pictures import PICTURES, draw_picture
from bauta.frontier.result import Frontier
from bauta.frontier.summary import summarize
from bauta.frontier.table import headline_scores, write_table

K = "k=50 needs at least 50 people who are scored, got 12; lower k or add people"
PROBES = "nobody can be identified: there are no probes, as none of 12 scored people has a second image"
LABELS = (
    "no teacher can be trained: expected images of at least 2 expressions in the partition train, got none"
)


def without(measured, reason, **which):
    """The measurements, with a reason in place of those whose fields are as told."""
    return [
        one.model_copy(
            update={"values": {}, "curves": {}, "notes": [], "provenance": {}, "infeasible": reason}
        )
        if all(getattr(one, name) in values for name, values in which.items())
        else one
        for one in measured
    ]


@pytest.fixture
def some(measured):
    """Two settings of k-Same are infeasible."""
    return without(measured, K, backend=["ksame"], setting=["k=5", "k=10"])


def test_an_infeasible_setting_is_a_row_with_its_reason_and_the_others_do_not_change(measured, some):
    frontier, whole = assemble(some, CONFIG, {}), assemble(measured, CONFIG, {})
    found = frontier.of("synthfaces")
    assert [row.label for row in found.rows[-2:]] == ["ksame k=5", "ksame k=10"]
    assert len(found.rows) == len(whole.of("synthfaces").rows)
    for row in found.rows[-2:]:
        assert (row.infeasible, row.valid, row.pareto, row.notes) == (K, False, False, (f"infeasible: {K}",))
        assert {value.reason for value in row.values.values()} == {K}
        assert row.values.keys() == found.rows[0].values.keys()
    kept = [row for row in whole.of("synthfaces").rows if row.label not in ("ksame k=5", "ksame k=10")]
    for row, as_if in zip(found.measured, kept, strict=True):
        assert (row.notes, row.valid) == (as_if.notes, as_if.valid)
        for column in row.values.keys() - {"pareto_share", "knee_share"}:
            assert row.values[column] == as_if.values[column]
    assert frontier.controls[:3] == whole.controls[:3]
    assert all(control.passed for control in frontier.controls)


def test_every_output_tells_it(some, tmp_path):
    frontier = assemble(some, CONFIG, {})
    write_table(frontier, tmp_path / "frontier.csv")
    rows = pd.read_csv(tmp_path / "frontier.csv").set_index(["backend", "setting"])
    assert rows.loc[("ksame", "k=5"), "note"] == f"infeasible: {K}"
    assert pd.isna(rows.loc[("ksame", "k=10"), "privacy"])
    assert rows.loc[("ksame", "k=10"), "reasons"].endswith(K)
    assert rows.loc[("ksame", "k=2"), "valid"]
    frontier.write(tmp_path / "metrics.json")
    assert Frontier.read(tmp_path / "metrics.json") == frontier
    text = summarize(frontier)
    assert f"  infeasible  ksame k=5, ksame k=10: {K}" in text
    assert "not valid" not in text
    write_report(frontier, [], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert f"Infeasible: ksame k=5, ksame k=10: {K}." in page
    assert page.count('<span class="tag grey">infeasible</span>') == 2
    assert "ksame k=10" not in headline_scores(frontier)["synthfaces"]


@pytest.mark.parametrize("kind", list(PICTURES))
def test_every_picture_is_drawn_without_them(some, tmp_path, kind):
    feasible = [one for one in some if one.infeasible is None]
    some = [*with_suites(feasible), *(one for one in some if one.infeasible is not None)]
    draw_picture(kind, assemble(some, CONFIG, {}), "synthfaces", tmp_path / "plot.png", some)
    assert (tmp_path / "plot.png").stat().st_size > 10_000


def test_where_nobody_is_identified_the_utility_is_still_measured(measured):
    frontier = assemble(without(measured, PROBES, kind=["attack", "adapt"]), CONFIG, {})
    found = frontier.of("synthfaces")
    assert found.recognizers == ()
    assert found.limits.identities == PROBES
    assert {row.values["privacy"].reason for row in found.rows} == {PROBES}
    assert {row.values["worst_top1"].reason for row in found.rows} == {PROBES}
    assert all(row.valid and row.values["utility"].value is not None for row in found.rows)
    assert found.hypervolume.reason == PROBES
    assert not frontier.failed_controls()
    text = summarize(frontier)
    assert f"no privacy and so no frontier: {PROBES}" in text
    assert "settings that keep most of the expression" in text


def test_where_no_teacher_is_trained_the_privacy_is_still_measured(measured, tmp_path):
    untaught = without(measured, LABELS, kind=["expression"])
    found = assemble(untaught, CONFIG, {}).of("synthfaces")
    assert {row.values["utility"].reason for row in found.rows} == {LABELS}
    assert all(row.valid and row.values["privacy"].value is not None for row in found.rows)
    assert f"no utility on this dataset, so no frontier: {LABELS}" in summarize(
        assemble(untaught, CONFIG, {})
    )
    draw_picture("frontier", assemble(untaught, CONFIG, {}), "synthfaces", tmp_path / "plot.png", untaught)


def test_the_first_teacher_that_could_be_trained_gives_the_utility(measured):
    second = [
        one.model_copy(update={"model": "resnet18_fer2013"}) for one in measured if one.kind == "expression"
    ]
    config = {**CONFIG, "teachers": ["resnet18", "resnet18_fer2013"]}
    both = [*without(measured, LABELS, kind=["expression"]), *second]
    found = assemble(both, config, {}).of("synthfaces")
    assert found.teachers == ("resnet18_fer2013",)
    for row, as_if in zip(found.rows, assemble(measured, CONFIG, {}).of("synthfaces").rows, strict=True):
        assert row.values["utility"] == as_if.values["utility"]
        assert row.notes == (*as_if.notes, f"teacher resnet18: {LABELS}")


@pytest.mark.parametrize(
    ("picture", "kinds", "reason"),
    [
        ("attackers", ["attack", "adapt"], PROBES),
        ("similarity", ["attack", "adapt"], PROBES),
        ("strength", ["suite"], PROBES),
        ("confusion", ["expression"], LABELS),
    ],
)
def test_a_picture_of_nothing_says_why(measured, tmp_path, picture, kinds, reason):
    some = without(with_suites(measured), reason, kind=kinds)
    path = tmp_path / "plot.png"
    with pytest.raises(InfeasibleError) as error:
        draw_picture(picture, assemble(some, CONFIG, {}), "synthfaces", path, some)
    assert str(error.value) == reason
    with picture_or_reason(path, "synthfaces: " + picture):
        draw_picture(picture, assemble(some, CONFIG, {}), "synthfaces", path, some)
    assert path.stat().st_size > 5_000


def test_labels_of_nobody_who_is_scored_leave_the_confusion_undrawn(tmp_path):
    """As of a folder whose labels are all refused: the run went on and failed at its last plot."""
    unlabelled = [
        one.model_copy(update={"model": "resnet18"}) if one.kind == "expression" else one
        for one in run_measurements(labelled=False)
    ]
    kappa = [one for one in run_measurements() if one.kind == "expression"]
    kappa = [
        one.model_copy(
            update={"values": {**one.values, "clear_macro_f1": one.values["kappa"].missing("no labels")}}
        )
        for one in kappa
    ]
    measured = [*unlabelled, *kappa]
    with pytest.raises(InfeasibleError, match="no labels"):
        draw_picture("confusion", assemble(measured, CONFIG, {}), "synthfaces", tmp_path / "p.png", measured)


def test_everything_infeasible_but_the_controls_is_a_result_too(measured):
    others = {one.backend for one in measured} - {"identity", "blackout", "prototype", "original"}
    found = assemble(without(measured, K, backend=others), CONFIG, {})
    assert found.of("synthfaces").knee is None
    assert "no valid setting" in summarize(found)
    assert not found.failed_controls()
