"""The rendered faces of the ready configurations: no split of them is refused by its judge."""

from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pytest

from bauta.config.load import load_config
from bauta.datasets.face_table import FaceTable
from bauta.datasets.splits import draw_split
from bauta.judge.judge import judge_dataset
from bauta.labels import EXPRESSIONS
from bauta.workflow.rule_inputs import rule_inputs

ROOT = Path(__file__).parents[2]
RENDERED = [
    pytest.param(path, name, id=f"{path.stem}-{name}")
    for path in [ROOT / "config.yaml", *sorted((ROOT / "config").glob("*.yaml"))]
    for name, dataset in load_config(path).datasets.items()
    if dataset.adapter == "synthfaces" and dataset.splits.score != "nothing"
]


@pytest.mark.parametrize(("path", "name"), RENDERED)
def test_the_split_of_rendered_people_supports_something(path, name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = load_config(path)
    dataset, splits = config.datasets[name], config.datasets[name].splits
    subjects = [f"s{one:04d}" for one in range(dataset.subjects) for _ in range(dataset.images_per_subject)]
    manifest = pa.table(
        {
            "image_id": [f"{subject}_{row}" for row, subject in enumerate(subjects)],
            "subject": subjects,
            "expression": list(islice(cycle(EXPRESSIONS), len(subjects))),
            "photograph": pa.array([None] * len(subjects), pa.string()),
        }
    )
    rows = draw_split(manifest, train=splits.train, dev=splits.dev, enrol=splits.enrol, seed=config.seed)
    split = {row["image_id"]: row for row in rows.to_pylist()}
    ids = manifest["image_id"].to_pylist()
    faces = FaceTable(
        face_ids=tuple(ids),
        subjects=tuple(subjects),
        expressions=tuple(manifest["expression"].to_pylist()),
        partitions=tuple(split[one]["partition"] for one in ids),
        roles=tuple(split[one]["role"] for one in ids),
        statuses=("ok",) * len(ids),
        split_sha256="0",
    )
    alone = config.model_copy(update={"datasets": {name: dataset}, "pooled_teacher": None})
    asked = rule_inputs(alone).plan.datasets[name].asked
    verdict = judge_dataset(faces, dataset=name, **asked)
    assert verdict.people >= 2
