"""A run whose generator and whose readers are trained in it, from the faces to the page."""

import csv
import json

import pytest
from projects import TINY

from bauta.anonymize.generator_card import GeneratorCard, subject_digest
from bauta.config.load import parse_config
from bauta.datasets.face_table import FaceTable
from bauta.workflow.rule_inputs import rule_inputs

pytestmark = [pytest.mark.long, pytest.mark.models]

TRAINED = {
    **TINY,
    "datasets": {
        "synthfaces": {
            **TINY["datasets"]["synthfaces"],
            "subjects": 16,
            "splits": {"train": 0.5, "dev": 0.2, "enrol": 0.5},
        }
    },
    "anonymizers": {"identity": {}, "blackout": {}, "cgan_trained": {"steps": 4, "width": 4}},
    "teachers": ["resnet18", "resnet18_both"],
}


def test_a_generator_is_trained_on_others_proved_blind_and_read_by_who_adapts(
    project, real_models, monkeypatch
):
    real_models("mobilefacenet_casia")
    project.configure(TRAINED)
    project.snakemake()
    monkeypatch.chdir(project.folder)
    plan = rule_inputs(parse_config(TRAINED)).plan
    dataset = plan.datasets["synthfaces"]
    item = next(item for item in dataset.sets.all if item.generator)

    with (plan.results / "frontier.csv").open() as file:
        rows = {row["backend"]: row for row in csv.DictReader(file)}
    assert float(rows["cgan_trained"]["leaks_pixels"]) == 0.0
    assert float(rows["identity"]["leaks_pixels"]) == 1.0
    # So few faces teach nobody to read: the reader was trained and measured, and its utility is refused.
    reasons = rows["cgan_trained"]["reasons"]
    assert "utility_reader_both: the teacher resnet18_both is invalid here: macro-F1" in reasons
    assert "utility_reader_anonymized: this reader was not trained on the set" in reasons
    assert not rows["cgan_trained"]["utility_reader_both"]
    assert not rows["identity"]["utility_reader_both"]
    assert (plan.results / "plots/synthfaces-readers.png").is_file()
    assert "What a reader that adapts can still read" in (plan.results / "report.html").read_text()
    assert all(path.is_file() for path in plan.generator_pictures())

    generator = dataset.sets.generator(item)
    card = GeneratorCard.read(generator)
    faces = FaceTable.load(dataset.faces.alignment, dataset.source.split)
    scored = {subject_digest(subject) for subject in faces.partition("test").subjects}
    assert card.subjects
    assert scored.isdisjoint(card.subjects)
    key = json.loads(generator.with_name(f"{generator.name}.key.json").read_text())
    assert set(key["models"]) == {"mobilefacenet_casia", "resnet18_fer2013"}

    assert project.planned() == {}
    assert "0 damaged" in project.snakemake("verify").stdout
    assert "stale: nothing" in project.snakemake("status").stdout
