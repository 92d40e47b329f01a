import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ADAPTERS
from bauta.datasets.files import natural_order
from bauta.datasets.folder import list_folder
from bauta.errors import DataError


def picture(path, kind="PNG"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 4, 3), 90, dtype=np.uint8)).save(path, kind)


@pytest.fixture
def root(tmp_path):
    for name in ("s1/1.png", "s1/2.png", "s1/10.png", "s2/deep/er/1.JPG", "s10/1.png", "unsorted.png"):
        picture(tmp_path / name, "JPEG" if name.endswith("JPG") else "PNG")
    picture(tmp_path / "s2" / "no_suffix")
    (tmp_path / "README").write_text("about these faces")
    (tmp_path / "s1" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    return tmp_path


def test_every_file_is_a_record_or_ignored(root):
    listing = ADAPTERS.load("folder")(root)
    assert [(record.path, record.subject) for record in listing.records] == [
        ("s1/1.png", "s1"),
        ("s1/2.png", "s1"),
        ("s1/10.png", "s1"),
        ("s2/deep/er/1.JPG", "s2"),
        ("s2/no_suffix", "s2"),
        ("s10/1.png", "s10"),
        ("unsorted.png", None),
    ]
    assert [record.image_id for record in listing.records] == [record.path for record in listing.records]
    assert set(listing.ignored) == {"README", "s1/Thumbs.db"}
    on_disk = [path for path in root.rglob("*") if path.is_file()]
    assert len(on_disk) == len(listing.records) + len(listing.ignored)


def test_limit_takes_the_first_of_each_person_in_natural_order(root):
    listing = list_folder(root, limit=2)
    assert [record.path for record in listing.records if record.subject == "s1"] == ["s1/1.png", "s1/2.png"]
    assert listing.over_limit == ("s1/10.png",)


def test_natural_order():
    names = ["s10/1", "s2/10", "s2/9", "a", "s2/", "1"]
    assert sorted(names, key=natural_order) == ["1", "a", "s2/", "s2/9", "s2/10", "s10/1"]


def test_links_to_files_and_folders_are_followed(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    picture(outside / "secret.png")
    (outside / "notes.txt").write_text("about them")
    (root / "s1" / "link.png").symlink_to(outside / "secret.png")
    (root / "s1" / "link").symlink_to(outside / "secret.png")
    (root / "s1" / "notes").symlink_to(outside / "notes.txt")
    (root / "s3").symlink_to(outside)
    listing = list_folder(root)
    people = {record.path: record.subject for record in listing.records}
    assert people.items() >= {"s1/link.png": "s1", "s1/link": "s1", "s3/secret.png": "s3"}.items()
    assert {"s1/notes", "s3/notes.txt"} <= set(listing.ignored)
    assert all(record.unread is None for record in listing.records)


def test_what_cannot_be_read_becomes_a_record_with_the_reason(root):
    os.mkfifo(root / "s1" / "pipe")
    os.mkfifo(root / "s1" / "pipe.png")
    (root / "s1" / "loop").symlink_to(root)
    (root / "s4").symlink_to(root / "gone")
    reasons = {record.path: record.unread for record in list_folder(root).records if record.unread}
    assert reasons == {
        "s1/pipe": "not a regular file",
        "s1/pipe.png": "not a regular file",
        "s1/loop": "the link leads back to a folder that it lies in",
        "s4": "the link cannot be followed: No such file or directory",
    }


def test_a_person_s_name_has_one_form(root):
    for form in ("NFC", "NFD"):
        folder = root / unicodedata.normalize(form, "José")
        picture(folder / f"{form}.png")
        picture(folder / unicodedata.normalize(form, "más.png"))
    listing = list_folder(root)
    (person,) = {record.subject for record in listing.records if (record.subject or "").startswith("Jos")}
    assert person == "Jos\u00e9"
    images = {record.image_id: record.path for record in listing.records if record.subject == person}
    assert list(images) == [
        "Jos\u00e9/NFC.png",
        "Jos\u00e9/NFD.png",
        "Jos\u00e9/m\u00e1s.png",
        "Jos\u00e9/m\u00e1s.png (2)",
    ]
    assert images["Jos\u00e9/m\u00e1s.png"] == "Jos\u00e9/m\u00e1s.png"
    assert images["Jos\u00e9/m\u00e1s.png (2)"] == "Jose\u0301/ma\u0301s.png"
    assert len([record for record in list_folder(root, limit=1).records if record.subject == person]) == 1


def test_people_whose_names_differ_in_case_are_warned_of(root, reasons):
    for name in ("Bob", "bob", "Ann Lee", "Ann_Lee", "Anna"):
        picture(root / name / "1.png")
    found = reasons(list_folder(root))
    assert set(found) == {"bob", "Ann_Lee", "unsorted.png"}
    assert "'Bob' differ only in case or spaces" in found["bob"]


def test_labels_reach_the_records(root, caplog):
    (root / "labels.csv").write_text("path,expression\ns1/1.png,happy\ns1/2.png,neutral\n")
    with caplog.at_level("INFO"):
        listing = list_folder(root, labels="labels.csv")
    assert "labels.csv" not in listing.ignored
    assert "file 'labels.csv' is not used" not in caplog.text
    labels = {record.path: record.expression for record in listing.records}
    assert len(labels) == 7
    assert {path: label for path, label in labels.items() if label} == {
        "s1/1.png": "happy",
        "s1/2.png": "neutral",
    }


def test_unreadable_labels_and_root(root):
    (root / "labels.csv").write_bytes(b"path,expression\n\xff\xfe,sad\n")
    with pytest.raises(DataError, match=r"labels\.csv cannot be read"):
        list_folder(root, labels="labels.csv")
    with pytest.raises(DataError, match=r"none\.csv cannot be read"):
        list_folder(root, labels="none.csv")
    with pytest.raises(DataError, match="expected a folder of images"):
        list_folder(root / "absent")


def test_nobody_is_known_where_the_configuration_says_so(root):
    listing = list_folder(root, subject_level=0)
    assert not listing.problems
    assert {record.subject for record in listing.records} == {None}
    assert len(listing.records) == 7


def test_the_second_folder_may_name_the_person(tmp_path):
    for name in ("train/ann/1.png", "train/bob/s/1.png", "test/ann/2.png", "test/3.png"):
        picture(tmp_path / name)
    listing = list_folder(tmp_path, subject_level=2)
    assert {record.path: record.subject for record in listing.records} == {
        "train/ann/1.png": "ann",
        "train/bob/s/1.png": "bob",
        "test/ann/2.png": "ann",
        "test/3.png": None,
    }
    with pytest.raises(DataError, match="set subject_level: 2"):
        list_folder(tmp_path)


def test_images_beside_the_people_s_folders_are_said(root, reasons, caplog):
    picture(root / "z.png")
    said = "2 images lie in no person's folder: their subject is unknown"
    assert reasons(list_folder(root)) == {"unsorted.png": said}
    assert said in caplog.text
