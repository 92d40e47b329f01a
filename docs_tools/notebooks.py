"""Runs the notebooks of `docs/notebooks/` in an empty folder, so that their outputs are those of today.

python docs_tools/notebooks.py
"""

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "docs/notebooks"

MINUTES = 60
"""Longest time for a cell."""


def run(source: Path, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs that its cells have in a folder."""
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=60 * MINUTES,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
    )
    client.execute(env=_environment())
    # The versions of the machine that ran it would be a difference at every run.
    notebook.metadata.pop("language_info", None)
    return notebook


def text_of(notebook: nbformat.NotebookNode, tag: str) -> str:
    """Return what the cells with a tag print."""
    cells = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]
    return "".join(output.get("text", "") for cell in cells for output in cell.outputs)


def _environment() -> dict[str, str]:
    """The programs of this Python first, and none of its own settings of a terminal."""
    path = os.pathsep.join([str(Path(os.sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "COLUMNS": "110", "NO_COLOR": "1"}


def main() -> None:
    """Run every notebook and write it back."""
    for source in sorted(NOTEBOOKS.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(run(source, Path(folder)), source)


if __name__ == "__main__":
    main()
