"""A generator in the real workflow: a converted file, its anonymized set and its audit."""

import numpy as np
import pytest
import torch
import yaml
from projects import TINY

from bauta.anonymize.deepprivacy2.network import fdf128
from bauta.config.load import parse_config
from bauta.contract import Status
from bauta.measurement import Measurement
from bauta.models.tensor_file import save_tensors
from bauta.store import Store
from bauta.workflow.rule_inputs import rule_inputs

pytestmark = pytest.mark.long

NAME = "deepprivacy2_fdf128"


@pytest.fixture
def config(tmp_path):
    """A few people, and a file with the keys of the official one and weights from a seed."""
    folder = tmp_path / "models"
    folder.mkdir()
    generator = torch.Generator().manual_seed(0)
    state = fdf128().state_dict()
    noise = {name: 0.3 * torch.randn(one.shape, generator=generator) for name, one in state.items()}
    save_tensors(noise, folder / f"{NAME}.safetensors")
    return {
        **TINY,
        "datasets": {"synthfaces": {"adapter": "synthfaces", "subjects": 4, "images_per_subject": 2}},
        "anonymizers": {
            "identity": {},
            "blackout": {},
            "deepprivacy2": {"weights": "fdf128", "truncation": 1.0, "latents": "per_subject"},
        },
        "teachers": ["resnet18_fer2013"],
        "models": {"dir": str(folder)},
    }


def test_a_generator_runs_records_its_latents_and_is_proved_blind(config, project, monkeypatch):
    project.configure(config)
    monkeypatch.chdir(project.folder)
    plan = rule_inputs(parse_config(config)).plan
    dataset = plan.datasets["synthfaces"]
    item = next(item for item in dataset.sets.all if item.backend == "deepprivacy2")
    audited = plan.measurements["synthfaces"].path("audit", backend=item.backend, setting=item.setting)
    anonymized = dataset.sets.anonymized(item)
    project.snakemake(str(anonymized), str(audited))

    store = Store.open(anonymized)
    assert (store.read("status") == Status.OK.code).all()
    subjects = [name.partition("/")[0] for name in store.ids]
    seeds = store.attributes["latent_seeds"]
    assert len(seeds) == len(store)
    assert len(set(seeds)) == len(set(subjects))
    crops = Store.open(dataset.faces.crops)
    originals = crops.take("images", crops.rows_of(store.ids))
    images, masks = store.read("images"), store.read("mask") == 1
    np.testing.assert_array_equal(images[~masks], originals[~masks])
    assert (images[masks] != originals[masks]).mean() > 0.9

    audit = Measurement.read(audited)
    assert audit.values["leaks_pixels"].value == 0.0
    assert audit.values["declared_blind"].value == 1.0

    lock = yaml.safe_load((project.folder / "models.lock.yaml").read_text())
    assert item.key.describe()["models"] == {NAME: lock[NAME]}
    (project.folder / "models.lock.yaml").write_text(yaml.safe_dump({NAME: "0" * 64}))
    other = rule_inputs(parse_config(config)).plan.datasets["synthfaces"]
    again = next(item for item in other.sets.all if item.backend == "deepprivacy2")
    refused = project.snakemake(str(other.sets.anonymized(again)), check=False)
    assert refused.returncode != 0
    assert f"expected {'0' * 64}" in refused.stdout
