"""What a dry run says of an edit: the settings that it recomputes, and why, each once."""

import json

import pytest

from bauta.config.load import parse_config
from bauta.plan.all_keys import described_keys
from bauta.plan.artifacts import artifacts
from bauta.workflow.progress.dry_run import DryRun
from bauta.workflow.progress.jobs import Job
from bauta.workflow.progress.why import (
    IN_PATH,
    NEW,
    UNFINISHED,
    UNKNOWN,
    Reason,
    Record,
    Why,
    changes,
    record_plan,
)
from bauta.workflow.rule_inputs import rule_inputs

OLD, FRESH = "00000001", "00000002"


def described(config, stage="crop", **more):
    return {"stage": stage, "versions": {stage: 1}, "config": config, "models": {}, "parents": []} | more


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_difference_is_named_with_its_place():
    before = {"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": None, "views": ["as_is-00000001"]}
    now = {"a": 1, "b": {"c": [1], "d": "y" * 99}, "e": 2.5, "views": ["as_is-00000002"]}
    assert list(changes("", before, now)) == ["b.c: [1, 2] → [1]", "b.d changed", "e: none → 2.5"]


@pytest.mark.parametrize(
    ("before", "now", "reasons"),
    [
        ({"margin": 0.4}, {"margin": 0.3}, {Reason("margin: 0.4 → 0.3", "crop")}),
        ({"margin": 0.4}, {"margin": 0.4}, set()),
    ],
    ids=["edited", "inputs only"],
)
def test_what_is_there_is_compared(folder, before, now, reasons):
    (folder / f"cache/lfw/mtcnn-{OLD}").mkdir(parents=True)
    (folder / f"cache/lfw/mtcnn-{OLD}/crops.zarr").mkdir()
    why = Why({FRESH: described(now)}, Record({OLD: described(before)}))
    assert why.of(f"cache/lfw/mtcnn-{FRESH}/crops.zarr") == reasons


def test_versions_and_models_are_differences_too(folder):
    old = described({}, versions={"crop": 1, "detect/mtcnn": 3}, models={"mtcnn": "aa"})
    new = described({}, versions={"crop": 1, "detect/mtcnn": 4}, models={"mtcnn": "bb"})
    found = list(Why({FRESH: new}, Record({OLD: old})).differences(OLD, FRESH))
    assert [reason.text for reason in found] == ["code of detect/mtcnn: version 3 → 4", "model file of mtcnn"]


def test_without_anything_to_compare_with(folder):
    path = f"cache/lfw/mtcnn-{FRESH}/anonymized/blur/kernel=[7]-{FRESH}.zarr"
    other = f"cache/lfw/mtcnn-{FRESH}/anonymized/blur/kernel=7-{OLD}.zarr"
    (folder / other).mkdir(parents=True)
    assert Why({}, Record()).of(path) == {NEW}, "another setting is none in its place"
    assert Why({}, Record({}, {path})).of(path) == {UNFINISHED}
    assert Why({}, Record()).of(other.replace(OLD, FRESH)) == {UNKNOWN}
    assert Why({}, Record()).of("cache/models/x.json") == {NEW}


def test_the_record_keeps_keys_and_forgets_wanted_files(folder):
    record_plan({OLD: described({})}, ["a"])
    record_plan({FRESH: described({})}, ["b"])
    found = Record.read()
    assert found.keys.keys() == {OLD, FRESH}
    assert found.wanted == {"b"}


@pytest.mark.parametrize("text", ["", "[]", '{"keys": 1, "wanted": []}', '{"keys": {}}'])
def test_a_damaged_record_is_none(folder, text):
    (folder / ".snakemake").mkdir()
    (folder / ".snakemake/bauta-plans.json").write_text(text)
    assert Record.read() == Record()


def test_the_keys_of_all_artifacts_of_a_plan_are_described():
    plan = rule_inputs(parse_config({"attacks": {"views": ["as_is", "restored"]}})).plan
    keys = described_keys(plan)
    digests = {digest for one in artifacts(plan) for digest in IN_PATH.findall(str(one.path))}
    assert digests - keys.keys() == set()
    assert json.dumps(keys)


def test_each_setting_is_named_once_with_all_that_changed(folder, monkeypatch):
    keys = {OLD: described({"margin": 0.4}), FRESH: described({"margin": 0.3})}
    keys |= {digest: described({"seed": 0}, "anonymize") for digest in ("00000003", "00000004")}
    monkeypatch.setattr("bauta.workflow.progress.dry_run.described_keys", lambda plan: keys)
    record_plan(keys, [])
    there = [f"cache/lfw/mtcnn-{OLD}/crops.zarr", "cache/blur/kernel=7-00000003.zarr"]
    for path in there:
        (folder / path).mkdir(parents=True)
    place = {"dataset": "lfw", "crop": f"mtcnn-{FRESH}"}
    seven = {**place, "backend": "blur", "setting": "kernel=7-00000004"}
    nine = {**place, "backend": "blur", "setting": "kernel=9-00000005"}
    crops, blurred = f"cache/lfw/mtcnn-{FRESH}/crops.zarr", "cache/blur/kernel=7-00000004.zarr"
    run = DryRun(plan=object())
    # In another order than they would run in.
    run.add(Job(1, "attack", seven, inputs=(blurred,), outputs=("results/new-00000007/a.json",)))
    run.add(Job(2, "anonymize", seven, inputs=(crops,), outputs=(blurred,)))
    run.add(Job(3, "crop", place, outputs=(crops,)))
    run.add(Job(4, "anonymize", nine, outputs=("cache/blur/kernel=9-00000005.zarr",)))
    run.add(Job(5, "report_page", {}, outputs=("results/report.html",)))
    run.add(Job(6, "all"))
    assert list(run.lines(100)) == [
        "5 jobs would run",
        "",
        "3 jobs, crop margin: 0.4 → 0.3:",
        "    lfw: blur kernel=7; crop",
        "",
        "1 job, not made yet:",
        "    lfw: blur kernel=9",
        "",
        "1 job follows from these:",
        "    report page",
        "",
        "This was a dry run: nothing was computed. `bauta run -n -v` lists the jobs one by one.",
    ]


def test_a_first_run_is_a_few_lines():
    run = DryRun()
    for number in range(1, 200):
        wildcards = {"dataset": "lfw", "backend": "blur", "setting": f"kernel={number}-{number:08x}"}
        run.add(Job(number, "anonymize", wildcards, outputs=(f"cache/kernel={number}-{number:08x}.zarr",)))
    lines = list(run.lines(120))
    assert lines[0] == "199 jobs would run"
    assert lines[2] == "199 jobs, not made yet:"
    assert max(map(len, lines)) <= 120
