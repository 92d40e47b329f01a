"""The workflow on a folder as people have them: companion files, links, odd names and bad files at once."""

import csv
import json
import os
import shutil
import unicodedata
from pathlib import PurePosixPath

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from projects import make_project

from bauta.datasets.synthfaces.dataset import render_dataset
from bauta.io.companions import companion

pytestmark = pytest.mark.long

CONFIG = {
    "run": "real",
    "datasets": {"real": {"adapter": "folder", "root": "data/real", "labels": "labels.csv"}},
    "anonymizers": {"identity": {}, "blackout": {}},
    "realism": [],
    "frontier": {"bootstrap": 200},
}
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))
PEOPLE = (COMPOSED, "Bob", "bob", "ann", "eve")
NOT_READ = {
    "ann/cut.jpg": "truncated",
    "ann/text.jpg": "not an image of a known format",
    "ann/raw.dng": "raw",
    "ann/dangling.jpg": "the link cannot be followed",
    "ann/loop": "the link leads back to a folder that it lies in",
    "ann/pipe": "not a regular file",
    "ann/zero.png": "not a regular file",
    "gone": "the link cannot be followed",
}


def make_folder(root, outside, rendered):
    """Rendered people in the layouts of real folders."""
    faces = sorted((rendered / "images").iterdir())
    for name, folder in zip(PEOPLE, faces, strict=True):
        shutil.copytree(folder, root / name)
    # a person from a Mac and from elsewhere
    (root / DECOMPOSED).mkdir()
    for path in sorted((root / COMPOSED).iterdir())[:2]:
        path.rename(root / DECOMPOSED / path.name)
    # a person on another disk, and one whose images lie in DVC's cache
    (root / "ann").rename(outside / "ann")
    (root / "ann").symlink_to(outside / "ann")
    cache = root / ".dvc/cache"
    cache.mkdir(parents=True)
    for path in sorted((root / "eve").iterdir()):
        path.rename(cache / path.name)
        path.symlink_to(cache / path.name)
    spoil(root, sorted((outside / "ann").iterdir())[0])
    write_labels(root, rendered)


def spoil(root, image):
    ann, whole = root / "ann", image.read_bytes()
    (ann / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (ann / "text.jpg").write_text("no image")
    (ann / "notes.txt").write_text("taken in 1999")
    (ann / "raw.dng").write_bytes(b"no image either")
    grey = np.asarray(Image.open(image).convert("L")).astype(np.uint16)
    Image.fromarray(grey * 257).save(ann / "grey16.png")
    (ann / "dangling.jpg").symlink_to("nowhere.jpg")
    (ann / "loop").symlink_to(root)
    (ann / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(ann / "pipe")
    (root / "gone").symlink_to("/nowhere/gone")
    for folder in [root, *(root / name for name in (*PEOPLE, DECOMPOSED))]:
        for path in [path for path in folder.iterdir() if path.is_file()]:
            (folder / f"._{path.name}").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X")
        for name in ("@eaDir", ".ipynb_checkpoints", "__MACOSX"):
            (folder / name).mkdir()
            (folder / name / "copy.jpg").write_bytes(whole)
        for name in (".DS_Store", "Thumbs.db", "desktop.ini", "1.jpg~"):
            (folder / name).write_bytes(whole)


def write_labels(root, rendered):
    truth = pq.read_table(rendered / "truth.parquet", columns=["path", "expression"]).to_pylist()
    named = {PurePosixPath(row["path"]).name: row["expression"] for row in truth}
    with (root / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "expression"])
        for name in (*PEOPLE, DECOMPOSED):
            for path in sorted((root / name).iterdir()):
                if path.name in named:
                    rows.writerow([path.relative_to(root).as_posix(), named[path.name]])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rendered = render_dataset(
        tmp_path_factory.mktemp("rendered") / "all", subjects=len(PEOPLE), images_per_subject=4, seed=5
    )
    rendered = rendered if rendered.is_dir() else rendered.parent
    project = make_project(tmp_path_factory.mktemp("real"))
    (project.folder / "data/real").mkdir(parents=True)
    make_folder(project.folder / "data/real", tmp_path_factory.mktemp("outside"), rendered)
    project.configure(CONFIG)
    project.snakemake()
    return project


@pytest.fixture(scope="module")
def manifest(run):
    (path,) = run.folder.glob("cache/real/index-*/manifest.parquet")
    return pq.read_table(path)


def entries(root):
    """Every file below a folder, and every link and folder that is not to be looked into."""
    for place, folders, files in os.walk(root, followlinks=True):
        below = PurePosixPath(os.path.relpath(place, root))
        for name in [*folders]:
            if companion(name) or name == "loop":
                folders.remove(name)
                files.append(f"{name}/" if companion(name) else name)
        yield from ((f"{below}/{name}").removeprefix("./") for name in files)


def test_every_file_is_accounted_for(run, manifest):
    metadata = {name: json.loads(manifest.schema.metadata[name]) for name in (b"ignored", b"duplicates")}
    left_out = {name for row in metadata[b"duplicates"] if row["left_out"] for name in row["images"]}
    listed = set(manifest["path"].to_pylist()) | left_out
    ignored = set(metadata[b"ignored"])
    assert listed | ignored | {"labels.csv"} == set(entries(run.folder / "data/real"))
    assert not listed & ignored
    photographs = {name for name in ignored if not any(map(companion, PurePosixPath(name).parts))}
    assert photographs == {"ann/notes.txt"}


def test_companion_files_are_counted_by_kind(run):
    (log,) = run.folder.glob("logs/index/real-*.log")
    (line,) = [text for text in log.read_text().splitlines() if "companion files and folders" in text]
    assert all(f"of {kind}" in line for kind in ("macOS", "Windows", "network storage", "notebook", "editor"))


def test_people_are_five_and_all_images_have_a_row(manifest):
    rows = manifest.to_pylist()
    assert {row["subject"] for row in rows if row["subject"] is not None} == set(PEOPLE)
    good = [row for row in rows if row["status"] == "ok"]
    assert len(good) == 4 * len(PEOPLE) + 1
    assert len([row for row in good if row["subject"] == COMPOSED]) == 4
    assert len([row for row in good if row["expression"] is not None]) == 4 * len(PEOPLE)
    reasons = {row["path"]: row["reason"] for row in rows if row["status"] != "ok"}
    assert reasons.keys() == NOT_READ.keys()
    assert all(NOT_READ[name] in reason for name, reason in reasons.items())
    (problem,) = json.loads(manifest.schema.metadata[b"problems"])
    assert problem["where"] == "bob"


def test_the_controls_hold(run):
    found = json.loads((run.folder / "results/real/metrics.json").read_text())["controls"]
    assert {control["name"] for control in found} == {"identity", "blackout", "prototype", "bounds"}
    assert all(control["passed"] for control in found), found
    with (run.folder / "results/real/frontier.csv").open() as file:
        rows = {row["backend"]: row for row in csv.DictReader(file)}
    assert 0.5 < float(rows["blackout"]["coverage"]) < 1


def test_looking_at_the_folder_costs_nothing(run):
    path = run.folder / "data/real/Bob/.DS_Store"
    before = path.read_bytes()
    try:
        path.write_bytes(b"looked at again")
        (path.parent / "._new.jpg").write_bytes(b"Mac OS X")
        assert run.planned() == {}
    finally:
        path.write_bytes(before)
        (path.parent / "._new.jpg").unlink()


def test_a_change_at_the_other_end_of_a_link_counts(run):
    path = next((run.folder / "data/real/eve").glob("*.jpg")).resolve()
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"more")
        assert {"index", "detect", "crop"} <= set(run.planned())
    finally:
        path.write_bytes(before)
    assert run.planned() == {}
