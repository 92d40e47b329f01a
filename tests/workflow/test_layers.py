"""The layers of the design: who may import what, and how long a script may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bauta.contract import CropContract
from bauta.detect import DETECTORS
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.recognize import RECOGNIZERS

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "workflow_scripts").glob("*.py"))
HEAVY = (
    "torch",
    "onnxruntime",
    "mediapipe",
    "dlib",
    "pandas",
    "cv2",
    "sklearn",
    "skimage",
    "zarr",
    "matplotlib",
    "seaborn",
    "moocore",
)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_library_does_not_know_snakemake():
    users = [
        path
        for path in (ROOT / "src").rglob("*.py")
        if any(n.split(".")[0] == "snakemake" for n in imported(path))
    ]
    assert users == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_thin(path):
    assert len(path.read_text().splitlines()) <= 40
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    assert functions == []


def test_parsing_the_snakefile_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from bauta.config.load import parse_config\n"
        "from bauta.workflow.rule_inputs import rule_inputs\n"
        "rule_inputs(parse_config({})).plan.all_measurements()\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_rule_has_its_script_and_every_script_its_rule():
    used = {
        line.strip().strip('"').rpartition("/")[2]
        for path in (ROOT / "rules").glob("*.smk")
        for line in path.read_text().splitlines()
        if "workflow_scripts/" in line
    }
    assert used == {path.name for path in SCRIPTS}


def test_rules_hold_no_logic():
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        text = path.read_text()
        assert "lambda" not in text, path
        assert "def " not in text, path
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 135


@pytest.mark.parametrize("model", ["mtcnn", "dlib_hog", "dlib68", "dlib_resnet"])
def test_the_key_of_an_artifact_names_every_model_file_that_is_loaded(model, monkeypatch):
    loaded = set()

    class Recording(ModelStore):
        def path(self, name):
            loaded.add(name)
            return super().path(name)

    models = Recording.default()
    registry = next(each for each in (DETECTORS, LANDMARKERS, RECOGNIZERS) if model in each)
    arguments = [models] if registry is DETECTORS else [CropContract(), models]
    registry.load(model)(*arguments)
    assert loaded == set(registry[model].files)
