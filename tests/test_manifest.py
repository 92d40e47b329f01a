import hashlib
import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from bauta.datasets import ImageRecord, Listing, Problem
from bauta.datasets.folder import list_folder
from bauta.errors import DataError
from bauta.manifest import read_manifest, write_manifest
from bauta.tables import MANIFEST


def encode(kind="PNG", size=(6, 4), **options) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def index(root, tmp_path, **options):
    write_manifest(list_folder(root, **options), root, tmp_path / "manifest.parquet")
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
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode())
    bad = root / "s2"
    bad.mkdir()
    whole = encode("JPEG", size=(64, 64))
    (bad / "empty.jpg").touch()
    (bad / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (bad / "text.jpg").write_text("not a picture")
    (bad / "leaving.png").symlink_to(secret)
    (bad / "dangling.png").symlink_to(bad / "gone.png")
    (bad / "folder_link").symlink_to(root / "s1")
    (bad / "pipe.png").unlink(missing_ok=True)
    os.mkfifo(bad / "pipe.png")
    (root / os.fsdecode(b"s3\xff")).mkdir()
    (root / os.fsdecode(b"s3\xff") / "1.png").write_bytes(encode())
    (bad / "named.jpg").write_bytes(encode("WEBP"))
    (bad / "no_suffix").write_bytes(encode())
    (bad / "Thumbs.db").write_bytes(b"\0")
    (root / "README").write_text("hello")
    table, rows = index(root, tmp_path)
    reasons = {path: row["reason"] for path, row in rows.items() if row["status"] == "unreadable"}
    assert reasons.pop("s2/empty.jpg") == "the file is empty"
    assert "truncated" in reasons.pop("s2/truncated.jpg")
    assert reasons.pop("s2/text.jpg") == "not an image of a known format"
    assert "out of the dataset's root" in reasons.pop("s2/leaving.png")
    assert "No such file" in reasons.pop("s2/dangling.png")
    assert "link to a folder" in reasons.pop("s2/folder_link")
    assert "not a regular file" in reasons.pop("s2/pipe.png")
    assert "not UTF-8" in reasons.pop("s3\\xff/1.png")
    assert not reasons
    assert {path for path, row in rows.items() if row["status"] == "ok"} == {
        "s1/good.png",
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
        write_manifest(list_folder(root), root, tmp_path / "m.parquet")
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
    (root / "labels.csv").write_text("path,expression\ns1/good.png,glad\n../x.png,sad\ns1/good.png,happy\n")
    table, rows = index(root, tmp_path, labels="labels.csv")
    assert rows["s1/good.png"]["expression"] == "happy"
    problems = json.loads(table.schema.metadata[b"problems"])
    assert [row["where"] for row in problems] == ["labels.csv, line 2", "labels.csv, line 3"]
    assert "'../x.png'" in problems[1]["reason"]


def test_a_listing_of_problems_alone_is_an_error_that_names_one(root, tmp_path):
    listing = Listing((), problems=(Problem("labels.txt, line 7", "there is no image 'a.png'"),))
    with pytest.raises(DataError, match=r"1 rows that cannot be used; labels\.txt, line 7: there is no"):
        write_manifest(listing, root, tmp_path / "m.parquet")
