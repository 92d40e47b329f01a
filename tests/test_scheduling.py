"""The table of files that share a fixture, when several processes run the tests."""

import ast
from pathlib import Path

from scheduling import TOGETHER

WORKFLOWS = Path(__file__).with_name("workflow")


def uses_lab(path):
    """Whether functions of a file take the fixture `lab` of all files, not one of its own."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    taken = {argument.arg for function in functions for argument in function.args.args}
    return "lab" in taken - {function.name for function in functions}


def test_every_file_that_shares_the_repository_is_in_the_table():
    found = {path.stem: "lab" for path in sorted(WORKFLOWS.glob("test_*.py")) if uses_lab(path)}
    assert found == TOGETHER
