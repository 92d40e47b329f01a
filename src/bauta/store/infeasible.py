"""Stores of infeasible settings, which hold the reason instead of rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bauta.io.infeasible import INFEASIBLE, reason_instead
from bauta.store.writer import StoreWriter


@contextmanager
def store_or_reason(path: Path | str) -> Iterator[None]:
    """Let the block write a store; if that is infeasible, write one without rows that holds the reason.

    `Store.open` raises the `InfeasibleError` again.
    """

    def write(reason: str) -> None:
        with StoreWriter(path, {}, [], {INFEASIBLE: reason}):
            pass

    with reason_instead(path, write):
        yield
