"""What a user sees after a mistake: one line, before any job."""

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
    ],
    ids=["key", "name", "folder"],
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
    assert planned["anonymize"] == 12


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
            "error: datasets.ck.splits.score: nothing of it is scored, so it has no frontier",
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
