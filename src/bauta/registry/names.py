"""Names of implementations: in a configuration, in paths and in messages."""

import re
from difflib import get_close_matches

BUILT_IN = r"[a-z][a-z0-9_]*"
"""Pattern of the names of built-in implementations and of entry points."""

IMPLEMENTATION = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*[:-][A-Za-z_]\w*"
"""`package.module:attribute`, an implementation without an entry point, and its form in paths."""

LISTED = 16
"""Names that a message lists."""

_IMPLEMENTATION = re.compile(IMPLEMENTATION, re.ASCII)


def path_name(name: str) -> str:
    """Return a name in the form used in paths: `package.module-attribute` for `package.module:attribute`.

    A colon is special to some file systems and to `PATH`-like lists. No Python name contains a hyphen, so the
    colon can be restored, and the digest of a key after the last hyphen can be separated from the name.
    """
    return name.replace(":", "-") if is_target(name) else name


def target_of(name: str) -> str:
    """Return `package.module:attribute` for a name in either form."""
    return name.replace("-", ":")


def is_target(name: str) -> bool:
    """Whether a name is `package.module:attribute`, or its form in paths."""
    return _IMPLEMENTATION.fullmatch(name) is not None


def nearest(name: object, known: list[str]) -> str:
    """Return a clause that suggests the nearest known name, or the one that it begins, or lists some."""
    begun = [one for one in known if name and one.startswith(str(name))]
    close = begun or get_close_matches(str(name), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    more = ", …" if len(known) > LISTED else ""
    return f"expected one of: {', '.join(known[:LISTED])}{more}"
