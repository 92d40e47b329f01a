"""Closing models that hold threads before their job ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def closing(model: T) -> Iterator[T]:
    """Yield a model and close it at the end if it has a `close` method.

    MediaPipe's models must be closed before the interpreter exits, when closing them fails because their
    threads are gone.
    """
    try:
        yield model
    finally:
        close = getattr(model, "close", None)
        if close is not None:
            close()
