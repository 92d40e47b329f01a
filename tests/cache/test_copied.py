"""An artifact that was copied or renamed passes for no other one, nor one whose parents were replaced."""

import shutil
from pathlib import Path

import pytest
from damage import FOLDERS, read
from small_project import CROP, DATA, INDEX, RESULTS, SIZE, measurement, write_store

from bauta.anonymize.generator_card import GeneratorCard
from bauta.cache.lineage import sources
from bauta.cache.verify import verify_cache
from bauta.errors import BautaError
from bauta.io.seal import SealError
from bauta.measurement import Measurement
from bauta.store import ArraySpec

ANONYMIZED, EMBEDDINGS = CROP / "anonymized/blur", CROP / "embeddings"
OTHER_CROP = CROP.with_name("mtcnn-000000ff")
COPIES = [
    (ANONYMIZED / "kernel=11-00000006.zarr", ANONYMIZED / "kernel=31-00000007.zarr"),
    (CROP / "crops.zarr", ANONYMIZED / "kernel=31-00000007.zarr"),
    (EMBEDDINGS / "a-00000008/original.zarr", EMBEDDINGS / "a-00000008/blur/kernel=11-00000006.zarr"),
    (
        EMBEDDINGS / "a-00000008/blur/kernel=11-00000006.zarr",
        EMBEDDINGS / "b-00000009/blur/kernel=11-00000006.zarr",
    ),
    (CROP / "crops.zarr", OTHER_CROP / "crops.zarr"),
    (CROP / "crops.zarr", Path("cache/others") / CROP.name / "crops.zarr"),
    (CROP / "alignment.parquet", OTHER_CROP / "alignment.parquet"),
    (CROP / "detections.parquet", Path("cache/others") / CROP.name / "detections.parquet"),
    (INDEX / "split-00000004.parquet", INDEX / "split-000000ff.parquet"),
    (INDEX / "manifest.parquet", Path("cache/others") / INDEX.name / "manifest.parquet"),
    (measurement("kernel=11"), measurement("kernel=31")),
    (RESULTS / "metrics.json", Path("results/other/metrics.json")),
    (RESULTS / ".made/frontier/0000000e", RESULTS / ".made/frontier/000000ff"),
    (CROP / "teachers/resnet18-0000000a", Path("cache/teachers/resnet18-0000000b")),
    (CROP / "generators/default-0000000c", CROP / "generators/default-0000000d"),
    (CROP / "key.json", INDEX / "key.json"),
    (Path("cache/models/mtcnn.json"), Path("cache/models/dlib68.json")),
    (Path("cache/fingerprints/images-00000010.json"), Path("cache/fingerprints/raw-00000011.json")),
]


def copy(source, target):
    """Copy an artifact with the key beside it over another one."""
    for path in (source, source.with_suffix(".key.json"), source.with_name(f"{source.name}.key.json")):
        place = target.with_name(path.name.replace(source.stem, target.stem))
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(path, place)
        elif path.is_file():
            shutil.copy2(path, place)


@pytest.mark.parametrize(("source", "target"), COPIES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_copy_is_refused_by_its_reader_and_named_by_verify(small, source, target):
    copy(source, target)
    with pytest.raises(BautaError, match=f"expected {target}, got {source}.*: it was copied") as caught:
        read(target)
    assert "\n" not in str(caught.value)
    with pytest.raises(SealError, match=f"expected {target}, got {source}.*: it was copied"):
        sources([target])
    assert target in verify_cache(*map(Path, FOLDERS)).faults


def test_rendered_images_of_another_dataset_are_refused(small):
    other = Path("data/faces-000000ff")
    shutil.copytree(DATA, other)
    with pytest.raises(SealError, match=f"expected {other}/truth.parquet, got {DATA}/truth.parquet"):
        sources([other / "truth.parquet"])
    assert other / "truth.parquet" in verify_cache(*map(Path, FOLDERS)).faults


def test_what_was_made_from_a_store_that_was_replaced_is_refused(small):
    """The key is the same, and the content another one."""
    crops, anonymized = CROP / "crops.zarr", ANONYMIZED / "kernel=11-00000006.zarr"
    images = {"images": ArraySpec((SIZE, SIZE, 3), "uint8"), "status": ArraySpec((), "uint8")}
    write_store(crops, images, CROP / "alignment.parquet", seed=9)
    read(crops)
    sources([crops, CROP / "alignment.parquet"])
    for child in (anonymized, EMBEDDINGS / "a-00000008/original.zarr", measurement("kernel=11")):
        with pytest.raises(SealError, match=r"was made from another cache.*crops\.zarr .expected .*, got "):
            sources([child])
    faults = verify_cache(*map(Path, FOLDERS)).faults
    assert {anonymized, measurement("kernel=31"), RESULTS / "metrics.json"} <= faults.keys()
    assert not {crops, CROP / "alignment.parquet", INDEX / "manifest.parquet"} & faults.keys()


def test_what_was_made_from_a_teacher_or_a_table_that_was_replaced_is_refused(small):
    alignment = CROP / "alignment.parquet"
    alignment.unlink()
    sources([CROP / "crops.zarr"])  # What is not there is not compared.
    alignment.write_bytes((CROP / "detections.parquet").read_bytes())
    with pytest.raises(SealError, match="it was copied or renamed"):
        sources([CROP / "crops.zarr"])


def test_what_is_left_of_a_long_line_is_compared_with_what_it_began_with(small):
    """Anonymized sets are deleted to save space, and DVC never sends them."""
    crops, embeddings = CROP / "crops.zarr", EMBEDDINGS / "a-00000008/blur/kernel=11-00000006.zarr"
    shutil.rmtree(ANONYMIZED)
    sources([embeddings])
    assert verify_cache(*map(Path, FOLDERS)).faults == {}
    shutil.rmtree(crops)
    images = {"images": ArraySpec((SIZE, SIZE, 3), "uint8"), "status": ArraySpec((), "uint8")}
    write_store(crops, images, CROP / "alignment.parquet", seed=9)
    for child in (embeddings, measurement("kernel=11"), RESULTS / "metrics.json"):
        with pytest.raises(SealError, match=rf"{child} was made from another {crops}"):
            sources([child])
        assert "was made from another" in verify_cache(*map(Path, FOLDERS)).faults[child]


def test_a_project_may_be_looked_at_from_outside(small, tmp_path, tmp_path_factory, monkeypatch):
    one = Measurement.read(measurement("kernel=11"))
    monkeypatch.chdir(tmp_path.parent)
    assert Measurement.read(tmp_path / measurement("kernel=11")) == one
    assert Measurement.read(tmp_path.relative_to(Path.cwd()) / measurement("kernel=11")) == one
    copied = tmp_path_factory.mktemp("elsewhere") / "copied.json"
    shutil.copy2(tmp_path / measurement("kernel=11"), copied)
    monkeypatch.chdir(tmp_path)
    assert Measurement.read(copied) == one


def test_a_network_that_ships_is_read_wherever_the_package_lies(small):
    """Made from one that was trained in a project: its card and its weights, without the pictures."""
    shipped = Path("cache/package")
    shipped.mkdir()
    for name in ("card.json", "generator.onnx"):
        shutil.copy2(CROP / "generators/default-0000000c" / name, shipped / name)
    assert GeneratorCard.read(shipped, shipped=True).size == SIZE
    with pytest.raises(BautaError, match="it was copied or renamed"):
        GeneratorCard.read(shipped)
