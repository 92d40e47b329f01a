"""No bit of an artifact can change, and no byte go missing, unnoticed by its reader and by `verify`."""

from pathlib import Path

import pytest
from damage import FOLDERS, MEMORIES, artifact_of, files, read, unnoticed, used_in_silence
from small_project import DATA

from bauta.cache.verify import verify_cache
from bauta.express.card import CARD
from bauta.io.fingerprint import folder_fingerprint


def raw():
    images, memory = DATA / "images", MEMORIES / "images-00000010"
    return images, memory, folder_fingerprint(images, memory)


def test_an_intact_project_passes(small):
    report = verify_cache(*map(Path, FOLDERS))
    assert report.faults == {}
    assert report.stores + report.files == len({artifact_of(path) for path in files()})
    for path in files():
        if path.parent != MEMORIES and not path.name.endswith("key.json"):
            read(path)


def test_damage_is_noticed(small):
    assert unnoticed(300, seed=0, raw=raw()) == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 11))
def test_damage_is_noticed_ten_thousand_times(small, seed):
    assert unnoticed(1000, seed=seed, raw=raw()) == []


@pytest.mark.parametrize("name", ["zarr.json", "store.json", ".parquet", "attack", "metrics.json", CARD])
def test_no_bit_of_a_head_can_change_unnoticed(small, name):
    path = next(path for path in files() if name in path.as_posix() and path.suffix != ".onnx")
    content = path.read_bytes()
    silent = []
    for position in range(0, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 2]) + content[position + 1 :])
        if used_in_silence(path):
            silent.append(position)
    assert silent == []
