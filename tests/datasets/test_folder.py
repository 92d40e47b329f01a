import os

import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ADAPTERS
from bauta.datasets.folder import list_folder, natural_order
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


def test_links_become_records_and_are_not_entered(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    picture(outside / "secret.png")
    (root / "s1" / "link.png").symlink_to(outside / "secret.png")
    (root / "s3").symlink_to(outside)
    (root / "s1" / "notes").symlink_to(outside / "secret.png")
    (root / "s1" / "loop").symlink_to(root)
    listing = list_folder(root)
    paths = {record.path for record in listing.records}
    assert {"s1/link.png", "s3", "s1/loop"} <= paths
    assert "s1/notes" in listing.ignored
    assert not any("secret" in path for path in paths)


def test_a_pipe_is_not_opened(root):
    os.mkfifo(root / "s1" / "pipe")
    os.mkfifo(root / "s1" / "pipe.png")
    listing = list_folder(root)
    assert "s1/pipe" in listing.ignored
    assert "s1/pipe.png" in {record.path for record in listing.records}


def test_labels(root, caplog):
    (root / "labels.csv").write_text(
        "path,expression\ns1/1.png,happy\ns1/2.png,neutral\ns9/lost.png,sad\n", encoding="utf-8-sig"
    )
    listing = list_folder(root, labels="labels.csv")
    labels = {record.path: record.expression for record in listing.records}
    assert labels["s1/1.png"] == "happy"
    assert labels["s1/2.png"] == "neutral"
    assert labels["s1/10.png"] is None
    assert "labels.csv, line 4: there is no image 's9/lost.png'" in caplog.text
    assert [problem.where for problem in listing.problems] == ["labels.csv, line 4"]
    assert "labels.csv" in listing.ignored


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s1/1.png,hapy", "unknown expression 'hapy': did you mean 'happy'"),
        ("s1/1.png,", "unknown expression ''"),
        ("s1/1.png", "expected 2 columns, got 1"),
        ("s1/1.png,sad,sad", "expected 2 columns, got 3"),
        (",sad", "there is no image '.'"),
        ("../x.png,sad", "inside the dataset's root, got '../x.png'"),
        ("/etc/x.png,sad", "inside the dataset's root"),
        ("s1/2.png,happy", "'s1/2.png' has a label already"),
        ("s1/./2.png,happy", "'s1/2.png' has a label already"),
        ("s1/none.png,happy", "there is no image 's1/none.png'"),
        ('"s1/1.png,happy', "not a row of a CSV file"),
    ],
)
def test_a_row_that_cannot_be_used_is_counted_and_costs_no_image(root, reasons, row, reason):
    (root / "labels.csv").write_text(f"path,expression\ns1/2.png,sad\n{row}\ns1/10.png,fear\n")
    listing = list_folder(root, labels="labels.csv")
    labels = {record.path: record.expression for record in listing.records}
    assert len(labels) == 7
    assert {path: label for path, label in labels.items() if label} == {
        "s1/2.png": "sad",
        "s1/10.png": "fear",
    }
    problems = reasons(listing)
    assert set(problems) == {"labels.csv, line 3"}
    assert reason in problems["labels.csv, line 3"]


@pytest.mark.parametrize("text", ["file,emotion\ns1/1.png,sad\n", ""])
def test_labels_without_the_columns_are_refused(root, text):
    (root / "labels.csv").write_text(text)
    with pytest.raises(DataError, match="expected the columns path, expression"):
        list_folder(root, labels="labels.csv")


def test_unreadable_labels_and_root(root):
    (root / "labels.csv").write_bytes(b"path,expression\n\xff\xfe,sad\n")
    with pytest.raises(DataError, match=r"labels\.csv cannot be read"):
        list_folder(root, labels="labels.csv")
    with pytest.raises(DataError, match=r"none\.csv cannot be read"):
        list_folder(root, labels="none.csv")
    with pytest.raises(DataError, match="expected a folder of images"):
        list_folder(root / "absent")
