"""Networks that learn from anonymized faces, tested on real ones of their own and another dataset."""

import csv
import shutil

import pyarrow.parquet as pq
import pytest
from projects import TINY

from bauta.datasets.synthfaces.dataset import render_dataset

pytestmark = pytest.mark.long

TRAINING = {
    **TINY,
    "run": "training",
    "datasets": {
        "synthfaces": {
            **TINY["datasets"]["synthfaces"],
            "subjects": 10,
            "splits": {"train": 0.3, "dev": 0.2, "enrol": 0.5},
        },
        "others": {
            "adapter": "folder",
            "root": "data/others",
            "labels": "labels.csv",
            "splits": {"train": 0.0},
        },
    },
    "teachers": ["resnet18_fer2013"],
    "training": {"datasets": ["synthfaces"], "tested": ["others"], "recipes": ["resnet18"], "seeds": 2},
    "attacks": {"views": [], "adaptive": {"enabled": False}, "attributes": False},
}


def labelled_folder(root):
    """A folder for each of six people, with the labels of their faces in a table."""
    drawn = root.with_name("drawn")
    truth = render_dataset(drawn, subjects=6, images_per_subject=7, seed=5)
    shutil.move(drawn / "images", root)
    rows = pq.read_table(truth).to_pylist()
    with (root / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "expression"])
        table.writerows([row["path"].removeprefix("images/"), row["expression"]] for row in rows)
    shutil.rmtree(drawn)


def test_each_kind_of_training_is_tested_on_real_faces_of_two_datasets(project):
    labelled_folder(project.folder / "data" / "others")
    project.configure(TRAINING)
    project.snakemake()

    with (project.folder / "results/training/training.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = {(row["backend"], row["learns"], row["tested"]) for row in rows}
    kinds = {("original", "real"), ("blur", "anonymized"), ("blur", "mixed")}
    assert found == {(*kind, tested) for kind in kinds for tested in ("synthfaces", "others")}
    assert len(rows) == 6
    with (project.folder / "results/training/frontier.csv").open() as file:
        blur = next(row for row in csv.DictReader(file) if row["backend"] == "blur")
    for row in rows:
        assert row["trainings"] == "2"
        each = [float(value) for value in row["macro_f1_each"].split()]
        assert float(row["macro_f1"]) == pytest.approx(sum(each) / 2, abs=1e-3)
        assert float(row["macro_f1_sd"]) == pytest.approx(abs(each[0] - each[1]) / 2**0.5, abs=1e-3)
        assert float(row["macro_f1_low"]) <= float(row["macro_f1"]) <= float(row["macro_f1_high"])
        assert (row["macro_f1_change"] == "") == (row["learns"] == "real")
        leaked = blur["worst_top1" if row["learns"] == "anonymized" else "clear_top1"]
        assert float(row["exposed_top1"]) == pytest.approx(float(leaked))
        assert row["exposed_on"] == "synthfaces"
    trained_on = {row["learns"]: int(row["trained_on"]) for row in rows}
    assert trained_on["mixed"] == trained_on["real"] + trained_on["anonymized"]

    assert project.planned() == {}
    assert "0 damaged" in project.snakemake("verify").stdout
    assert "stale: nothing" in project.snakemake("status").stdout

    project.configure({**TRAINING, "training": {**TRAINING["training"], "seeds": 3}})
    planned = project.planned()
    assert (planned["train_learner"], planned["express_learner"], planned["training"]) == (3, 6, 1)
