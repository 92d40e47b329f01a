"""A newcomer's path: the first page and the tutorials, followed word for word in one folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from code_blocks import DOCS, blocks_of, script_of
from notebooks import NOTEBOOKS, run, text_of

from bauta.cache.status import OWN_CONSOLE

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]

FIGURE = re.compile(r"\d\.\d+")
APART = 0.02
"""How far a figure may be from the shown one: processors round differently, and one face of dozens that
a teacher reads otherwise moves a utility by as much."""

WALK = ("start.md", "tutorials/photographs.md", "tutorials/own_anonymizer.md")


def environment():
    """That of a user: bauta's own console, and the programs of this Python first."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN_CONSOLE}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "COLUMNS": "120"}


def test_the_first_page_and_the_tutorials_work_word_for_word(tmp_path):
    script = script_of([block for page in WALK for block in blocks_of(DOCS / page)])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    faces = tmp_path / "faces"
    for made in (
        "results/first/report.html",
        "results/mine/frontier.csv",
        "release/faces.csv",
        "results/own/figures",
        "compared/compare.html",
    ):
        assert (faces / made).exists(), made
    assert "advice" in (faces / "results/mine/summary.txt").read_text()
    assert "command" in (faces / "results/own/frontier.csv").read_text()


@pytest.mark.parametrize("source", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_comes_to_the_verdict_that_it_shows(source, tmp_path):
    import nbformat  # noqa: PLC0415 - of the documentation only

    shown = text_of(nbformat.read(source, as_version=4), "verdict")
    assert shown
    found = text_of(run(source, tmp_path), "verdict")
    assert FIGURE.sub("", found) == FIGURE.sub("", shown)
    figures, expected = (np.array(FIGURE.findall(text), dtype=float) for text in (found, shown))
    np.testing.assert_allclose(figures, expected, atol=APART)
