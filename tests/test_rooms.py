"""The rooms of the package: what lies in its root, and which way imports run."""

import ast
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/bauta"
MOST_AT_THE_ROOT = 8
LONGEST = 320

LAYOUT = PACKAGE / "io/layout.py"
FOLDERS = (
    "anonymized",
    "anonymized_training",
    "embeddings",
    "estimates",
    "generators",
    "measurements",
    "plots",
    "posteriors",
    "teachers",
)
"""Names of the layout that are also used for other things: a slash before or behind them tells."""
FILES = re.compile(
    r"crops\.zarr|original\.zarr|clear\.json|key\.json|^\.made\b"
    r"|(manifest|detections|alignment|truth)\.parquet"
    r"|(?<!in )frontier\.csv|metrics\.json|scores\.json|summary\.txt|report\.html(?!\.j2)"
    r"|(landmarks|parsing|index|split|feasibility|attack|adapt|audit|coverage|realism|preservation|expression)-(\{|$)"
    rf"|\b({'|'.join(FOLDERS)})/"
    r"|^cache$|^cache/|^(data|results)/\{"
)
"""Names of `bauta.io.layout` as they stand in paths."""
RULES = (ROOT / "pyproject.toml").read_text()


def check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's answer on the contracts of a folder."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_few_modules_lie_in_the_root():
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_ROOT


def test_no_import_runs_upwards_and_no_packages_form_a_ring():
    done = check_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [("io", "from bauta.store import Store"), ("alignment", "from bauta.models.store import ModelStore")],
)
def test_an_import_that_runs_upwards_or_sideways_is_found(room, line, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "pyproject.toml").write_text(RULES)
    for path in PACKAGE.rglob("*.py"):
        copy = tmp_path / "src" / path.relative_to(PACKAGE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    (tmp_path / f"src/bauta/{room}/wrong.py").write_text(line + "\n")
    done = check_imports(tmp_path)
    assert done.returncode != 0
    assert f"bauta.{room}.wrong" in done.stdout


def test_no_module_is_long():
    lengths = {path: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def texts_of(path: Path) -> list[str]:
    """The texts of a file of Python or of Snakemake, but for those that only tell a reader something."""
    if path.suffix == ".py":
        tree = ast.parse(path.read_text())
        told = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in told]
        joined = [
            f"/{node.right.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and isinstance(node.right, ast.Constant)
        ]
        return [*(node.value for node in nodes if isinstance(node.value, str)), *joined]
    with path.open("rb") as file:
        tokens = [token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.STRING]
    return [text.lstrip("rf").strip('"') for text in tokens if not text.startswith('"""')]


def spelled_in(path: Path) -> list[str]:
    """The texts of a file that spell a name of the layout."""
    return [text for text in texts_of(path) if FILES.search(text) or (text[1:] in FOLDERS and text[0] == "/")]


def test_the_layout_is_written_once():
    code = [*PACKAGE.rglob("*.py"), *(ROOT / "workflow_scripts").glob("*.py")]
    files = [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"), *code]
    found = {path.relative_to(ROOT).as_posix(): spelled_in(path) for path in files if path != LAYOUT}
    assert {path: texts for path, texts in found.items() if texts} == {}
    assert len(spelled_in(LAYOUT)) > 50


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", 'path = folder / "plots"'),
        ("a.py", 'path = folder / f"landmarks-{name}.zarr"'),
        ("a.py", '"""Names crops.zarr."""\npath = Path("cache")'),
        ("a.smk", 'rule a:\n    input: "cache/{dataset}/{crop}/crops.zarr",\n'),
        ("a.smk", 'rule a:\n    output: RESULTS / "frontier.csv",\n'),
    ],
)
def test_a_path_that_is_spelled_elsewhere_is_found(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert len(spelled_in(tmp_path / name)) == 1
