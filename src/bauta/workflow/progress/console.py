"""Lines on a terminal or in a file, with one line at the end of a terminal that is rewritten in place."""

import os
import shutil
from dataclasses import dataclass
from typing import TextIO

ERASE = "\r\x1b[K"
BOLD, RED, YELLOW, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[0m"


@dataclass
class Console:
    """A stream.

    Attributes:
        stream: Where the lines go.
        color: Whether colors are wanted; only a terminal gets them.
    """

    stream: TextIO
    color: bool = True
    _live: str = ""

    @property
    def terminal(self) -> bool:
        """Whether lines can be rewritten."""
        return self.stream.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        return shutil.get_terminal_size((100, 24)).columns

    def say(self, text: str, style: str = "") -> None:
        """Write lines that stay."""
        marked = f"{style}{text}{PLAIN}" if style and self.color and self.terminal else text
        self._write(f"{self._erased()}{marked}\n{self._live}")

    def live(self, text: str) -> None:
        """Rewrite the line at the end of a terminal; an empty text removes it."""
        if not self.terminal:
            return
        limit = self.width - 1
        text = text if len(text) <= limit else f"{text[: limit - 1]}…"
        erased = self._erased()
        self._live = text
        self._write(erased + text)

    def _erased(self) -> str:
        return ERASE if self._live else ""

    def _write(self, text: str) -> None:
        # Whoever reads the lines may be gone (`bauta run | head`); the run goes on.
        try:
            self.stream.write(text)
            self.stream.flush()
        except (BrokenPipeError, ValueError):
            return
