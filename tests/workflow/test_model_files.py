"""Model files that are not there, may not be used, or lie somewhere else."""

import os
import shutil

import pytest
from projects import TINY

from bauta.models.store import user_cache

DEAD = "http://127.0.0.1:9"


@pytest.fixture
def nowhere(project, monkeypatch, tmp_path):
    """No folder of models, an empty cache, and no network."""
    monkeypatch.delenv("BAUTA_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, DEAD)
    return project


def stops_with_one_line(project, change, *arguments):
    """Run with a changed configuration; the one line of error."""
    project.configure({**TINY, **change})
    done = project.snakemake(*arguments, check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("error: model ")]
    assert len(set(lines)) == 1, done.stdout
    return lines[0]


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (
            {"crop": {"detector": "yunet"}, "models": {"download": False}},
            ("face_detection_yunet_2023mar.onnx is not there", "set models.download: true"),
        ),
        (
            {"recognizers": ["mobilefacenet"]},
            ("mobilefacenet.onnx is not there", "put it into the folder models.dir"),
        ),
        (
            {"models": {"accept": ["permissive"]}},
            ("for research use only", "accept research or choose another"),
        ),
        (
            {"anonymizers": {**TINY["anonymizers"], "ciagan": {}}},
            ("modelG.pth is not there", "https://drive.google.com/file/d/1j5iT", "(SHA-256 e2f296e286472c55"),
        ),
        (
            {"anonymizers": {**TINY["anonymizers"], "deepprivacy2": {"truncation": [0.0, 0.5]}}},
            (
                "deepprivacy2_fdf256.safetensors is not there",
                "`bauta convert deepprivacy2_fdf256` makes it of deepprivacy2_fdf256.ckpt",
                "(MD5 e8e32190528af2ed75f0cb792b7f2b07) from https://api.loke.aws.unit.no/",
            ),
        ),
        (
            {"recognizers": ["facenet_casia"]},
            (
                "no hash of 20180408-102900-casia-webface.pt is published",
                "run `snakemake --cores 1 models` once",
            ),
        ),
    ],
    ids=["missing", "by hand", "licence", "generator", "converted", "unpinned"],
)
def test_trap_2_a_model_that_cannot_be_had_stops_before_any_job(nowhere, change, parts):
    line = stops_with_one_line(nowhere, change)
    for part in parts:
        assert part in line
    assert not (nowhere.folder / "cache").exists()


def test_an_unreachable_download_is_one_line_and_leaves_nothing(nowhere, tmp_path):
    line = stops_with_one_line(nowhere, {"crop": {"detector": "yunet"}}, "models")
    assert "could not be downloaded" in line
    assert not list((nowhere.folder / "cache/models").glob("*.json"))
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.suffix not in ("", ".lock")]


def test_packages_need_no_fetching(nowhere):
    nowhere.snakemake("models")
    assert not (nowhere.folder / "cache/models").exists()


@pytest.mark.models
def test_models_are_fetched_into_records_and_may_move(nowhere, monkeypatch, tmp_path):
    source = os.environ.get("REAL_MODELS")
    if not source:
        pytest.skip("needs the real files of mobilefacenet and scrfd_500m in the folder REAL_MODELS")
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    for name in ("mobilefacenet.onnx", "scrfd_500m_bnkps.onnx"):
        shutil.copy(f"{source}/{name}", first)
    config = {**TINY, "crop": {"detector": "scrfd_500m"}, "recognizers": ["mobilefacenet"], "teachers": []}
    nowhere.configure({**config, "models": {"dir": str(first)}})
    nowhere.snakemake("models")
    records = sorted(path.name for path in (nowhere.folder / "cache/models").iterdir())
    assert records == ["mobilefacenet.json", "scrfd_500m.json"]
    planned = nowhere.planned()
    first.rename(second)
    nowhere.configure({**config, "models": {"dir": str(second)}})
    assert nowhere.planned() == planned
    assert "fetch_model" not in planned


def test_the_cache_is_the_platforms(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "bauta" / "models"
