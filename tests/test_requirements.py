"""Every package that bauta asks for is imported or called somewhere, and those that it stands on by src/."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("src", "workflow_scripts", "tests", "benchmarks", "charts", "docs_tools")

MODULES = {
    "clean-fid": "cleanfid",
    "dlib-bin": "dlib",
    "onnxruntime-gpu": "onnxruntime",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "protobuf": "google",
    "pyfacer": "facer",
    "pyyaml": "yaml",
    "retina-face": "retinaface",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "vl-convert-python": "vl_convert",
}
"""What is imported of a package of another name."""

CALLED = {
    "codespell": ("Makefile", "/codespell"),
    "dvc": ("dvc.yaml", "stages:"),
    "face-recognition-models": ("src/bauta/models/models.yaml", "package: face_recognition_models"),
    "flask": ("tests/workflow/test_dvc_clones.py", "moto_server"),
    "flask-cors": ("tests/workflow/test_dvc_clones.py", "moto_server"),
    "hatchling": ("pyproject.toml", "hatchling"),
    "import-linter": ("tests/test_rooms.py", "lint-imports"),
    "ipykernel": ("docs_tools/notebooks.py", "kernel_name="),
    "mkdocs-material": ("mkdocs.yml", "name: material"),
    "mkdocstrings": ("mkdocs.yml", "mkdocstrings:"),
    "mypy": ("Makefile", "/mypy"),
    "pillow-jxl-plugin": ("src/bauta/io/image_formats.py", '"pillow_jxl"'),
    "pytest-timeout": ("pyproject.toml", "timeout = "),
    "pytest-xdist": ("Makefile", "--numprocesses"),
    "ruff": ("Makefile", "/ruff check"),
    "snakefmt": ("Makefile", "/snakefmt"),
    "snakemake": ("Makefile", "/snakemake"),
    "snakemake-executor-plugin-slurm": ("slurm/config.yaml", "executor: slurm"),
}
"""Package → a file and a text in it that calls what nothing imports."""

FOUNDATIONS = (
    "torch",
    "insightface",
    "onnxruntime-gpu",
    "retina-face",
    "mediapipe",
    "pyfacer",
    "zarr",
    "numcodecs",
    "seaborn",
)


def requirements():
    """The names in the files that locks are made from."""
    lines = [line for path in ROOT.glob("requirements*.in") for line in path.read_text().splitlines()]
    found = (re.match(r"[A-Za-z][\w.-]*", line) for line in lines if not line.startswith("-"))
    return sorted({match[0].lower() for match in found if match})


@cache
def imported(folder):
    """The top-level modules that some module of a folder imports."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


def module_of(name):
    return MODULES.get(name, name.replace("-", "_"))


def typed(name):
    """What a package of stubs describes; any other is itself."""
    return name.removeprefix("types-").removesuffix("-stubs")


@pytest.mark.parametrize("name", requirements())
def test_every_package_that_is_asked_for_is_imported_or_called(name):
    if name in CALLED:
        file, text = CALLED[name]
        assert text in (ROOT / file).read_text(encoding="utf-8"), f"{file} no longer calls {name}: drop it"
    else:
        module = module_of(typed(name))
        assert any(module in imported(folder) for folder in CODE), f"nothing imports {module}: drop {name}"


@pytest.mark.parametrize("name", FOUNDATIONS)
def test_the_library_uses_what_it_stands_on(name):
    assert name in requirements()
    assert module_of(name) in imported("src")
