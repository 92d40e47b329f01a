"""Settings and datasets that people cannot support: what finishes, what is said, and what stops at once."""

import csv
import json

import pytest
from PIL import Image
from projects import make_project

from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.errors import InfeasibleError
from bauta.measurement import Measurement
from bauta.store import Store

pytestmark = pytest.mark.long

CONFIG = {
    "run": "some",
    "datasets": {
        "several": {"adapter": "folder", "root": "data/several"},
        "single": {"adapter": "folder", "root": "data/single"},
    },
    "parsing": [],
    "anonymizers": {"identity": {}, "blackout": {}, "ksame": {"k": [4, 50]}},
    "attacks": {"protocols": ["naive"], "adaptive": {"enabled": False}},
    "realism": ["ssim"],
    "frontier": {"bootstrap": 100},
}
"""Of the five people of `several` a detector finds three; `single` has one image a person."""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    rendered = tmp_path_factory.mktemp("rendered")
    rendered = render_dataset(rendered, subjects=4, images_per_subject=3, seed=5).parent / "images"
    for person, images in enumerate(sorted(path for path in rendered.iterdir() if path.is_dir())):
        for number, image in enumerate(sorted(images.iterdir())):
            places = [("several", person < 3), ("single", number == 0)]
            for dataset in (name for name, wanted in places if wanted):
                place = folder / dataset / images.name / image.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(image.read_bytes())
    for person in ("wall", "sky"):
        for number in range(2):
            place = folder / "several" / person / f"{number}.png"
            place.parent.mkdir(exist_ok=True)
            Image.new("RGB", (320, 320), (90, 120, 90 + number)).save(place)
    return folder


def project_of(folder, photographs, config):
    project = make_project(folder)
    (project.folder / "data").symlink_to(photographs)
    project.configure(config)
    return project


@pytest.fixture(scope="module")
def run(tmp_path_factory, photographs):
    project = project_of(tmp_path_factory.mktemp("run"), photographs, CONFIG)
    planned = project.planned()
    return project, planned, project.snakemake().stdout


@pytest.fixture(scope="module")
def rows(run):
    with (run[0].folder / "results/some/frontier.csv").open() as file:
        return {(row["dataset"], row["backend"], row["setting"]): row for row in csv.DictReader(file)}


SCARCE = {
    ("several", "ksame", "k=4"): "k=4 needs at least 4 people who are scored, got 3",
    ("several", "ksame", "k=50"): "k=50 needs at least 50 people who are scored, got 3",
    ("single", "ksame", "k=50"): "k=50 needs at least 50 people who are scored, got 4",
}
PROBES = "nobody can be identified: there are no probes, as none of 4 scored people has a second image"


def test_trap_41_infeasible_settings_are_rows_and_all_others_finish(rows):
    assert {place for place, row in rows.items() if row["note"].startswith("infeasible")} == set(SCARCE)
    for place, reason in SCARCE.items():
        assert rows[place]["note"].startswith(f"infeasible: {reason}")
        assert (rows[place]["privacy"], rows[place]["utility"], rows[place]["valid"]) == ("", "", "false")
    for place, row in rows.items():
        if place not in SCARCE:
            assert row["utility"] != ""
            assert (row["privacy"] != "") == (place[0] == "several")
    assert len(rows) == 2 * 5


def test_without_probes_the_privacy_is_null_with_the_reason(rows, run):
    row = rows["single", "ksame", "k=4"]
    assert row["valid"] == "true"
    assert f"no privacy: {PROBES}" in row["note"]
    found = json.loads((run[0].folder / "results/some/metrics.json").read_text())
    assert [one["limits"]["identities"] for one in found["datasets"]] == [
        None,
        f"{PROBES}; add images of them",
    ]
    assert not [control for control in found["controls"] if control["passed"] is False]


def test_what_the_split_tells_is_said_before_a_face_is_looked_for(run):
    _, planned, output = run
    assert planned["judge"] == 2
    before, _, _ = output.partition("rule: detect" if "rule: detect" in output else "Rule: detect")
    for line in (
        "several: ksame k=50 is infeasible: k=50 needs at least 50 people who are scored, got 5",
        "single: privacy cannot be measured: nobody can be identified",
        "single: ksame k=50 is infeasible",
    ):
        assert line in before
    assert "ksame k=4 is infeasible" not in output


def test_every_output_tells_them(run):
    results = run[0].folder / "results/some"
    summary = (results / "summary.txt").read_text()
    assert "  infeasible  ksame k=4: k=4 needs at least 4 people" in summary
    assert f"  no privacy and so no frontier: {PROBES}" in summary
    page = (results / "report.html").read_text()
    assert page.count('<span class="tag grey">infeasible</span>') == len(SCARCE)
    assert (results / "plots/single-attackers.png").stat().st_size > 5_000


def test_the_reason_is_in_every_artifact_of_the_setting(run):
    folder = run[0].folder
    stores = list(folder.glob("cache/several/mtcnn-*/**/ksame/k=50-*.zarr"))
    assert {path.parts[-3].partition("-")[0] for path in stores} >= {"anonymized", "dlib_resnet"}
    for path in stores:
        with pytest.raises(InfeasibleError, match="k=50 needs at least 50 people"):
            Store.open(path)
    measured = [
        Measurement.read(path)
        for path in folder.glob("results/some/measurements/several/**/ksame/k=50-*.json")
    ]
    assert {one.kind for one in measured} == {"attack", "suite", "audit", "coverage", "expression", "realism"}
    assert all(one.infeasible.startswith("k=50 needs") and not one.values for one in measured)


def test_a_second_run_has_nothing_to_do_and_what_is_cached_is_intact(run):
    project, _, _ = run
    assert project.planned() == {}
    assert "0 damaged" in project.snakemake("verify").stdout


def test_a_dataset_that_supports_nothing_stops_before_a_face_is_looked_for(tmp_path, photographs):
    datasets = {"single": CONFIG["datasets"]["single"]}
    project = project_of(tmp_path / "stops", photographs, {**CONFIG, "datasets": datasets, "teachers": []})
    assert project.planned()["detect"] == 1
    done = project.snakemake(check=False)
    assert done.returncode != 0
    assert (
        f"error: datasets.single: nothing can be measured on it: no privacy, because {PROBES}; add images of "
        "them; no utility, because no teacher is configured; add one to teachers"
    ) in done.stdout.splitlines()
    assert "Traceback" not in done.stdout
    assert not list(project.folder.glob("cache/single/mtcnn-*"))
