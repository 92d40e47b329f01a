"""What `pip install` gives: the wheel has everything that a run needs, and says which packages it imports."""

import ast
import hashlib
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bauta.models.card import model_cards

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

MODULES = {
    "PIL": "pillow",
    "cleanfid": "clean-fid",
    "cv2": "opencv-python-headless",
    "dlib": "dlib-bin",
    "facer": "pyfacer",
    "google": "protobuf",
    "onnxruntime": "onnxruntime",
    "pillow_heif": "pillow-heif",
    "pillow_jxl": "pillow-jxl-plugin",
    "pydantic_core": "pydantic",
    "retinaface": "retina-face",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "snakemake": "snakemake",
    "yaml": "pyyaml",
}
"""Modules whose distribution has another name, or is one of several that have it."""

TINY = {
    "run": "tiny",
    "datasets": {
        "small": {"adapter": "synthfaces", "subjects": 8, "images_per_subject": 7, "splits": {"dev": 0.25}}
    },
    "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 31}},
    "attacks": {"adaptive": {"enabled": False}},
    "frontier": {"bootstrap": 100},
}


def names(requirements):
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported(files):
    """Top-level names that modules import, wherever in them."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_every_package_that_is_imported_is_named():
    extras = PROJECT["optional-dependencies"]
    named = names(PROJECT["dependencies"]).union(
        *(names(lines) for name, lines in extras.items() if name != "dev")
    )
    found = set(imported([*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow_scripts").glob("*.py")]))
    known = packages_distributions()
    needed = {
        canonicalize_name(MODULES.get(module) or known[module][0])
        for module in found - sys.stdlib_module_names - {"bauta", "snakemake_logger_plugin_bauta"}
    }
    assert sorted(needed - named) == []
    # Model files, Snakemake itself, and what draws its reports.
    assert {"face-recognition-models", "snakemake", "jinja2"} <= names(PROJECT["dependencies"])


def pinned(lock):
    """Names of the packages of a lock."""
    return {line.partition("==")[0] for line in (ROOT / lock).read_text().splitlines() if line[:1].isalnum()}


def test_the_locks_have_every_package_that_is_named():
    locked, runs = pinned("requirements.lock"), pinned("envs/requirements.lock")
    extras = PROJECT["optional-dependencies"]
    # Of ONNX Runtime, the lock has the build for GPUs.
    assert names(PROJECT["dependencies"]) - {"onnxruntime"} <= runs
    assert names(extras["dev"]) - {"build"} <= locked
    assert runs <= locked
    assert runs.isdisjoint({"pytest", "ruff", "mypy", "moto", "snakefmt", "import-linter", "facenet-pytorch"})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = ["hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def tracked(folder):
    """Files of a folder of the repository."""
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]


@pytest.mark.slow
def test_the_wheel_holds_the_workflow_the_weights_and_the_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        for folder in ("rules", "workflow_scripts", "config", "profiles", "slurm", "report", "envs"):
            for path in tracked(folder):
                assert f"bauta/_workflow/{path.relative_to(ROOT)}" in inside
        assert {
            "bauta/_workflow/Snakefile",
            "bauta/_workflow/config.yaml",
            "bauta/detect/mtcnn_weights/LICENSE.md",
            "bauta/frontier/page/report.html.j2",
            "bauta/frontier/page/static/vega.js",
            "bauta/frontier/page/static/vega.LICENSE.md",
            "bauta/keys/versions.json",
            "bauta/models/models.yaml",
            "bauta/py.typed",
            "snakemake_logger_plugin_bauta/__init__.py",
        } <= inside
        assert not [name for name in inside if name.startswith(("tests/", "benchmarks/", "docs/"))]
        for card in (card for card in model_cards().values() if card.package == "bauta"):
            assert hashlib.sha256(archive.read(f"bauta/{card.file}")).hexdigest() == card.sha256


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel, whose other packages are those of this one."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_installed_wheel_makes_a_project_and_runs_it_without_a_clone(installed, tmp_path):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"PATH": f"{installed / 'bin'}:{os.environ['PATH']}", "COLUMNS": "200"}

    def bauta(*arguments, folder=tmp_path / "x"):
        done = subprocess.run(
            ["bauta", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
        return done.stdout

    bauta("init", "x", folder=tmp_path)
    (tmp_path / "x/config.yaml").write_text(yaml.safe_dump(TINY))
    bauta("run", "--cores", "2")
    assert (tmp_path / "x/results/tiny/report.html").is_file()
    assert "a run would make nothing: everything is up to date" in bauta("status")
    assert ", 0 damaged" in bauta("verify")
    # The code behind the keys is found in the package as well.
    code = "from bauta.keys.source_hashes import sources; print(len(sources()))"
    done = subprocess.run(
        [installed / "bin/python", "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert int(done.stdout) > 50
