"""A teacher that is trained on several datasets: what is planned, and which mistakes are refused."""

import pytest
from projects import TINY

SMALL = {
    "adapter": "synthfaces",
    "subjects": 12,
    "images_per_subject": 7,
    "splits": {"train": 0.5, "dev": 0.2},
}
POOLED = {
    **TINY,
    "datasets": {"first": SMALL, "second": {**SMALL, "images_per_subject": 8}},
    "pooled_teacher": {"datasets": ["first", "second"]},
}


def test_it_is_trained_on_the_crops_of_all_its_datasets_and_nothing_else_is_made(project):
    project.configure(POOLED)
    planned = project.planned("teacher")
    assert planned == {
        "teacher": 1,
        "train_pooled_teacher": 1,
        **dict.fromkeys(("render", "index", "split", "detect", "align", "crop"), 2),
    }


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"datasets": ["frist"]}, "no dataset 'frist': did you mean 'first'?"),
        ({"recipe": "resnet"}, "pooled_teacher.recipe: "),
    ],
)
def test_a_mistake_names_the_key(project, change, line):
    project.configure({**POOLED, "pooled_teacher": {**POOLED["pooled_teacher"], **change}})
    done = project.snakemake("-n", check=False)
    assert [text for text in done.stdout.splitlines() if text.startswith("error: config:") and line in text]


def test_a_dataset_that_cannot_train_is_refused_with_the_reason(project):
    untrained = {**SMALL, "splits": {"train": 0.0, "dev": 0.0}}
    project.configure({**POOLED, "datasets": {"first": SMALL, "second": untrained}})
    done = project.snakemake("-n", check=False)
    assert "'second' cannot train a teacher: splits.train and splits.dev must be above 0" in done.stdout


def test_without_a_section_it_says_what_to_add(project):
    done = project.snakemake("-n", "teacher", check=False)
    assert done.returncode != 0
    assert "pooled_teacher: name the datasets to train on" in done.stdout
