"""Everything in a cache against its checksums."""

import json
import os
import shlex

import numpy as np
import pyarrow as pa
import pytest
from network_cards import generator_card

from bauta.anonymize.generator_card import FILES
from bauta.cache.verify import require_intact, verify_cache
from bauta.errors import DataError, StoreError
from bauta.express.card import file_sha256, write_card
from bauta.io.tables import ALIGNMENT, read_table, write_table
from bauta.keys.key import write_key
from bauta.store import ArraySpec, StoreWriter

ROWS = 300


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    numbers = np.random.default_rng(0)
    for name in ("orl/mtcnn-00000001/crops.zarr", "orl/mtcnn-00000001/embeddings/a-1/original.zarr"):
        with StoreWriter(folder / name, {"x": ArraySpec((4,), "float32")}, ["a", "b"]) as writer:
            writer.append(x=numbers.random((2, 4), dtype=np.float32))
    table = pa.Table.from_pylist(
        [
            {
                "face_id": f"f{row}",
                "image_id": f"i{row}",
                "matrix": numbers.random(6).tolist(),
                "status": "ok",
            }
            for row in range(ROWS)
        ],
        schema=ALIGNMENT,
    )
    write_table(table, folder / "orl/mtcnn-00000001/alignment.parquet", ALIGNMENT)
    write_key(folder / "orl/mtcnn-00000001/key.json", {})
    folder.chmod(0o700)
    return folder


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 16
    path.write_bytes(content)


def test_an_intact_cache(cache):
    report = verify_cache(cache, threads=2)
    assert report.lines() == ["2 stores and 2 other files checked, 0 damaged"]
    require_intact(report)


def test_every_fault_is_named_with_what_to_delete_and_how_to_make_it_again(cache):
    folder = cache / "orl/mtcnn-00000001"
    flip(folder / "crops.zarr/x/c/0/0", 20)
    (folder / "embeddings/a-1/original.zarr/x/c/0/0").unlink()
    content = (folder / "alignment.parquet").read_bytes()
    (folder / "alignment.parquet").write_bytes(content[: len(content) // 2])
    (folder / "key.json").write_text("{")
    report = verify_cache(cache)
    damaged = [
        folder / "crops.zarr",
        folder / "embeddings/a-1/original.zarr",
        folder / "alignment.parquet",
        folder / "key.json",
    ]
    assert list(report.faults) == damaged
    assert "SHA-256" in report.faults[damaged[0]]
    lines = report.lines()
    names = shlex.join(map(str, damaged))
    assert f"to recompute them: rm -r {names}" in lines
    again = f'for damaged in {names}; do snakemake --cores all "$damaged" || break; done'
    assert f"then: {again}" in lines
    with pytest.raises(StoreError, match=r"crops\.zarr"):
        require_intact(report)


@pytest.mark.parametrize("folder", ["generators/cgan-0a1b2c3d", "orl/mtcnn-00000001/generators/default-1"])
@pytest.mark.parametrize("architecture", FILES)
def test_a_generator_with_other_weights_than_its_card_is_named(cache, folder, architecture):
    generator = cache / folder
    weights = generator / FILES[architecture]
    generator.mkdir(parents=True)
    weights.write_bytes(b"weights")
    card = generator_card(file_sha256(weights)).model_copy(update={"architecture": architecture})
    write_card(card, generator)
    assert verify_cache(cache).faults == {}
    weights.write_bytes(b"other weights")
    assert list(verify_cache(cache).faults) == [generator]
    (generator / "card.json").unlink()
    assert list(verify_cache(cache).faults) == [generator]


def test_a_changed_bit_of_a_table_is_noticed_by_every_reader(cache):
    """Parquet has a checksum for each page; its footer is checked by being read."""
    path = cache / "orl/mtcnn-00000001/alignment.parquet"
    intact, expected = path.read_bytes(), read_table(path, ALIGNMENT)
    unnoticed = []
    for position in range(4, len(intact) - 8, 101):
        flip(path, position)
        try:
            if not read_table(path, ALIGNMENT).equals(expected):
                unnoticed.append(position)
        except DataError as error:
            text = str(error)
            if "alignment.parquet" not in text or "delete it and run" not in text:
                unnoticed.append(text)
        path.write_bytes(intact)
    assert not unnoticed


def test_what_killed_jobs_left_is_told(cache):
    left = cache / "orl/mtcnn-00000001/landmarks.zarr.partial-0a1b2c3d"
    left.mkdir()
    (left / "progress.json").write_text(json.dumps({}))
    report = verify_cache(cache)
    assert report.unfinished == [left]
    assert report.lines()[0].endswith(f"rm -r {left}")
    require_intact(report)


def test_an_open_cache_is_told(cache):
    cache.chmod(0o755)
    assert f"other users can read {cache}: chmod -R o-rwx {cache}" in verify_cache(cache).lines()


@pytest.fixture
def close(monkeypatch):
    """A function after which nobody may list a folder; modes do not keep root out."""
    closed, scandir, access = set(), os.scandir, os.access

    def refuse(path="."):
        if os.fspath(path) in closed:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: os.fspath(path) not in closed and access(path, mode))
    return lambda folder: closed.add(os.fspath(folder))


@pytest.mark.parametrize(
    "name", ["cache", "cache/orl", "cache/orl/mtcnn-00000001/embeddings", "results/a/.made", "data", "data/b"]
)
def test_a_folder_that_cannot_be_listed_is_named_and_not_to_be_deleted(cache, close, name):
    for other in ("results/a/.made", "results/a/measurements", "data/b"):
        (cache.parent / other).mkdir(parents=True)
    folders = [cache.parent / top for top in ("cache", "results", "data")]
    assert verify_cache(*folders).faults == {}
    close(cache.parent / name)
    (cache / "damaged.json").write_text("{")
    report = verify_cache(*folders)
    damaged = {cache / "damaged.json"} if name != "cache" else set()
    assert report.faults.keys() == {cache.parent / name} | damaged
    told = [line for line in report.lines() if str(cache.parent / name) in line]
    assert told[0].startswith(f"damaged: {cache.parent / name}: it cannot be read")
    assert not any(line.startswith(f"to recompute them: rm -r {cache.parent / name} ") for line in told)
    with pytest.raises(StoreError, match=name):
        require_intact(report)


def test_links_to_nothing_are_named(cache, tmp_path):
    artifacts = [
        cache / f"orl/{name}" for name in ("d.zarr", "d.parquet", "d.json", "generators/g/generator.onnx")
    ]
    others = [cache / "faces", cache / "orl/teachers/resnet18-1", tmp_path / "results/a/b"]
    for link in (*artifacts, *others):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(tmp_path / "gone")
    report = verify_cache(cache, tmp_path / "results")
    assert report.faults.keys() == {*artifacts[:3], artifacts[3].parent, *others}
    assert report.unseen == {*others}
    (deletion,) = (line for line in report.lines() if line.startswith("to recompute them"))
    assert [str(path) in deletion for path in (*artifacts[:3], *others)] == [True] * 3 + [False] * 3
    assert list(verify_cache(tmp_path / "results/a/b").faults) == [tmp_path / "results/a/b"]
    assert verify_cache(tmp_path / "gone", tmp_path / "gone", tmp_path / "gone").faults == {}


def test_a_folder_in_the_place_of_a_file_and_a_file_in_that_of_a_store_are_named(cache, tmp_path):
    for name in ("cache/orl/d.json", "cache/orl/d.parquet", "results/a/metrics.json", "data/b/truth.parquet"):
        (tmp_path / name / "inside.zarr").mkdir(parents=True)
    (cache / "orl/d.zarr").touch()
    faults = verify_cache(cache, tmp_path / "results", tmp_path / "data").faults
    assert len(faults) == 5
    assert "is not complete" in faults.pop(cache / "orl/d.zarr")
    assert all("is a folder, expected a file: delete it" in what for what in faults.values())
