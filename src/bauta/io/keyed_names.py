"""Names with the digest of a key behind them, as they stand in paths: `mtcnn-1a2b3c4d`."""

import re

DIGEST = r"[0-9a-f]{8}"
"""Pattern of the digest of a key."""

NAME = r"[A-Za-z0-9_.-]+"
"""Pattern of an implementation; one without an entry point is called `package.module-Name`."""

KEYED_NAME = rf"{NAME}-{DIGEST}"
"""Pattern of an implementation and its digest."""

KEYED_SETTING = rf"[^/]+-{DIGEST}"
"""Pattern of a setting such as `kernel=11` and its digest."""

_KEYED = re.compile(rf"(.+)-({DIGEST})")


def join_digest(name: str, digest: str) -> str:
    """A name with a digest behind it."""
    return f"{name}-{digest}"


def split_digest(text: str) -> tuple[str, str]:
    """Name and digest; where no digest stands behind the name, it is empty."""
    found = _KEYED.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")
