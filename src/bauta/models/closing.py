"""Models that hold threads are closed before their job ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def closing(model: T) -> Iterator[T]:
    """A model that is closed at the end if it can be.

    MediaPipe's must be: while the interpreter ends, they can only complain that their threads are gone.
    """
    try:
        yield model
    finally:
        close = getattr(model, "close", None)
        if close is not None:
            close()
