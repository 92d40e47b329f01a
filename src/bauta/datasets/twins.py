"""Names that differ so little that they may belong to one person."""

import unicodedata
from collections.abc import Iterable, Iterator


def twins(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield names that differ only in case, spaces or forms of letters, each with the first of its kind."""
    first: dict[str, str] = {}
    for name in dict.fromkeys(names):
        other = first.setdefault(_plain(name), name)
        if other != name:
            yield name, other


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
