"""Every file that an adapter reads is in the key of the manifest by content, wherever it lies."""

import os
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from layouts import LAYOUTS, lay_out

from bauta.cache.share import record_run
from bauta.config.load import parse_config
from bauta.datasets import ADAPTERS
from bauta.datasets.listing import list_dataset
from bauta.errors import ConfigError, DataError
from bauta.io.fingerprint import check_file_unchanged, file_fingerprint
from bauta.workflow.rule_inputs import rule_inputs

ROOT = Path(__file__).parents[2]
SIDES = [
    (name, file) for name, files in LAYOUTS.items() for file, content in files.items() if content is not None
]

opened = []
listening = []


@sys.addaudithook
def listen(event, arguments):
    if event == "open" and listening and isinstance(arguments[0], str | os.PathLike):
        opened.append(Path(arguments[0]))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inputs(name, **values):
    adapter = name.partition(",")[0]
    labels = {"labels": "labels.csv"} if adapter == "folder" else {}
    section = {"adapter": adapter, "root": "raw", **labels, **values}
    return rule_inputs(parse_config({"datasets": {"x": section}, "teachers": []}))


def digest(name, **values):
    return inputs(name, **values).plan.datasets["x"].source.index_key.digest


def change(path):
    """Other content of the same length."""
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


def test_every_adapter_is_laid_out():
    assert {name.partition(",")[0] for name in LAYOUTS} | {"synthfaces"} == set(ADAPTERS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_an_adapter_opens_is_what_is_tested_below(project, name):
    lay_out(name, project / "raw")
    config = inputs(name).plan.datasets["x"].dataset.listing(0)
    writes = inputs(name).plan.datasets["x"].dataset.writes_images
    opened.clear()
    listening.append(name)
    try:
        listing = list_dataset("raw", "out" if writes else "raw", **config)
    finally:
        listening.clear()
    assert listing.records
    root = (project / "raw").resolve()
    found = {path.resolve().relative_to(root) for path in opened if path.resolve().is_relative_to(root)}
    images = {Path(record.path) for record in listing.records} | {Path(path) for path in listing.over_limit}
    assert {path.as_posix() for path in found - images} == {file for other, file in SIDES if other == name}


@pytest.mark.parametrize(("name", "file"), SIDES)
def test_a_side_file_in_the_root_is_in_the_key(project, name, file):
    lay_out(name, project / "raw")
    before, content = digest(name), (project / "raw" / file).read_bytes()
    change(project / "raw" / file)
    assert digest(name) != before
    (project / "raw" / file).write_bytes(content)
    assert digest(name) == before


@pytest.mark.parametrize(("name", "file"), SIDES)
def test_a_side_file_behind_a_link_is_in_the_key(project, name, file):
    lay_out(name, project / "raw")
    place, linked = project / "elsewhere.txt", project / "raw" / file
    linked.rename(place)
    linked.symlink_to(place)
    before, content = digest(name), place.read_bytes()
    change(place)
    assert digest(name) != before
    place.write_bytes(content)
    assert digest(name) == before


@pytest.mark.parametrize("written", ["../labels.csv", "{project}/labels.csv", "../link.csv"])
def test_labels_outside_the_root_are_in_the_key(project, written):
    lay_out("folder", project / "raw")
    (project / "raw/labels.csv").rename(project / "labels.csv")
    (project / "link.csv").symlink_to(project / "labels.csv")
    labels = written.format(project=project)
    before, content = digest("folder", labels=labels), (project / "labels.csv").read_bytes()
    change(project / "labels.csv")
    assert digest("folder", labels=labels) != before
    (project / "labels.csv").write_bytes(content)
    os.utime(project / "labels.csv", (1, 1))
    assert digest("folder", labels=labels) == before


def test_labels_that_are_not_there_stop_the_plan_in_one_line(project):
    lay_out("folder", project / "raw")
    with pytest.raises(ConfigError, match=r"the file raw/gone\.csv does not exist"):
        digest("folder", labels="gone.csv")


def test_without_the_raw_data_the_key_is_the_recorded_one(project):
    lay_out("folder", project / "raw")
    (project / "raw/labels.csv").rename(project / "labels.csv")
    (project / "config.yaml").write_text(
        "datasets: {x: {adapter: folder, root: raw, labels: ../labels.csv}}\nteachers: []\n"
    )
    shutil.copy(ROOT / "dvc.yaml", project)
    planned = inputs("folder", labels="../labels.csv")
    before = planned.plan.datasets["x"].source.index_key.digest
    record_run(planned.plan, ["config.yaml"])
    (project / "raw").rename(project / "away")
    (project / "labels.csv").rename(project / "away.csv")
    assert digest("folder", labels="../labels.csv") == before
    (project / "labels.csv").write_text("path,expression\na/1.png,sad\n")
    assert digest("folder", labels="../labels.csv") != before


def run_index(project, during):
    """The job `index` as Snakemake runs it, with something that happens just before."""
    rules = inputs("folder", labels="../labels.csv")
    plan = rules.plan.datasets["x"]
    stage = rules.index(SimpleNamespace(dataset="x", digest=plan.source.index_key.digest))
    during()
    out = project / "out"
    job = SimpleNamespace(
        log=[str(project / "index.log")],
        input=[],
        params=SimpleNamespace(stage=stage),
        output=SimpleNamespace(
            manifest=out / "manifest.parquet", key=out / "key.json", images=out / "images"
        ),
    )
    out.mkdir()
    runpy.run_path(str(ROOT / "workflow_scripts/index.py"), init_globals={"snakemake": job})


@pytest.mark.parametrize("happens", ["nothing", "labels change", "labels go"])
def test_labels_that_change_between_the_plan_and_the_job_end_it(project, happens):
    lay_out("folder", project / "raw")
    labels = project / "labels.csv"
    (project / "raw/labels.csv").rename(labels)
    if happens == "nothing":
        run_index(project, lambda: None)
        return
    other = "path,expression\na/1.png,sad\n"
    with pytest.raises(SystemExit, match=r"labels\.csv (changed since this run was planned|cannot be read)"):
        run_index(project, labels.unlink if happens == "labels go" else lambda: labels.write_text(other))


def test_a_file_that_is_gone_or_another_is_one_line(tmp_path):
    path = tmp_path / "x.csv"
    with pytest.raises(ConfigError, match="does not exist"):
        file_fingerprint(path)
    path.write_text("a")
    planned = file_fingerprint(path)
    check_file_unchanged(path, planned)
    path.write_text("b")
    with pytest.raises(DataError, match="changed since this run was planned; run again"):
        check_file_unchanged(path, planned)
