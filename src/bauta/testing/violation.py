"""The error that a check raises if an implementation violates its contract."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from bauta.errors import BautaError, DataError

Case = TypeVar("Case")


class ContractViolationError(BautaError, AssertionError):
    """An implementation violates the contract of its protocol."""


def require(condition: bool, message: str) -> None:
    """Raise `ContractViolationError` with a message unless a condition holds."""
    if not condition:
        raise ContractViolationError(message)


def require_refused(call: Callable[[], object], what: str) -> None:
    """Raise `ContractViolationError` unless a call raises `DataError` of one line."""
    try:
        call()
    except DataError as error:
        require("\n" not in str(error), f"{what} is rejected with more than one line: {error}")
        return
    raise ContractViolationError(f"{what} is not rejected with bauta.errors.DataError")


def named(*checks: Callable[[Case], None]) -> Mapping[str, Callable[[Case], None]]:
    """Checks by their names without `check_`, in the order given."""
    return {check.__name__.removeprefix("check_"): check for check in checks}
