"""The figures of the documentation: each has a script, and what is drawn is what is there today."""

import re
from fnmatch import fnmatch

import avatar_states
import pytest
import rule_graph
import trap_sheets
from code_blocks import DOCS
from figures import SCRIPTS, unmet
from traps.panels import PANELS

SHOWN = re.compile(r"!\[[^\]]+\]\((?!http)([^)\s]+\.(?:png|jpg|svg))\)")


def pictures():
    for page in sorted(DOCS.rglob("*.md")):
        for name in SHOWN.findall(page.read_text(encoding="utf-8")):
            yield (page.parent / name).resolve().relative_to(DOCS).as_posix()


def test_every_picture_of_a_page_has_a_script():
    drawn = [pattern for script in SCRIPTS for pattern in script.figures]
    assert [name for name in pictures() if not any(fnmatch(name, pattern) for pattern in drawn)] == []
    for pattern in drawn:
        assert list(DOCS.glob(pattern)), f"{pattern} is not there"


def test_every_picture_has_words_for_who_cannot_see_it():
    for page in DOCS.rglob("*.md"):
        assert "![](" not in page.read_text(encoding="utf-8"), page


def test_a_figure_that_cannot_be_drawn_here_says_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.setattr("figures.ROOT", tmp_path)
    reasons = {script.figures[0]: unmet(script) for script in SCRIPTS}
    assert "make run" in reasons["frontier.png"]
    assert reasons["avatar.jpg"] is None


@pytest.mark.slow
def test_the_graph_of_the_rules_is_the_one_that_is_planned():
    planned = rule_graph.planned()
    assert rule_graph.RECORD.read_text() == rule_graph.as_text(planned), "run python docs_tools/rule_graph.py"
    grouped = {name for names in rule_graph.GROUPS.values() for name in names}
    assert {name for edge in planned for name in edge} == grouped


def test_every_trap_has_a_picture():
    numbers = [number for section in trap_sheets.sections().values() for number in section]
    assert sorted(numbers) == sorted(set(numbers)) == sorted(PANELS)
    page = trap_sheets.PAGE.read_text(encoding="utf-8")
    for name in trap_sheets.sections():
        assert f"figures/traps-{name}.svg" in page
        assert (trap_sheets.FIGURES / f"traps-{name}.svg").is_file()


def test_the_avatars_tables_are_those_of_states():
    """The page has other tables with numbers of states."""
    kept, held = avatar_states.tables()
    assert [row[0] for row in kept] == [row[0] for row in held] == [7, 16, 64, 256, 1024]
    assert {len(row) for row in kept} == {8}
    assert {len(row) for row in held} == {5}
