"""Marks that say of which configuration a result is.

Results have the names that a person expects, so their names do not say what made them. A mark beside them
does: an empty place `.made/<result>/<digest>` that Snakemake looks for like any other output. There is one
at a time: whoever makes a result anew takes the old mark away first, so that going back to an old
configuration makes it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def marking(mark: Path | str) -> Iterator[None]:
    """Take the marks of other configurations away, let the block make the result, then leave the mark.

    Args:
        mark: The mark to leave; what else lies in its folder are older marks of the same result.
    """
    mark = Path(mark)
    mark.parent.mkdir(parents=True, exist_ok=True)
    for old in mark.parent.iterdir():
        if not old.is_dir():
            old.unlink(missing_ok=True)
    yield
    mark.touch()
