"""What a user sees after a mistake: one line, before any job."""

import re
from dataclasses import replace

import pytest
from projects import TINY

NOTHING = {"official": True, "score": "nothing"}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"anonymizer": {}}, "error: config: unknown key 'anonymizer': did you mean 'anonymizers'?"),
        (
            {"recognizers": ["dlib_resnt"]},
            "error: config: recognizers.0: unknown recognizer 'dlib_resnt': did you mean",
        ),
        (
            {"datasets": {"mine": {"adapter": "folder", "root": "data/mine"}}, "teachers": []},
            "error: datasets: the folder data/mine does not exist",
        ),
        (
            {"datasets": {"mine": {"adapter": "foldre", "root": "data"}}},
            "error: config: datasets.mine.adapter: unknown adapter 'foldre': did you mean 'folder'?",
        ),
        (
            {"anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 30}}},
            "error: config: anonymizers.blur.kernel: expected an odd number, got 30",
        ),
        ({"anonymizers": {"identity": {}, 7: {}}}, "error: config: anonymizers: unknown anonymizer '7'"),
    ],
    ids=["key", "name", "folder", "adapter", "kernel", "integer"],
)
def test_a_mistake_stops_before_any_job(project, change, line):
    project.configure({**TINY, **change})
    done = project.snakemake(check=False)
    assert done.returncode != 0
    assert [text for text in done.stdout.splitlines() if text.startswith(line)]
    assert "Traceback" not in done.stdout
    assert not (project.folder / "cache").exists()


def test_a_named_config_takes_the_place_of_the_default_one(project):
    (project.folder / "other.yaml").write_text(
        "run: other\ndatasets: {only: {adapter: synthfaces, subjects: 8}}\n"
    )
    planned = project.planned("--configfile", "other.yaml")
    assert planned["render"] == 1
    assert planned["anonymize"] == 15


@pytest.mark.parametrize(
    ("change", "target", "line"),
    [
        ({}, ["teacher"], "error: pooled_teacher: name the datasets to train on"),
        (
            {
                "datasets": {"ck": {"adapter": "fer2013_folders", "root": "raw", "splits": NOTHING}},
                "teachers": [],
            },
            [],
            "error: datasets.ck.splits.score: no part of it is scored, so it has no frontier",
        ),
        (
            {},
            ["cache/synthfaces/mtcnn-00000000/crops.zarr"],
            "error: synthfaces: the configuration's crops are mtcnn-",
        ),
        (
            {},
            ["results/tiny/measurements/other/coverage-00000000/blur/kernel=31-00000000.json"],
            "error: no dataset 'other' in the configuration",
        ),
    ],
    ids=["no section", "nothing scored", "another key", "another dataset"],
)
def test_what_cannot_be_planned_is_one_line_too(project, change, target, line):
    (project.folder / "raw").mkdir()
    (project.folder / "raw/1.jpg").touch()
    project.configure({**TINY, **change})
    done = project.snakemake("-n", *target, check=False)
    assert done.returncode != 0
    assert [text for text in done.stdout.splitlines() if text.startswith(line)], done.stdout
    assert "Traceback" not in done.stdout


def test_values_of_the_command_line_go_over_the_file(project):
    assert project.planned("--config", "frontier={bootstrap: 100}", "anonymizers={blur: {kernel: [11, 31]}}")
    done = project.snakemake("-n", "--config", "frontier={bootstrap: 10}", check=False)
    assert "error: config: frontier.bootstrap: expected at least 100, got 10" in done.stdout.splitlines()


def test_a_key_that_stands_twice_stops_before_any_job(project):
    with (project.folder / "config.yaml").open("a") as file:
        file.write("teachers: []\n")
    done = project.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "the key 'teachers' is given twice: remove one" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_error_of_a_job_is_shown_once_with_what_to_do_and_what_goes_on(project):
    for person in ("a", "b"):
        (project.folder / "raw" / person).mkdir(parents=True)
        (project.folder / "raw" / person / "1.jpg").write_text("this is no picture")
    project.configure({**TINY, "datasets": {"mine": {"adapter": "folder", "root": "raw"}}, "teachers": []})
    done = replace(project, brief=True).snakemake(check=False)
    assert done.returncode != 0
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Using workflow")]
    assert re.fullmatch(r"\d+ jobs on 2 cores, time left unknown: .*", lines[0])
    assert lines[1] == "failed: index · mine"
    assert lines[2].startswith("  reason:  none of 2 images below raw can be read")
    assert lines[3].startswith("  log:     logs/index/mine-")
    assert lines[4].startswith("  to do:   do what the reason says, then run the same command again")
    assert lines[5].startswith("  goes on: nothing; with --keep-going, ")
    ending = r"stopped after [\d.]+ s: 0 of \d+ jobs done, 1 failed, \d+ not run; Snakemake's log: .*"
    assert re.fullmatch(ending, lines[6])
    assert len(lines) == 7
