"""Two runs beside each other: differences, what can be paired and compared, the page and the table."""

import csv
import io
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from compared_runs import small, two_runs, with_hits, without_hits, write_run
from frontier_samples import run_measurements
from test_report import Page

from bauta.errors import ConfigError, DataError
from bauta.frontier.comparison.differences import compare
from bauta.frontier.comparison.page import COLUMNS, console_lines, page, table, write_comparison
from bauta.frontier.comparison.picture import HEIGHT, WIDTH, draw
from bauta.frontier.comparison.run import ComparedRun
from bauta.metrics.intervals import Resampling

FEW = Resampling(200, 0)
IDENTITY = {"privacy", "worst_top1", "worst_top1_pooled"}
READING = {"utility", "macro_f1", "accuracy", "kappa"}
EVERYTHING = IDENTITY | READING | {"coverage", "bound_top1", "bound_top1_pooled"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two finished runs: blur and pixelate; blur and k-Same, with stronger attacks."""
    here, root = Path.cwd(), tmp_path_factory.mktemp("runs")
    os.chdir(root)
    try:
        two_runs()
    finally:
        os.chdir(here)
    return root


@pytest.fixture(scope="module")
def runs(folder):
    return ComparedRun.read("A", folder / "results/a"), ComparedRun.read("B", folder / "results/b")


def _setting(comparison, label):
    return next(one for one in comparison.datasets[0].settings if one.row.label == label)


def _recorded(run, **changes):
    """A run whose result records something else."""
    provenance = {**run.frontier.provenance, **changes}
    return replace(run, frontier=run.frontier.model_copy(update={"provenance": provenance}))


def _against(a, b, label="blur kernel=31"):
    """The columns of a setting that cannot be compared."""
    found = _setting(compare(a, b, FEW), label).differences
    return {column: one.change.reason for column, one in found.items() if not one.comparable}


def test_identification_is_paired_by_person_and_what_is_read_is_not(runs):
    found = _setting(compare(*runs, FEW), "blur kernel=51").differences
    assert set(found) == EVERYTHING
    for column in IDENTITY:
        assert (found[column].paired, found[column].why) == (True, None)
        assert found[column].change.low < found[column].change.value < found[column].change.high
    top1 = found["worst_top1"].change
    assert top1.value == pytest.approx(0.1)
    assert found["privacy"].change.value == pytest.approx(-0.1 / (1 - 1 / 40))
    assert found["privacy"].better is False
    assert found["worst_top1"].better is False
    a, b = found["worst_top1"].a, found["worst_top1"].b
    assert top1.high - top1.low < 0.95 * ((b.high - a.low) - (b.low - a.high))
    assert found["utility"].paired is False
    assert found["utility"].why == "what is read in the faces of each person is not stored"
    assert (found["bound_top1"].paired, found["bound_top1"].change.low) == (None, None)


def test_a_setting_without_a_change_may_be_equal(runs):
    found = _setting(compare(*runs, FEW), "identity").differences["worst_top1"]
    assert (found.change.value, found.certain, found.better) == (0.0, False, None)
    assert found.change.low < 0 < found.change.high


def test_settings_of_one_run_are_named(runs):
    comparison = compare(*runs, FEW)
    (found,) = comparison.datasets
    assert found.only("A") == [f"pixelate block={block}" for block in (4, 8, 16, 32)]
    assert found.only("B") == [f"ksame k={k}" for k in (2, 5, 10)]
    assert _setting(comparison, "ksame k=2").differences["privacy"].a is None
    rows = list(csv.DictReader(io.StringIO(table(comparison))))
    alone = [row for row in rows if row["backend"] == "ksame"]
    assert {row["reason"] for row in alone} == {"only B has this setting"}
    assert {(row["difference"], row["a"]) for row in alone} == {("", "")}
    text = Page(page(comparison)).text
    assert "Only in A: pixelate block=4; pixelate block=8" in text


def test_a_copy_of_a_run_is_read_and_paired(folder, tmp_path):
    shutil.copytree(folder / "results/a", tmp_path / "kept aside")
    a = ComparedRun.read("A", tmp_path / "kept aside/metrics.json")
    assert a.title == "a (kept aside)"
    b = ComparedRun.read("B", folder / "results/a")
    found = _setting(compare(a, b, FEW), "blur kernel=51").differences
    assert found["privacy"].paired
    assert found["privacy"].change.value == 0.0


def test_without_outcomes_the_interval_is_not_paired(folder, runs, tmp_path, monkeypatch):
    shutil.copy(folder / "results/a/metrics.json", tmp_path)
    alone = ComparedRun.read("A", tmp_path)
    found = _setting(compare(alone, runs[1], FEW), "blur kernel=51").differences["worst_top1"]
    assert (found.paired, found.change.value) == (False, pytest.approx(0.1))
    assert found.why == "the measurements of A are not beside its metrics.json"
    monkeypatch.chdir(tmp_path)
    old = write_run("old", without_hits(with_hits(small(run_measurements(), "blur"), 1)))
    found = _setting(compare(ComparedRun.read("A", old), runs[1], FEW), "blur kernel=51").differences
    assert found["worst_top1"].why == "A was measured before the outcomes of each person were stored"


def test_a_measurement_that_was_exchanged_is_not_used(folder, runs, tmp_path):
    shutil.copytree(folder / "results/a", tmp_path / "a")
    place = "measurements/synthfaces/suite-00000002/blur/kernel=51-00000003.json"
    shutil.copyfile(folder / "results/b" / place, tmp_path / "a" / place)
    a = ComparedRun.read("A", tmp_path / "a")
    assert "is not the one that the result was made from" in a.without
    found = _setting(compare(a, runs[1], FEW), "blur kernel=51").differences
    assert found["worst_top1"].paired is False
    assert _setting(compare(a, runs[1], FEW), "blur kernel=31").differences["worst_top1"].paired


def test_outcomes_that_contradict_the_value_are_not_used(runs):
    a, b = runs
    measurements = dict(b.measurements)
    place, other = (("suite", "synthfaces", "blur", f"kernel={kernel}", None) for kernel in (51, 11))
    measurements[place] = measurements[place].model_copy(update={"curves": measurements[other].curves})
    found = _setting(compare(a, replace(b, measurements=measurements), FEW), "blur kernel=51").differences
    assert found["worst_top1"].why == "the outcomes of each person in B do not add up to its worst_top1"


def test_another_split_makes_everything_incomparable(folder, runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = write_run("c", with_hits(small(run_measurements(), "blur"), 1), split="6")
    b = ComparedRun.read("B", other)
    against = _against(runs[0], b)
    assert set(against) == EVERYTHING
    assert against["coverage"] == "not comparable: other split (55555555 in A, 66666666 in B)"
    comparison = compare(runs[0], b, FEW)
    assert all(one.change.value is None for one in _setting(comparison, "identity").differences.values())
    assert (
        draw(comparison.datasets[0], {one.row.label: "1" for one in comparison.datasets[0].settings}).arrows
        == ()
    )
    lines = console_lines(comparison)
    assert any("other split" in line for line in lines)
    shutil.copy(other / "metrics.json", tmp_path)
    assert set(_against(runs[0], ComparedRun.read("B", tmp_path))) == EVERYTHING


def test_other_weights_of_a_recognizer_concern_the_attacks_alone(runs):
    models = {**runs[1].frontier.provenance["models"], "dlib_resnet": {"dlib.dat": "c" * 64}}
    against = _against(runs[0], _recorded(runs[1], models=models))
    assert set(against) == IDENTITY
    assert against["privacy"] == "not comparable: the recognizer dlib_resnet has other weights"


def test_other_recognizers_concern_the_attacks_alone(runs):
    a, b = runs
    found = b.frontier.datasets[0].model_copy(update={"recognizers": ("arcface",)})
    b = replace(b, frontier=b.frontier.model_copy(update={"datasets": (found,)}))
    against = _against(a, b)
    assert set(against) == IDENTITY
    assert "other recognizers (dlib_resnet in A, arcface in B)" in against["worst_top1"]


def test_other_attacks_concern_the_attacks_alone(runs):
    attacks = {"protocols": ["naive"], "adaptive": {"enabled": True}}
    config = {**runs[1].frontier.provenance["config"], "attacks": attacks}
    against = _against(runs[0], _recorded(runs[1], config=config))
    assert set(against) == IDENTITY
    assert against["privacy"] == "not comparable: other attacks (attacks.protocols)"


@pytest.mark.parametrize(
    ("name", "concerned"),
    [
        ("suite", IDENTITY),
        ("recognize/dlib_resnet", IDENTITY),
        ("express/resnet18", READING),
        ("realism", set()),
    ],
)
def test_code_that_computes_otherwise_concerns_what_it_computes(runs, name, concerned):
    a, b = (_recorded(run, code={name: version}) for run, version in zip(runs, (1, 2), strict=True))
    against = _against(a, b)
    assert set(against) == concerned
    assert all(f"{name} computes otherwise (version 1 in A, 2 in B)" in reason for reason in against.values())


def test_another_teacher_concerns_what_is_read_alone(runs):
    models = {**runs[1].frontier.provenance["models"], "resnet18": {"resnet18.onnx": "d" * 64}}
    against = _against(runs[0], _recorded(runs[1], models=models))
    assert set(against) == READING
    a, b = runs
    (found,) = b.frontier.datasets
    rows = tuple(row.model_copy(update={"judges": ("ferplus",)}) for row in found.rows)
    found = found.model_copy(update={"rows": rows, "teachers": ("ferplus",)})
    b = replace(b, frontier=b.frontier.model_copy(update={"datasets": (found,)}))
    against = _against(a, b)
    assert set(against) == READING
    assert against["utility"] == "not comparable: other teachers judge it (resnet18 in A, ferplus in B)"


def test_another_axis_concerns_the_axis_alone(runs):
    a, b = runs
    frontier = b.frontier.model_copy(update={"privacy_axis": "worst_auc", "utility_axis": "accuracy"})
    against = _against(a, replace(b, frontier=frontier))
    assert set(against) == {"privacy", "utility"}
    assert against["utility"].endswith("another utility axis (relative_macro_f1 in A, accuracy in B)")


def test_the_configuration_is_told_by_its_keys(runs):
    a, b = runs
    config = {**b.frontier.provenance["config"], "seed": 1, "crop": {"size": 128}}
    versions = {**b.frontier.provenance["versions"], "numpy": "0.1"}
    found = compare(a, _recorded(b, config=config, versions=versions), FEW).configuration
    told = {(one.part, one.key): (one.a, one.b) for one in found.differing}
    assert told[("configuration", "seed")] == ("0", "1")
    assert told[("configuration", "crop.size")] == ("not set", "128")
    assert told[("package", "numpy")][1] == "0.1"
    assert ("configuration", "run") not in told
    assert len(told) == 3
    assert found.same.startswith("The same in both: ")
    assert "2 model files" in found.same
    unknown = compare(a, _recorded(b, code={}), FEW).configuration.unknown
    assert unknown == ("B records no versions of bauta's stages and methods",)


def test_the_page_loads_and_runs_nothing_and_says_all(runs):
    comparison = compare(*runs, FEW)
    text = page(comparison)
    parsed = Page(text)
    assert parsed.loads == []
    for word in ("http", "url(", "@import", "javascript", "onload"):
        assert word not in text
    for expected in (
        *(
            "What differs in how they were made",
            "paired",
            "Only in B: ksame k=2",
            "better",
            "worse",
        ),
        *("prefers-color-scheme: dark", "size: A4", "max-width: 760px"),
    ):
        assert expected in parsed.text or expected in text
    assert page(comparison) == text


def test_names_are_escaped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad, measured = "<script>alert(1)</script>", small(run_measurements(), "blur")
    named = [
        one.model_copy(update={"setting": "kernel=<script>x"}) if one.setting == "kernel=31" else one
        for one in measured
    ]
    a = write_run("a", with_hits(named, 1), {"run": bad})
    b = write_run("b", with_hits(named, 2), {"run": "b", "note": bad, "crop": {"<script>": 1}})
    comparison = compare(ComparedRun.read("A", a), ComparedRun.read("B", b), FEW)
    text = page(comparison)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "kernel=&lt;script&gt;x" in text
    Page(text)


def test_formulas_are_quoted_in_the_table(runs):
    a, b = runs
    found = a.frontier.datasets[0].model_copy(update={"dataset": "synthfaces"})
    rows = tuple(
        row.model_copy(update={"setting": "=1+1"}) if row.backend == "pixelate" else row for row in found.rows
    )
    a = replace(
        a, frontier=a.frontier.model_copy(update={"datasets": (found.model_copy(update={"rows": rows}),)})
    )
    text = table(compare(a, b, FEW))
    assert ",'=1+1," in text
    assert ",=1+1," not in text
    assert text.splitlines()[0] == ",".join(COLUMNS)


def test_the_picture_stays_in_its_frame_and_has_an_arrow_for_each_move(runs):
    (found,) = compare(*runs, FEW).datasets
    names = {one.row.label: str(number) for number, one in enumerate(found.settings, 1)}
    drawn = draw(found, names)
    # Both have three controls but the prototype, which small() leaves out, and four blurs.
    assert len(drawn.points) == 2 * len(found.both) + len(found.only("A")) + len(found.only("B"))
    assert 1 <= len(drawn.arrows) <= len(found.both)
    for number in drawn.numbers:
        assert 0 < number.x < WIDTH
        assert 0 < number.y < HEIGHT
    assert len(drawn.numbers) + drawn.unlabelled == len(names)
    assert set(drawn.outlines) == {"A", "B"}


def test_datasets_of_one_run_are_named(runs):
    a, b = runs
    found = b.frontier.datasets[0].model_copy(update={"dataset": "orl"})
    comparison = compare(a, replace(b, frontier=b.frontier.model_copy(update={"datasets": (found,)})), FEW)
    assert comparison.only == {"A": ("synthfaces",), "B": ("orl",)}
    assert "The two have no dataset in common." in page(comparison)
    assert "the two have no dataset in common" in console_lines(comparison)


def test_failed_controls_are_on_top(runs):
    a, b = runs
    control = b.frontier.controls[0].model_copy(update={"passed": False, "message": "control x failed"})
    comparison = compare(a, replace(b, frontier=b.frontier.model_copy(update={"controls": (control,)})), FEW)
    assert "B: CONTROLS FAILED, do not trust these numbers: control x failed" in page(comparison)
    assert any(line.startswith("B: CONTROLS FAILED") for line in console_lines(comparison))


def test_what_is_no_result_or_damaged_is_one_line(folder, tmp_path):
    with pytest.raises(DataError, match="A: expected the results of a finished run"):
        ComparedRun.read("A", tmp_path)
    path = tmp_path / "metrics.json"
    text = (folder / "results/a/metrics.json").read_text()
    path.write_text(text.replace('"privacy_axis": "worst_top1"', '"privacy_axis": "worst_top2"'))
    with pytest.raises(DataError, match="is damaged"):
        ComparedRun.read("A", path)
    suite = next((folder / "results/a/measurements/synthfaces/suite-00000002/blur").iterdir())
    with pytest.raises(DataError, match="not a run's result"):
        ComparedRun.read("A", suite)


def test_nothing_else_is_overwritten(runs, tmp_path):
    comparison = compare(*runs, FEW)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/compare.html").write_text("<!doctype html>mine")
    with pytest.raises(ConfigError, match="holds something else"):
        write_comparison(comparison, tmp_path / "other")
    assert (tmp_path / "other/compare.html").read_text() == "<!doctype html>mine"
    with pytest.raises(ConfigError, match="is a file"):
        write_comparison(comparison, tmp_path / "other/compare.html")
    write_comparison(comparison, tmp_path / "new")
    write_comparison(comparison, tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["compare.csv", "compare.html"]
