"""A teacher that is trained on several datasets: what is planned, and which mistakes are refused."""

import json

import numpy as np
import pytest
from PIL import Image
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
        **dict.fromkeys(("render", "index", "split", "judge", "detect", "align", "crop"), 2),
    }


def test_renders_can_augment_with_a_teachers_labels_and_anonymized(project):
    project.configure(
        {
            **POOLED,
            "pooled_teacher": {
                **POOLED["pooled_teacher"],
                "augment": {"second": 0.5},
                "pseudo_labels": {"second": "resnet18_fer2013"},
                "anonymized": {"second": "blur kernel=7,region=crop"},
            },
        }
    )
    planned = project.planned("teacher")
    assert planned["express_training"] == 1
    assert planned["anonymize_training"] == 1
    assert planned["train_pooled_teacher"] == 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"augment": {"first": 0.5}}, "augment: 'first' is not one of the datasets after the first"),
        ({"augment": {"second": 1.5}}, "pooled_teacher.augment.second: "),
        ({"pseudo_labels": {"second": "resnet18"}}, "pseudo_labels: 'resnet18' has no weights"),
        ({"datasets": ["frist"]}, "no dataset 'frist': did you mean 'first'?"),
        ({"recipe": "resnet"}, "pooled_teacher.recipe: "),
    ],
)
def test_a_mistake_names_the_key(project, change, line):
    project.configure({**POOLED, "pooled_teacher": {**POOLED["pooled_teacher"], **change}})
    done = project.snakemake("-n", check=False)
    assert [text for text in done.stdout.splitlines() if text.startswith("error: config:") and line in text]


def test_an_unknown_setting_of_the_renders_names_the_nearest(project):
    change = {"anonymized": {"second": "blur kernel=9,region=crop"}}
    project.configure({**POOLED, "pooled_teacher": {**POOLED["pooled_teacher"], **change}})
    done = project.snakemake("-n", "teacher", check=False)
    assert (
        "no setting 'blur kernel=9,region=crop' in the anonymizers of second: "
        "did you mean 'blur kernel=7,region=crop'?" in done.stdout
    )


def test_a_dataset_that_cannot_train_is_refused_with_the_reason(project):
    untrained = {**SMALL, "splits": {"train": 0.0, "dev": 0.0}}
    project.configure({**POOLED, "datasets": {"first": SMALL, "second": untrained}})
    done = project.snakemake("-n", check=False)
    assert "'second' cannot train a teacher: splits.train and splits.dev must be above 0" in done.stdout


def test_without_a_section_it_says_what_to_add(project):
    done = project.snakemake("-n", "teacher", check=False)
    assert done.returncode != 0
    assert "pooled_teacher: name the datasets to train on" in done.stdout


FOLDERS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def draw_fer2013(root):
    """The layout of FER-2013 as folders, without a test part; each class has a pattern of its own."""
    random = np.random.default_rng(0)
    for part, count in (("train", 12), ("validation", 3)):
        for number, name in enumerate(FOLDERS):
            (root / part / name).mkdir(parents=True)
            for image in range(count):
                picture = random.integers(0, 60, (48, 48), dtype=np.uint8)
                picture[:, 4 + 6 * number : 10 + 6 * number] += 150
                Image.fromarray(picture).save(root / part / name / f"{image}.png")


@pytest.mark.long
def test_it_is_trained_on_a_dataset_of_which_nothing_is_scored(project):
    draw_fer2013(project.folder / "data" / "fer2013")
    dataset = {
        "adapter": "fer2013_folders",
        "root": "data/fer2013",
        "detector": "full_frame",
        "splits": {"official": True, "score": "nothing"},
    }
    project.configure(
        {
            **TINY,
            "datasets": {"fer2013": dataset},
            "pooled_teacher": {"datasets": ["fer2013"], "recipe": "resnet18"},
            "teachers": [],
        }
    )
    project.snakemake("teacher")
    (card,) = project.folder.glob("cache/teachers/resnet18-*/card.json")
    content = json.loads(card.read_text())
    assert content["train_counts"] == dict.fromkeys(content["classes"], 12)
    assert content["dev_counts"] == dict.fromkeys(content["classes"], 3)
    done = project.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "no part of it is scored" in done.stdout
