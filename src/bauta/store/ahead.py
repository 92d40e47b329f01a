"""Reading the next batch while the current one is computed."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield the items of an iterator, each computed in a thread while its predecessor is used.

    Decoding, resampling and networks all compute outside Python's lock, so that on two cores the slower of
    producer and consumer sets the pace. One item more than without the thread is in memory.

    Args:
        items: What to iterate over. Nothing else may advance it.

    Raises:
        Exception: whatever the iterator raises, after the items before.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        upcoming = pool.submit(lambda: list(islice(remaining, 1)))
        while found := upcoming.result():
            upcoming = pool.submit(lambda: list(islice(remaining, 1)))
            yield found[0]
