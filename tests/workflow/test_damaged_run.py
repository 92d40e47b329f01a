"""What a real run has left, damaged: `tests/test_damage.py` has the same of every kind of artifact."""

import shutil

import pytest
from damage import FOLDERS, unnoticed

pytestmark = pytest.mark.long


@pytest.mark.timeout(3600)
def test_damage_is_noticed_in_a_real_run(finished, tmp_path, monkeypatch):
    for name in FOLDERS:
        shutil.copytree(finished.folder / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert unnoticed(1000, seed=0) == []
