"""Seals: what is refused, and what stays the same."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bauta.cache.lineage import Lineage, seal_of, sources
from bauta.errors import DataError
from bauta.io.parquet import read_parquet, write_parquet
from bauta.io.seal import BLANK, SealError, fill, place_of, read_sealed, write_sealed
from bauta.io.tables import table_sha256


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_values_come_back_and_the_same_values_are_the_same_bytes(tmp_path):
    values = {"name": "José", "κ": 0.5, "none": None, "list": [1, "a"]}
    write_sealed("a.json", values, made_from={"b.json": "0"})
    first = (tmp_path / "a.json").read_bytes()
    assert read_sealed("a.json")[0] == values
    assert read_sealed(tmp_path / "a.json")[1].made_from == {"b.json": "0"}
    write_sealed(tmp_path / "a.json", dict(reversed(values.items())), made_from={"b.json": "0"})
    assert (tmp_path / "a.json").read_bytes() == first
    assert json.loads(first)["seal"]["place"] == "a.json"


def test_names_need_not_be_text():
    name = os.fsdecode(b"\xff.jpg")
    write_sealed("a.json", {name: 1})
    assert read_sealed("a.json")[0] == {name: 1}


def test_what_looks_like_a_seal_cannot_be_hidden_in_a_value():
    with pytest.raises(SealError, match="expected one seal"):
        write_sealed("a.json", {"name": BLANK})
    with pytest.raises(SealError, match="expected one seal"):
        fill(b"none")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"seal": 1}'])
def test_what_has_no_seal_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SealError, match=r"a\.json is damaged or was made by an older version .*: delete"):
        read_sealed("a.json")
    with pytest.raises(SealError, match=r"none\.json cannot be read \(No such file"):
        read_sealed("none.json")


def test_a_seal_around_something_else_is_refused(tmp_path):
    for text, message in (
        (f"[{json.dumps(BLANK)}]", "is not a JSON object"),
        (BLANK, "is not JSON "),
        (json.dumps({"x": BLANK}), "has no seal"),
        (json.dumps({"seal": {"made_from": 3, "place": "a.json", "checksum": BLANK}}), "has no seal"),
    ):
        (tmp_path / "a.json").write_bytes(fill(text.encode()))
        with pytest.raises(SealError, match=message):
            read_sealed("a.json")


def test_other_bytes_of_the_same_table_are_the_same_parent(tmp_path):
    """A table that another version of Arrow has written makes nothing again that was made from it."""
    table = pa.table({"a": [1, 2, 3]})
    write_parquet(table, "t.parquet", content=table_sha256(table))
    write_sealed("child.json", {}, made_from=sources(["t.parquet"]))
    before = (tmp_path / "t.parquet").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        writer = pq.ParquetWriter
        patch.setattr(pq, "ParquetWriter", lambda *a, **k: writer(*a, **{**k, "compression": "snappy"}))
        write_parquet(table, "t.parquet", content=table_sha256(table))
    assert (tmp_path / "t.parquet").read_bytes() != before
    assert read_parquet("t.parquet").equals(table)
    assert sources(["child.json"])["child.json"] == seal_of("child.json").digest
    write_parquet(other := pa.table({"a": [1, 2, 4]}), "t.parquet", content=table_sha256(other))
    with pytest.raises(SealError, match=r"child\.json was made from another t\.parquet \(expected .*, got "):
        sources(["child.json"])


def test_what_is_no_artifact_is_no_source(tmp_path):
    (tmp_path / "pairs.txt").write_text("10 300\n")
    (tmp_path / "images").mkdir()
    assert sources(["pairs.txt", "images", tmp_path / "images"]) == {}


def test_a_long_line_of_parents_is_looked_at_once(tmp_path, monkeypatch):
    write_sealed("0.json", {})
    for number in range(1, 40):
        write_sealed(f"{number}.json", {}, made_from=sources([f"{number - 1}.json"]))
    read = []
    monkeypatch.setattr("bauta.cache.lineage.seal_of", lambda path: read.append(path) or seal_of(path))
    sources(["39.json"])
    lineage = Lineage()
    assert all(lineage.replaced(Path(f"{number}.json")) is None for number in range(40))
    assert len(read) == 40 * 2
    write_sealed("0.json", {"other": 1})
    with pytest.raises(DataError, match=r"39\.json was made from another 0\.json"):
        sources(["39.json"])


def test_an_ancestor_is_compared_though_what_lay_between_is_gone():
    write_sealed("0.json", {})
    for number in range(1, 5):
        write_sealed(f"{number}.json", {}, made_from=sources([f"{number - 1}.json"]))
    for gone in ("1.json", "2.json", "3.json"):
        Path(gone).unlink()
    sources(["4.json"])
    write_sealed("0.json", {"other": 1})
    with pytest.raises(SealError, match=r"^4\.json was made from another 0\.json"):
        sources(["4.json"])


def test_parents_that_were_made_from_different_versions_of_one_artifact_are_refused():
    for name in ("a.json", "b.json"):
        write_sealed("0.json", {"for": name})
        write_sealed(name, {}, made_from=sources(["0.json"]))
    Path("0.json").unlink()
    sources(["a.json"])
    sources(["b.json"])
    message = (
        r"^a\.json and b\.json were made from different versions of 0\.json \(.*: delete both and run again$"
    )
    with pytest.raises(SealError, match=message):
        sources(["a.json", "b.json"])


def test_a_place_is_a_path_in_the_working_directory(tmp_path):
    assert place_of("cache/a.json") == place_of(tmp_path / "cache" / "a.json") == "cache/a.json"
    assert place_of(tmp_path.parent / "a.json") is None
    assert place_of(f"../{tmp_path.name}/cache/a.json") == "cache/a.json"


def test_a_place_is_found_through_links_to_the_project_and_not_through_those_in_it(tmp_path, monkeypatch):
    """`cache` may be a link to a folder that is shared, also to one that leads back."""
    project, shared = tmp_path / "disk/project", tmp_path / "shared"
    project.mkdir(parents=True)
    shared.mkdir()
    (project / "cache").symlink_to(shared)
    (shared / "back").symlink_to(project)
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    monkeypatch.chdir(tmp_path / "home/project")
    for name in ("cache/a.json", "cache/back/cache/a.json", "cache/none/a.json"):
        for folder in (project, tmp_path / "home/project", tmp_path / "home/../disk/project"):
            assert place_of(name) == place_of(folder / name) == name
    assert place_of(shared / "a.json") is None
    write_sealed(tmp_path / "home/project/cache/a.json", {})
    assert read_sealed("cache/a.json")[1] == read_sealed(project / "cache/a.json")[1]
    (shared / "a.json").rename(shared / "b.json")
    with pytest.raises(SealError, match=r"expected cache/b\.json, got cache/a\.json.*: it was copied"):
        read_sealed(tmp_path / "home/project/cache/b.json")
