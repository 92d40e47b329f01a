"""Draws every figure of the documentation; one that needs what is not there is skipped with the reason.

python docs_tools/figures.py [--list]
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Script:
    """A command that draws figures.

    Attributes:
        figures: What it draws, relative to `docs/`; `*` stands for any text.
        command: The arguments of Python, in the root of the repository.
        needs: A file or folder without which it cannot run, relative to the repository, or None.
        without: What to do to have it.
        source: The file that is copied to the figure, or None if the command writes the figure.
    """

    figures: tuple[str, ...]
    command: tuple[str, ...]
    needs: str | None = None
    without: str = ""
    source: str | None = None


SCRIPTS: tuple[Script, ...] = (
    Script(("figures/rules.svg", "figures/data-flow.svg"), ("docs_tools/rule_graph.py",)),
    Script(("figures/traps-*.svg",), ("docs_tools/trap_sheets.py",)),
    Script(("figures/avatar-states.svg",), ("docs_tools/avatar_states.py",)),
    Script(("avatar.jpg",), ("benchmarks/avatar_sheet.py", "docs/avatar.jpg")),
    Script(("notebooks/verdict.ipynb",), ("docs_tools/notebooks.py",)),
    Script(
        ("frontier.png",),
        (),
        "results/demo/plots/synthfaces-frontier.png",
        "finish the default run: make run",
        "results/demo/plots/synthfaces-frontier.png",
    ),
    Script(
        ("ablations.png",),
        (),
        "results/ablation/plots/mtcnn-frontier.png",
        "finish the ablations: bauta run --configfile config/ablation.yaml",
        "results/ablation/plots/mtcnn-frontier.png",
    ),
    Script(
        ("cgan-curves.png",),
        (),
        "results/generator/generators",
        "train the generator: bauta run generator --configfile config/generator.yaml",
    ),
)


def unmet(script: Script) -> str | None:
    """Return why a script cannot run here, or None if it can."""
    if script.needs is None or (ROOT / script.needs).exists():
        return None
    return f"{script.needs} is not there; {script.without}"


def draw(script: Script) -> str:
    """Run a script, and return what became of it in one line."""
    names = ", ".join(script.figures)
    if reason := unmet(script):
        return f"skipped  {names}: {reason}"
    if script.source is not None:
        (DOCS / script.figures[0]).write_bytes((ROOT / script.source).read_bytes())
    elif script.command:
        subprocess.run([sys.executable, *script.command], cwd=ROOT, check=True)
    else:
        return f"skipped  {names}: copy the figure that you want from {script.needs}"
    return f"drawn    {names}"


def main(arguments: Sequence[str]) -> None:
    """Draw all figures, or list which would be."""
    for script in SCRIPTS:
        reason = unmet(script)
        names = ", ".join(script.figures)
        state = f"skipped  {names}: {reason}" if reason else f"ready    {names}"
        print(state if "--list" in arguments else draw(script), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
