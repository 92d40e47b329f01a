"""The table of files that share a fixture, when several processes run the tests."""

import ast
from pathlib import Path

from scheduling import TOGETHER

WORKFLOWS = Path(__file__).with_name("workflow")


def arguments(path):
    """The arguments of the functions of a file."""
    functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))
    return {argument.arg for function in functions for argument in function.args.args}


def test_every_file_that_shares_a_fixture_is_in_the_table():
    found = {
        path.stem: fixture
        for path in sorted(WORKFLOWS.glob("test_*.py"))
        for fixture in ("lab", "finished")
        if fixture in arguments(path)
    }
    assert found == TOGETHER
