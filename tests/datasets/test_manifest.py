import hashlib
import io
import json
import os
import socket

import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ImageRecord, Listing, Problem
from bauta.datasets.folder import list_folder
from bauta.datasets.manifest import read_manifest, write_manifest
from bauta.errors import DataError
from bauta.io.tables import MANIFEST


def encode(kind="PNG", size=(6, 4), seed=1, **options) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def index(root, tmp_path, **options):
    write_manifest(list_folder(root, **{"subject_level": 1, **options}), root, tmp_path / "manifest.parquet")
    table = read_manifest(tmp_path / "manifest.parquet")
    return table, {row["path"]: row for row in table.to_pylist()}


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "data"
    (root / "s1").mkdir(parents=True)
    (root / "s1" / "good.png").write_bytes(encode())
    return root


def test_good_rows_hold_size_hash_and_labels(root, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (root / "s1" / "turned.jpg").write_bytes(encode("JPEG", exif=exif))
    table, rows = index(root, tmp_path)
    assert table.schema.equals(MANIFEST)
    good = rows["s1/good.png"]
    assert (good["width"], good["height"], good["status"], good["reason"]) == (6, 4, "ok", None)
    assert good["fingerprint"] == hashlib.sha256(encode()).hexdigest()
    assert (rows["s1/turned.jpg"]["width"], rows["s1/turned.jpg"]["height"]) == (4, 6)
    assert good["subject"] == "s1"
    assert good["official_split"] is None


def test_one_bad_file_of_each_kind_among_good_ones(root, tmp_path):
    linked = tmp_path / "elsewhere"
    linked.mkdir()
    (linked / "linked.png").write_bytes(encode(seed=4))
    bad = root / "s2"
    bad.mkdir()
    whole = encode("JPEG", size=(64, 64))
    (bad / "empty.jpg").touch()
    (bad / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (bad / "text.jpg").write_text("not a picture")
    (bad / "dangling.png").symlink_to(bad / "gone.png")
    (bad / "folder_link").symlink_to(linked)
    (bad / "loop").symlink_to(root)
    (bad / "itself").symlink_to("itself")
    (bad / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(bad / "pipe.png")
    os.mkfifo(bad / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(bad / "socket"))
    (root / os.fsdecode(b"s3\xff")).mkdir()
    (root / os.fsdecode(b"s3\xff") / "1.png").write_bytes(encode())
    (bad / "named.jpg").write_bytes(encode("WEBP", seed=3))
    (bad / "no_suffix").write_bytes(encode(seed=2))
    (bad / "Thumbs.db").write_bytes(b"\0")
    (root / "README").write_text("hello")
    table, rows = index(root, tmp_path)
    reasons = {path: row["reason"] for path, row in rows.items() if row["status"] == "unreadable"}
    assert reasons.pop("s2/empty.jpg") == "the file is empty"
    assert "truncated" in reasons.pop("s2/truncated.jpg")
    assert reasons.pop("s2/text.jpg") == "not an image of a known format"
    assert "cannot be followed: No such file" in reasons.pop("s2/dangling.png")
    assert "back to a folder that it lies in" in reasons.pop("s2/loop")
    assert "cannot be followed: Too many levels" in reasons.pop("s2/itself")
    for name in ("pipe.png", "pipe", "socket", "zero.png"):
        assert reasons.pop(f"s2/{name}") == "not a regular file"
    assert "not UTF-8" in reasons.pop("s3\\xff/1.png")
    assert not reasons
    assert {path for path, row in rows.items() if row["status"] == "ok"} == {
        "s1/good.png",
        "s2/folder_link/linked.png",
        "s2/named.jpg",
        "s2/no_suffix",
    }
    ignored = json.loads(table.schema.metadata[b"ignored"])
    assert set(ignored) == {"s2/Thumbs.db", "README"}
    entries = [path for path in root.rglob("*") if path.is_symlink() or not path.is_dir()]
    assert len(entries) == len(rows) + len(ignored)
    unreadable = [row for row in rows.values() if row["status"] == "unreadable"]
    assert all(row["width"] is None and row["height"] is None for row in unreadable)


def test_what_the_limit_leaves_out_is_named(root, tmp_path):
    (root / "s1" / "second.png").write_bytes(encode())
    table, rows = index(root, tmp_path, limit=1)
    assert list(rows) == ["s1/good.png"]
    assert json.loads(table.schema.metadata[b"over_limit"]) == ["s1/second.png"]


def test_nothing_to_read_is_an_error(root, tmp_path):
    with pytest.raises(DataError, match="expected images below"):
        write_manifest(Listing(()), root, tmp_path / "m.parquet")
    (root / "s1" / "good.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of 1 images .* can be read: the file is empty"):
        write_manifest(list_folder(root, subject_level=1), root, tmp_path / "m.parquet")
    assert not (tmp_path / "m.parquet").exists()


def test_two_images_with_one_id_are_an_error(root, tmp_path):
    records = (ImageRecord("a", "s1/good.png"), ImageRecord("a", "s1/good.png"))
    with pytest.raises(DataError, match="'a' twice"):
        write_manifest(Listing(records), root, tmp_path / "m.parquet")


def test_a_path_out_of_the_root_is_not_read(root, tmp_path):
    (tmp_path / "outside.png").write_bytes(encode())
    listing = Listing((ImageRecord("in", "s1/good.png"), ImageRecord("out", "../outside.png")))
    table = write_manifest(listing, root, tmp_path / "m.parquet")
    assert table["status"].to_pylist() == ["ok", "unreadable"]
    assert table["fingerprint"].to_pylist()[1] is None


def test_problems_are_counted_with_their_reasons(root, tmp_path):
    for number in range(20):
        (root / "s1" / f"{number}.png").write_bytes(encode())
    rows = [f"s1/{number}.png,sad" for number in range(20)]
    (root / "labels.csv").write_text(
        "\n".join(["path,expression", "../x.png,sad", "s1/good.png,Happiness", "s1/good.png,sad", *rows])
    )
    table, rows = index(root, tmp_path, labels="labels.csv")
    assert rows["s1/good.png"]["expression"] is None
    problems = json.loads(table.schema.metadata[b"problems"])
    assert [row["where"] for row in problems] == ["labels.csv, line 2", "labels.csv, line 4"]
    assert "'../x.png'" in problems[0]["reason"]


def test_a_listing_of_problems_alone_is_an_error_that_names_one(root, tmp_path):
    listing = Listing((), problems=(Problem("labels.txt, line 7", "there is no image 'a.png'"),))
    with pytest.raises(DataError, match=r"1 unusable rows; labels\.txt, line 7: there is no"):
        write_manifest(listing, root, tmp_path / "m.parquet")


def test_trap_35_copies_of_a_photograph_have_one_name(root, tmp_path):
    (root / "s1" / "good.png").write_bytes(encode(size=(64, 64)))
    (root / "s1" / "other.png").write_bytes(encode(size=(64, 64), seed=2))
    (root / "s1" / "copy.jpg").write_bytes(encode("JPEG", size=(64, 64), quality=95))
    table, rows = index(root, tmp_path)
    assert rows["s1/good.png"]["photograph"] == rows["s1/copy.jpg"]["photograph"] == "s1/copy.jpg"
    assert rows["s1/other.png"]["photograph"] is None
    assert json.loads(table.schema.metadata[b"duplicates"]) == [
        {"images": ["s1/copy.jpg", "s1/good.png"], "left_out": False}
    ]


def test_trap_35_a_photograph_of_two_people_is_left_out_and_counted(root, tmp_path, caplog):
    (root / "s2").mkdir()
    (root / "s2" / "stolen.png").write_bytes(encode())
    (root / "s2" / "own.png").write_bytes(encode(seed=2))
    with caplog.at_level("INFO"):
        table, rows = index(root, tmp_path)
    assert list(rows) == ["s2/own.png"]
    assert json.loads(table.schema.metadata[b"duplicates"]) == [
        {"images": ["s1/good.png", "s2/stolen.png"], "left_out": True}
    ]
    assert "2 left out as copies of another person's" in caplog.text


def test_a_dataset_of_nothing_but_copies_of_two_people_is_an_error(root, tmp_path):
    (root / "s2").mkdir()
    (root / "s2" / "stolen.png").write_bytes(encode())
    with pytest.raises(DataError, match="a copy of another person's"):
        index(root, tmp_path)
