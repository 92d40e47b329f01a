"""A generator of FLAME parameters in the real workflow: from made-up codes to faces and their audit."""

import numpy as np
import pytest
from projects import TINY
from scipy.io import savemat

from bauta.anonymize.generator_card import GeneratorCard
from bauta.config.load import parse_config
from bauta.contract import Status
from bauta.measurement import Measurement
from bauta.preserve.deca import CODES
from bauta.store import Store
from bauta.workflow.rule_inputs import rule_inputs

pytestmark = [pytest.mark.long, pytest.mark.models]

SUBJECTS, IMAGES = 16, 7
LOST = "s0000/s0000_00"
FLAME = {
    **TINY,
    "datasets": {
        "synthfaces": {
            "adapter": "synthfaces",
            "subjects": SUBJECTS,
            "images_per_subject": IMAGES,
            "splits": {"train": 0.5, "dev": 0.2},
            "deca": "codes",
        }
    },
    "anonymizers": {
        "identity": {},
        "blackout": {},
        "cgan_trained": {"conditions": "flame", "steps": 4, "width": 4},
    },
    "teachers": ["resnet18_fer2013"],
}


@pytest.fixture
def codes(project):
    """Made-up codes of every image but one."""
    numbers = np.random.default_rng(0)
    for subject in range(SUBJECTS):
        for image in range(IMAGES):
            name = f"s{subject:04d}_{image:02d}"
            if name != LOST.rpartition("/")[2]:
                (project.folder / "codes" / name).mkdir(parents=True)
                values = {key: numbers.normal(size=(1, *shape)) for key, shape in CODES.items()}
                savemat(project.folder / "codes" / name / f"{name}.mat", values)


def test_the_codes_are_all_that_its_faces_are_made_from(project, codes, real_models, monkeypatch):
    real_models("mobilefacenet_casia")
    project.configure(FLAME)
    monkeypatch.chdir(project.folder)
    plan = rule_inputs(parse_config(FLAME)).plan
    dataset = plan.datasets["synthfaces"]
    item = next(item for item in dataset.sets.all if item.generator)
    path = dataset.sets.anonymized(item)
    audited = plan.measurements["synthfaces"].path("audit", backend=item.backend, setting=item.setting)
    project.snakemake(str(path), str(audited))

    flame = Store.open(dataset.faces.flame)
    status = dict(zip(flame.ids, flame.read("status"), strict=True))
    assert {name for name, code in status.items() if code == Status.NO_FACE.code} == {LOST}
    assert set(flame.arrays) == {"expression", "pose", "status"}
    assert GeneratorCard.read(dataset.sets.generator(item)).inputs == ("flame",)
    store = Store.open(path)
    drawn = store.read("status") == Status.OK.code
    assert drawn.tolist() == [status[name] == Status.OK.code for name in store.ids]
    assert store.read("images")[drawn].any(axis=(1, 2, 3)).all()
    values = Measurement.read(audited).values
    assert values["leaks_pixels"].value == 0
    assert values["declared_blind"].value == 1
    assert "0 damaged" in project.snakemake("verify").stdout
