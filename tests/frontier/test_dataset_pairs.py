"""A dataset without identities, and the frontier that it shares with one that has them."""

import pandas as pd
import pytest
from frontier_samples import CHANCE, CONFIG, run_measurements

from bauta.config.limits import Limits
from bauta.errors import DataError
from bauta.frontier.assemble import assemble
from bauta.frontier.page.write import write_report
from bauta.frontier.plots.pictures import draw_picture
from bauta.frontier.result import Frontier, banner
from bauta.frontier.summary import summarize
from bauta.frontier.table import write_table
from bauta.measurement import Value

NOBODY = "FER-2013 has one image a person and no identities"
WITHOUT_SUBJECTS = f"it needs to know the subjects, and {NOBODY}"
LEFT_OUT = {
    "ksame": dict.fromkeys(("k=2", "k=5", "k=10"), WITHOUT_SUBJECTS),
    "ksame_select": {"k=5": WITHOUT_SUBJECTS},
}
LIMITS = {"lfw": Limits(), "fer2013": Limits(identities=NOBODY, left_out=LEFT_OUT)}
PAIRED = {
    **CONFIG,
    "datasets": {"fer2013": {}, "lfw": {}},
    "frontier": {"pairs": {"lfw_fer2013": {"identity": "lfw", "expression": "fer2013"}}},
}
PRIVATE = (
    "privacy", "worst_top1", "top1", "adaptive_top1", "chance_top1", "clear_top1", "auc", "worst_auc",
    "worst_eer", "cosine_distance",
)  # fmt: skip


def faces_of_nobody():
    """Measurements as of FER-2013: no attack, no subjects, no k-Same."""
    found = []
    for one in run_measurements("fer2013"):
        if one.kind in ("attack", "adapt") or one.backend in LEFT_OUT:
            continue
        nobody = {"n_subjects": Value.missing("no subject is known"), "n_images": Value(value=3589)}
        values = {**one.values, **(nobody if one.kind == "coverage" else {})}
        found.append(one.model_copy(update={"values": values}))
    return found


@pytest.fixture(scope="module")
def measurements():
    return [*run_measurements("lfw", labelled=False), *faces_of_nobody()]


@pytest.fixture(scope="module")
def frontier(measurements):
    return assemble(measurements, PAIRED, {}, LIMITS)


def test_trap_5_without_identities_privacy_is_null_with_the_reason(frontier):
    found = frontier.of("fer2013")
    for row in found.measured:
        for column in PRIVATE:
            assert row.values[column].value is None, column
            assert row.values[column].reason == NOBODY, column
        assert row.values["macro_f1"].value is not None
        assert row.valid
        assert not row.pareto
        assert not any(note.startswith(("invalid", "worst case")) for note in row.notes)
    assert found.hypervolume.reason == NOBODY


def test_controls_on_identity_are_not_checked_and_do_not_read_as_passed(frontier):
    checked = {one.name: one for one in frontier.controls if one.dataset == "fer2013"}
    assert checked["blackout"].passed is None
    assert checked["blackout"].verdict == "not checked"
    assert checked["identity"].passed
    assert checked["identity"].verdict == "passed on expressions only"
    assert {one.not_checked for one in checked.values()} == {NOBODY}
    assert frontier.failed_controls() == []


def test_the_expression_control_is_checked_without_identities(measurements):
    shifted = [
        one.model_copy(update={"values": {**one.values, "macro_f1": Value(value=0.5)}})
        if (one.dataset, one.kind, one.backend) == ("fer2013", "expression", "identity")
        else one
        for one in measurements
    ]
    found = assemble(shifted, PAIRED, {}, LIMITS)
    assert {one.dataset for one in found.failed_controls()} == {"fer2013", "lfw_fer2013"}
    assert banner(found.failed_controls("fer2013"))


def test_an_attack_where_nobody_is_known_is_refused(measurements):
    with pytest.raises(DataError, match=f"fer2013: expected no attack, for {NOBODY}, got one by dlib_resnet"):
        assemble([*measurements, *run_measurements("fer2013")[:1]], PAIRED, {}, LIMITS)


def test_a_pair_has_the_privacy_of_one_and_the_utility_of_the_other(frontier):
    joint = {row.label: row for row in frontier.of("lfw_fer2013").measured}
    lfw = {row.label: row for row in frontier.of("lfw").rows}
    fer = {row.label: row for row in frontier.of("fer2013").measured}
    assert [found.dataset for found in frontier.datasets] == ["lfw_fer2013", "fer2013", "lfw"]
    assert set(joint) == set(lfw) & set(fer) == set(fer)
    for label, row in joint.items():
        for column in ("privacy", "worst_top1", "coverage", "ssim", "n_images", "n_subjects"):
            assert row.values[column] == lfw[label].values[column]
        for column in ("utility", "macro_f1", "kl"):
            assert row.values[column] == fer[label].values[column]
        assert row.valid
        assert row.notes == (
            "expressions are of fer2013; attacks, coverage, realism, n_images and n_subjects of lfw",
        )
    found = frontier.of("lfw_fer2013")
    assert found.knee.label == "pixelate block=16"
    p16 = 1 - (0.58 - CHANCE) / (1 - CHANCE)
    assert found.knee.values["privacy"].value == pytest.approx(p16)
    assert all(one.verdict == "passed" for one in frontier.controls if one.dataset == "lfw_fer2013")


def test_what_is_left_out_is_a_row_with_the_reason(frontier):
    names = "ksame k=2, ksame k=5, ksame k=10, ksame_select k=5"
    assert frontier.of("fer2013").infeasible == [f"{names}: {WITHOUT_SUBJECTS}"]
    assert frontier.of("lfw_fer2013").infeasible == [f"{names}: not on fer2013: {WITHOUT_SUBJECTS}"]
    assert frontier.of("lfw").infeasible == []
    for row in frontier.of("fer2013").rows[-4:]:
        assert row.backend.startswith("ksame")
        assert not row.valid
        assert row.notes == (f"infeasible: {WITHOUT_SUBJECTS}",)
        assert {value.reason for value in row.values.values()} == {WITHOUT_SUBJECTS}


def test_a_pair_without_a_common_setting_is_refused(measurements):
    unread = [one for one in measurements if one.kind != "expression"]
    with pytest.raises(DataError, match="pair lfw_fer2013: expected a setting that is attacked on lfw"):
        assemble(unread, PAIRED, {}, LIMITS)


def test_the_summary_tells_all(frontier):
    first, second, _ = summarize(frontier).split("\n\n")
    assert first.startswith(
        "lfw_fer2013: 200 images, 40 subjects of lfw for the privacy, fer2013 for the exp"
    )
    assert "identity passed, blackout passed" in first
    assert "knee        pixelate block=16" in first
    assert "identity passed on expressions only, blackout not checked" in second
    assert f"no privacy and so no frontier: {NOBODY}" in second
    assert "blur kernel=11           utility 0.98" in second
    assert "infeasible  ksame k=2, ksame k=5, ksame k=10, ksame_select k=5: it needs to know" in second


def test_table_metrics_and_page(frontier, tmp_path):
    write_table(frontier, tmp_path / "frontier.csv")
    rows = pd.read_csv(tmp_path / "frontier.csv")
    assert list(rows["dataset"][:3]) == ["lfw_fer2013"] * 3
    fer = rows[rows["dataset"] == "fer2013"]
    assert fer["privacy"].isna().all()
    assert fer["reasons"].str.contains(NOBODY).all()
    frontier.write(tmp_path / "metrics.json")
    assert Frontier.read(tmp_path / "metrics.json") == frontier
    write_report(frontier, [], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    for text in (
        "2 datasets.",
        "Two datasets share this frontier",
        "blackout not checked",
        "Infeasible: ksame k=2",
    ):
        assert text in page
    assert "CONTROLS FAILED" not in page


@pytest.mark.parametrize("dataset", ["lfw_fer2013", "fer2013"])
def test_the_frontier_picture_is_drawn(frontier, tmp_path, dataset):
    draw_picture("frontier", frontier, dataset, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 20_000
