"""The workflow on a folder of images per person, with every kind of bad file among the good ones."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from projects import make_project

from bauta.anonymize.verify import verify_ksame
from bauta.datasets.face_table import FaceTable
from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.measurement import Measurement
from bauta.store import Store

pytestmark = pytest.mark.long

CONFIG = {
    "run": "mine",
    "datasets": {"mine": {"adapter": "folder", "root": "data/mine"}},
    "anonymizers": {"identity": {}, "blackout": {}, "ksame": {"k": 2}},
    "frontier": {"bootstrap": 200},
}
BAD = {"cut.jpg", "empty.jpg", "text.jpg"}
WITHOUT_A_FACE = {"tiny.png", "plain.png"}


def spoil(folder, good):
    """Put one file of each kind beside the good ones; all but `BAD` and `WITHOUT_A_FACE` show a face."""
    face = Image.open(good)
    whole = good.read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("no image")
    (folder / "misnamed.png").write_bytes(whole)
    face.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    face.convert("L").save(folder / "grey.png")
    Image.fromarray(np.asarray(face.convert("L")).astype(np.uint16) * 257).save(folder / "grey16.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    face.rotate(90, expand=True).save(folder / "turned.jpg", quality=95, exif=exif)
    face.resize((face.width * 11, face.height * 11)).save(folder / "huge.jpg", quality=90)
    Image.new("RGB", (3, 3)).save(folder / "tiny.png")
    Image.new("RGB", (320, 320), (90, 120, 90)).save(folder / "plain.png")
    (folder / "notes.txt").write_text("taken in 1999")


@pytest.fixture(scope="module")
def folder_run(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("folder"))
    rendered = render_dataset(tmp_path_factory.mktemp("rendered"), subjects=4, images_per_subject=3, seed=5)
    root = project.folder / "data" / "mine"
    root.parent.mkdir()
    (rendered / "images" if rendered.is_dir() else rendered.parent / "images").rename(root)
    spoil(root / "s0001", root / "s0001" / "s0001_00.jpg")
    project.configure(CONFIG)
    project.snakemake()
    return project


def only(paths):
    (path,) = paths
    return path


def test_every_file_is_accounted_for(folder_run):
    manifest = pq.read_table(only(folder_run.folder.glob("cache/mine/index-*/manifest.parquet")))
    listed = {row["path"]: row for row in manifest.to_pylist()}
    ignored = json.loads(manifest.schema.metadata[b"ignored"])
    files = {
        path.relative_to(folder_run.folder / "data/mine").as_posix()
        for path in (folder_run.folder / "data/mine").rglob("*")
        if path.is_file()
    }
    assert set(listed) | set(ignored) == files
    assert ignored == ["s0001/notes.txt"]
    unreadable = {path.rpartition("/")[2] for path, row in listed.items() if row["status"] == "unreadable"}
    assert unreadable == BAD
    assert all(row["reason"] for row in listed.values() if row["status"] != "ok")


def test_what_can_be_read_is_found_upright(folder_run):
    detections = pq.read_table(only(folder_run.folder.glob("cache/mine/mtcnn-*/detections.parquet")))
    statuses = {row["face_id"].rpartition("/")[2]: row["status"] for row in detections.to_pylist()}
    assert {name for name, status in statuses.items() if status == "unreadable"} == BAD
    assert {name for name, status in statuses.items() if status == "no_face"} == WITHOUT_A_FACE
    crops = Store.open(only(folder_run.folder.glob("cache/mine/mtcnn-*/crops.zarr")))
    rows = crops.rows_of(
        [f"s0001/{name}" for name in ("s0001_00.jpg", "misnamed.png", "turned.jpg", "huge.jpg")]
    )
    images = crops.take("images", rows)[:, 64:192, 64:192].astype(float)
    for other in images[1:]:
        assert np.abs(images[0] - other).mean() < 8


def test_trap_3_missing_faces_are_leaks_and_lower_the_coverage(folder_run):
    with (folder_run.folder / "results/mine/frontier.csv").open() as file:
        rows = {row["backend"]: row for row in csv.DictReader(file)}
    assert 0 < float(rows["blackout"]["coverage"]) < 1
    failed = 1 - float(rows["blackout"]["coverage"])
    measurements = folder_run.folder / "results/mine/measurements/mine"
    values = Measurement.read(only(measurements.glob("attack-*/*/blackout/*.json"))).values
    blind = values["blind_top1"].value
    assert float(rows["blackout"]["chance_top1"]) >= blind
    assert float(rows["blackout"]["reverse_top1"]) == pytest.approx(failed + (1 - failed) * blind, abs=1e-5)
    assert values["reverse_auc"].value > values["reverse_auc_covered"].value


def test_without_labels_the_utility_is_the_agreement_before_and_after(folder_run):
    results = folder_run.folder / "results/mine"
    with (results / "frontier.csv").open() as file:
        rows = {row["backend"]: row for row in csv.DictReader(file)}
    for row in rows.values():
        assert float(row["utility"]) == pytest.approx(max(0.0, float(row["kappa"] or 0)))
        assert "utility is Cohen's κ: the dataset has no expression labels" in row["note"]
        assert row["macro_f1"] == ""
    assert float(rows["identity"]["utility"]) == 1.0
    assert "no face has an expression label" in (results / "metrics.json").read_text()
    assert not list((results / "plots").glob("*contact_sheet*"))
    assert not list((results / "plots").glob("*confusion*"))


def test_a_replaced_image_gives_new_crops_and_putting_it_back_the_old_ones(folder_run):
    path = folder_run.folder / "data/mine/s0002/s0002_00.jpg"
    before = path.read_bytes()
    assert folder_run.planned() == {}
    try:
        path.write_bytes((path.parent / "s0002_01.jpg").read_bytes())
        assert {"index", "detect", "crop"} <= set(folder_run.planned())
    finally:
        path.write_bytes(before)
    assert folder_run.planned() == {}


def test_the_stored_ksame_faces_are_shared_by_groups_of_k(folder_run):
    cache = folder_run.folder / "cache" / "mine"
    (store,) = cache.glob("mtcnn-*/anonymized/ksame/*.zarr")
    (split,) = cache.glob("index-*/split-*.parquet")
    (alignment,) = cache.glob("mtcnn-*/alignment.parquet")
    report = verify_ksame(Store.open(store), FaceTable.load(alignment, split).partition("test").subjects, k=2)
    assert report.violations == ()
    assert report.whole_image
