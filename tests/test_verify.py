"""Everything in a cache against its checksums."""

import json
import shlex

import numpy as np
import pyarrow as pa
import pytest

from bauta.anonymize.generator_card import WEIGHTS, GeneratorCard
from bauta.errors import DataError, StoreError
from bauta.express.card import file_sha256
from bauta.store import ArraySpec, StoreWriter
from bauta.tables import ALIGNMENT, read_table, write_table
from bauta.verify import require_intact, verify_cache

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
    (folder / "orl/mtcnn-00000001/key.json").write_text("{}\n")
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
    assert f"to make them again: rm -r {names}" in lines
    again = f'for damaged in {names}; do snakemake --cores all "$damaged" || break; done'
    assert f"then: {again}" in lines
    with pytest.raises(StoreError, match=r"crops\.zarr"):
        require_intact(report)


@pytest.mark.parametrize("folder", ["generators/cgan-0a1b2c3d", "orl/mtcnn-00000001/generators/default-1"])
def test_a_generator_with_other_weights_than_its_card_is_named(cache, folder):
    generator = cache / folder
    generator.mkdir(parents=True)
    (generator / WEIGHTS).write_bytes(b"weights")
    GeneratorCard(
        size=32,
        crop_margin=0.4,
        inputs=("landmarks",),
        weights_sha256=file_sha256(generator / WEIGHTS),
        seed=0,
        recipe={},
        trained_on=(),
        subjects=(),
        skipped=0,
        data_sha256="",
        device="",
        threads=1,
        versions={},
        models={},
        kappa=0.0,
        matched=0.0,
        stopped_at=0,
        curve=(),
    ).write(generator)
    assert verify_cache(cache).faults == {}
    (generator / WEIGHTS).write_bytes(b"other weights")
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
    assert f"others can look into {cache}: chmod -R o-rwx {cache}" in verify_cache(cache).lines()
