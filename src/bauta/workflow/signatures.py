"""Signatures of the functions that Snakemake calls for each job."""

from collections.abc import Callable
from inspect import signature
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def with_signature(function: Callable[P, R]) -> Callable[P, R]:
    """Work out the signature of a function once.

    Snakemake asks for the signature of an input, params or resource function twice at each of its calls, and
    `inspect` takes longer to work it out than most of these functions take.
    """
    remembering: Any = function
    remembering.__signature__ = signature(function)
    return function
