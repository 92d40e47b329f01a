"""The environments for clusters are those of the lock."""

from pathlib import Path

import pytest
import yaml

from bauta.cli.environments import LOCK, environment_files

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / LOCK).read_text()


@pytest.mark.parametrize("path", environment_files(TEXT), ids=str)
def test_the_files_are_those_of_the_lock(path):
    assert (ROOT / path).read_text() == environment_files(TEXT)[path], "run `make envs`"


def test_the_conda_file_has_every_package_of_the_lock_and_the_locks_python():
    found = yaml.safe_load(environment_files(TEXT)[Path("envs/bauta.yaml")])["dependencies"]
    pins = [line.rstrip("\\").strip() for line in TEXT.splitlines() if line[:1].isalnum()]
    assert found[-1]["pip"] == pins
    assert f"--python-version {found[0].partition('=')[2]} " in (ROOT / "Makefile").read_text()


def test_another_version_in_the_lock_changes_both():
    before = environment_files(TEXT)
    after = environment_files(TEXT.replace("\nnumpy==", "\nnumpy==9", 1))
    changed = {path.name for path in before if before[path] != after[path]}
    assert changed == {"bauta.yaml", "bauta.def"}
    marked = 'numpy==2.3.1 ; python_version < "3.13" \\\n    --hash=sha256:0\n'
    conda = yaml.safe_load(environment_files(marked)[Path("envs/bauta.yaml")])
    assert conda["dependencies"][-1]["pip"] == ['numpy==2.3.1 ; python_version < "3.13"']
