"""What a user sees after a mistake: one line, before any job."""

import pytest
from projects import TINY


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
