"""Messages about wrong values of the configuration, in the terms of the file instead of the program.

pydantic reports the place and the limit (`loc`, `type` and `ctx` of an error). Its messages are for
programmers: they say "Input should be a valid dictionary or instance of Datasets" about a file of mappings,
and do not quote the value as it is written in the file.
"""

from collections.abc import Callable, Mapping
from typing import Any

import yaml

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"

_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "this key is required",
    "int_type": lambda _: "expected a whole number",
    "int_from_float": lambda _: "expected a whole number",
    "int_parsing_size": lambda _: "expected a smaller number",
    "float_type": lambda _: "expected a number",
    "finite_number": lambda _: "expected a finite number",
    "bool_type": lambda _: "expected true or false",
    "string_type": lambda _: "expected a string",
    "string_too_short": lambda _: "expected a non-empty string",
    "list_type": lambda _: "expected a list",
    "dict_type": lambda _: "expected a mapping",
    "mapping_type": lambda _: "expected a mapping",
    "model_type": lambda _: "expected a mapping",
    "model_attributes_type": lambda _: "expected a mapping",
    "greater_than": lambda limits: f"expected more than {limits['gt']:g}",
    "greater_than_equal": lambda limits: f"expected at least {limits['ge']:g}",
    "less_than": lambda limits: f"expected less than {limits['lt']:.12g}",
    "less_than_equal": lambda limits: f"expected at most {limits['le']:.12g}",
    "multiple_of": lambda limits: f"expected a multiple of {limits['multiple_of']:g}",
    "too_short": lambda limits: f"expected a length of at least {limits['min_length']}",
    "literal_error": lambda limits: f"expected {limits['expected']}",
    "string_pattern_mismatch": lambda limits: (
        "expected a name of lower-case letters, digits and underscores that starts with a letter"
        if limits["pattern"] == NAME_PATTERN
        else f"expected a string that matches {limits['pattern']}"
    ),
}
"""Type of a pydantic error → the expectation, from the error's limits."""


def shown(value: object) -> str:
    """Format a value as it is written in the file, on one line and not too long."""
    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    except yaml.YAMLError:
        text = str(value)
    text = " ".join(text.removesuffix("\n...\n").split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def one_line(error: Mapping[str, Any], *above: str) -> str:
    """Format an error as in `datasets.orl.root: this key is required`: place, expectation and value.

    Args:
        error: An item of `ValidationError.errors()`.
        above: Keys above those in the error.
    """
    where = [*above, *_keys(error)]
    limits = error.get("ctx", {})
    if error["type"] in _EXPECTED:
        expected = _EXPECTED[error["type"]](limits)
        got = "" if error["type"] == "missing" else f", got {shown(error['input'])}"
        return f"{'.'.join(where)}: {expected}{got}"
    path = "".join(f"{key}." for key in where).removesuffix(".")
    message = " ".join(error["msg"].removeprefix("Value error, ").split()).removeprefix(f"{path}: ")
    return f"{path}: {message}" if path else message


def _keys(error: Mapping[str, Any]) -> list[str]:
    """Return the keys that lead to an error, without the parts that only pydantic needs."""
    keys = [*error["loc"], *error.get("ctx", {}).get("keys", ())]
    return [str(key) for key in keys if key != "[key]"]
