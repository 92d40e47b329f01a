import json
import subprocess

import pytest
from frontier_samples import CONFIG, run_measurements

from bauta.keys.provenance import collect, git_commit


def test_collect_is_deterministic_and_gathers_hashes(tmp_path):
    measured = run_measurements()
    got = collect(CONFIG, measured, tmp_path)
    assert got == collect(CONFIG, measured[::-1], tmp_path)
    assert got["inputs"]["attack.split_sha256"] == ["5" * 64]
    assert got["seed"] == 0
    assert got["versions"]["numpy"]
    json.dumps(got)


@pytest.mark.parametrize("place", ["/home/anna/data/pins", "~/data/pins", r"C:\Users\anna\pins"])
def test_no_absolute_path_and_no_name_gets_out(place, tmp_path):
    config = {**CONFIG, "datasets": {"pins": {"root": place}}, "models": {"dirs": [place]}}
    text = json.dumps(collect(config, [], tmp_path), ensure_ascii=False)
    assert "anna" not in text
    assert "…/pins" in text


def test_relative_paths_and_urls_stay(tmp_path):
    config = {"root": "data/pins", "url": "https://example.org/x"}
    assert collect(config, [], tmp_path)["config"] == config


def test_outside_a_repository_the_commit_is_null_with_a_reason(tmp_path):
    assert git_commit(tmp_path) == {
        "commit": None, "dirty": None, "reason": "not a git repository with a commit",
    }  # fmt: skip


def test_commit_and_dirty_flag(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("one")
    git("add", ".")
    git("commit", "-m", "one")
    clean = git_commit(tmp_path)
    assert len(clean["commit"]) == 40
    assert clean["dirty"] is False
    (tmp_path / "file").write_text("two")
    assert git_commit(tmp_path)["dirty"] is True
