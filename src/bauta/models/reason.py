"""Error texts of libraries about a file, reduced to one safe line for a message."""

from pathlib import Path

from bauta.errors import ModelError

LONGEST = 300


def corrupt(path: Path | str, kind: str, error: BaseException) -> ModelError:
    """Create the error for a file that a library failed to read."""
    return ModelError(f"{path} is an incomplete or corrupt {kind} ({first_line(error)}): get it again")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, without terminal control characters.

    The text may quote the file that caused the error, which is untrusted.
    """
    lines = str(error).split("\n")
    line = next((line for line in map(plain, lines) if line), type(error).__name__)
    return line[:LONGEST]


def plain(text: str) -> str:
    """Return a text on one line, with each unprintable character replaced by a space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
