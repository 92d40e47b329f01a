"""The whole workflow on a tiny configuration: what a user gets, and what a second run does."""

import csv
import json
import os
import shutil

import pytest
from projects import TINY

from bauta.datasets.face_table import FaceTable
from bauta.measurement import Measurement
from bauta.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(finished):
    return finished.folder / "results" / "tiny"


@pytest.fixture(scope="module")
def rows(results):
    with (results / "frontier.csv").open() as file:
        return {(row["backend"], row["setting"]): row for row in csv.DictReader(file)}


def only(paths):
    (path,) = paths
    return path


def test_everything_is_there(results, rows):
    assert set(rows) == {
        *((control, "default") for control in ("identity", "blackout", "prototype")),
        ("blur", "kernel=7,region=crop"),
    }
    for name in ("metrics.json", "summary.txt", "report.html"):
        assert (results / name).stat().st_size > 0
    pictures = {path.name for path in (results / "plots").iterdir()}
    assert {
        f"synthfaces-{kind}.png"
        for kind in ("frontier", "similarity", "strength", "confusion", "contact_sheet", "restored")
    } <= pictures
    figures = {path.name for path in (results / "figures").iterdir()}
    assert figures == {
        f"{name.removesuffix('.png')}.{suffix}"
        for name in pictures
        if not name.endswith(("contact_sheet.png", "restored.png"))
        for suffix in ("svg", "pdf", "csv")
    }
    assert (results / "frontier.tex").read_text().count(r" \\") == len(rows) + 1
    assert (results / "frontier.md").read_text().count("| synthfaces |") == len(rows)


def test_identity_is_the_clear_baseline_to_the_last_bit(finished):
    folder = only((finished.folder / "cache" / "synthfaces").glob("mtcnn-*"))
    embeddings = only((folder / "embeddings").glob("dlib_resnet-*"))
    clear = Store.open(embeddings / "original.zarr")
    identity = Store.open(only((embeddings / "identity").glob("*.zarr")))
    same = clear.take("vectors", clear.rows_of(identity.ids)) == identity.read("vectors")
    assert same.all()


def test_the_controls_hold(results):
    controls = json.loads((results / "metrics.json").read_text())["controls"]
    assert [control["name"] for control in controls] == ["identity", "blackout", "prototype", "bounds"]
    assert all(control["passed"] for control in controls), controls


def test_the_audit_is_a_column_and_catches_identity(rows):
    leaks = {place: float(row["leaks_pixels"]) for place, row in rows.items()}
    by_backend = {backend: value for (backend, _), value in leaks.items()}
    assert by_backend["identity"] == 1.0
    assert by_backend["blackout"] == 0.0
    assert by_backend["blur"] > 0.9
    passed = {backend: float(row["passed_difference"]) for (backend, _), row in rows.items()}
    assert passed["identity"] == 1.0 > passed["blur"] > passed["blackout"] == 0.0


def test_blackout_is_at_chance_for_every_attacker(finished):
    for kind, name in (
        ("attack", "naive_top1"),
        ("attack", "reverse_top1"),
        ("attack", "parrot_top1"),
        ("adapt", "adaptive_top1"),
    ):
        path = only(
            (finished.folder / "results/tiny/measurements/synthfaces").glob(f"{kind}-*/*/blackout/*.json")
        )
        values = Measurement.read(path).values
        assert values[name].value == pytest.approx(values["blind_top1"].value)


def test_only_scored_people_are_anonymized_and_nobody_is_on_both_sides(finished):
    folder = only((finished.folder / "cache" / "synthfaces").glob("mtcnn-*"))
    split = only((finished.folder / "cache" / "synthfaces").glob("index-*/split-*.parquet"))
    faces = FaceTable.load(folder / "alignment.parquet", split)
    scored = set(faces.partition("test").subjects)
    assert not scored & set(faces.partition("train", "dev").subjects)
    for path in folder.glob("anonymized/*/*.zarr"):
        assert Store.open(path).ids == faces.partition("test").face_ids


def test_provenance_names_what_went_in(results):
    provenance = json.loads((results / "metrics.json").read_text())["provenance"]
    assert provenance["seed"] == 0
    assert provenance["config"]["run"] == "tiny"
    assert provenance["versions"]["snakemake"]
    assert provenance["models"]["dlib_resnet"]["dlib_face_resnet"]
    assert provenance["inputs"]["attack.split_sha256"]
    assert provenance["inputs"]["expression.teacher_sha256"]
    assert "commit" in provenance["git"]


def test_every_artifact_says_what_made_it(finished):
    cache = finished.folder / "cache" / "synthfaces"
    described = [
        *cache.glob("index-*/*key.json"),
        *cache.glob("mtcnn-*/*key.json"),
        *cache.glob("mtcnn-*/teachers/*.key.json"),
        *cache.glob("mtcnn-*/anonymized/*/*.key.json"),
        *cache.glob("mtcnn-*/embeddings/*/key.json"),
        *cache.glob("mtcnn-*/posteriors/*/key.json"),
    ]
    assert len(described) == 3 + 3 + 1 + 4 + 1 + 2
    for path in described:
        assert json.loads(path.read_text())["stage"]


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.snakemake().stdout


def test_touched_scripts_and_stores_are_not_done_again(finished):
    for path in finished.folder.glob("cache/synthfaces/mtcnn-*/crops.zarr"):
        os.utime(path / ".snakemake_timestamp")
    assert finished.planned() == {}


def test_without_its_metadata_snakemake_has_nothing_to_do_and_sees_an_edit(finished):
    (finished.folder / ".snakemake").rename(finished.folder / "moved")
    try:
        assert finished.planned() == {}
        finished.configure({**TINY, "attacks": {**TINY["attacks"], "protocols": ["naive"]}})
        assert set(finished.planned()) == {
            "attack",
            "suite",
            "frontier",
            "plot",
            "plot_contact_sheet",
            "plot_restored",
            "report_page",
        }
    finally:
        finished.configure(TINY)
        shutil.rmtree(finished.folder / ".snakemake", ignore_errors=True)
        (finished.folder / "moved").rename(finished.folder / ".snakemake")


@pytest.mark.long
def test_an_edit_that_was_run_and_is_taken_back_writes_the_results_again_and_computes_nothing(finished):
    table = (finished.folder / "results/tiny/frontier.csv").read_bytes()
    results = {"frontier", "plot", "plot_contact_sheet", "plot_restored", "report_page"}
    try:
        finished.configure({**TINY, "frontier": {"bootstrap": 200, "utility": "kappa"}})
        assert set(finished.planned()) == results
        finished.snakemake()
        assert (finished.folder / "results/tiny/frontier.csv").read_bytes() != table
    finally:
        finished.configure(TINY)
    assert set(finished.planned()) == results
    finished.snakemake()
    assert finished.planned() == {}
    assert (finished.folder / "results/tiny/frontier.csv").read_bytes() == table


def test_its_status_says_so(finished):
    lines = finished.snakemake("status").stdout.splitlines()
    assert "a run would make nothing: everything is up to date" in lines
    assert "stale: nothing; every store is reached by a configuration" in lines, lines


def test_the_snakemake_report_builds(finished):
    finished.snakemake("--report", "snakemake-report.zip")
    assert (finished.folder / "snakemake-report.zip").stat().st_size > 100_000
