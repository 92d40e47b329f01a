"""What a picture is drawn for: a screen, or a column of a paper."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

DIGIT = 0.64
"""Width of a digit, relative to the size of the letters."""
SQUARE = 0.79
"""Width of a square panel, relative to that of a panel with the labels beside it."""


@dataclass(frozen=True)
class Page:
    """Sizes of a picture. Lengths are in inches, letters in typographic points.

    Attributes:
        width: Width of a picture.
        dpi: Resolution of a PNG.
        letters: Smallest and largest letters; sizes in between are `smaller` than on a screen.
        smaller: Likewise.
        square: Height of axes of privacy and utility.
        rows: Height of a row or panel, relative to that on a screen.
        marks: Size of a marker, relative to that on a screen.
        panels: Number of panels side by side.
        below: Whether legends are below the axes instead of beside them, and long labels wrapped.
        margin: Between the text and the edges.
        heading: Height of a line of the heading.
        line: Height of a line of small text.
    """

    width: float
    dpi: int
    letters: tuple[float, float]
    smaller: float
    square: float
    rows: float
    marks: float
    panels: int
    below: bool
    margin: float
    heading: float
    line: float

    def points(self, size: float) -> float:
        """The size of letters that are `size` on a screen."""
        least, greatest = self.letters
        return min(max(size - self.smaller, least), greatest)

    def characters(self, size: float, width: float | None = None, *, bold: bool = False) -> int:
        """How many letters that are `size` on a screen fit into a line."""
        inches = (self.width if width is None else width) - 2 * self.margin
        return int(inches * (115 if bold else 136) / self.points(size))

    def row(self, height: float, lines: int) -> float:
        """The height of a row that is `height` on a screen; where labels are wrapped, its name fits in."""
        return max(height * self.rows, 0.85 * self.line * lines) if self.below else height

    def number(self, size: float, digits: int, cells: int) -> float:
        """The size of numbers that are `size` on a screen, or smaller where they are wider than their cell.

        Args:
            size: Their size on a screen.
            digits: Digits of the longest one.
            cells: Cells beside each other in a panel.
        """
        cell = 72 * SQUARE * self.width / self.panels / cells
        return min(self.points(size), cell / (DIGIT * digits))

    def wrapped(self, text: str, characters: int) -> str:
        """A text in lines of at most so many characters where labels are wrapped; else as it is."""
        if not self.below:
            return text
        return "\n".join(part for line in text.split("\n") for part in textwrap.wrap(line, characters))


SCREEN = Page(
    width=9.4,  # fits a laptop
    dpi=150,
    letters=(0.0, 99.0),
    smaller=0.0,
    square=5.6,
    rows=1.0,
    marks=1.0,
    panels=4,
    below=False,
    margin=0.14,
    heading=0.27,
    line=0.19,
)
PAPER = Page(
    width=3.4,  # a column of the usual two
    dpi=300,
    letters=(7.0, 8.0),
    smaller=1.5,
    square=3.0,
    rows=0.72,
    marks=0.63,
    panels=2,
    below=True,
    margin=0.04,
    heading=0.16,
    line=0.15,
)
PAGES: Mapping[str, Page] = {"screen": SCREEN, "paper": PAPER}
"""By `frontier.style`."""
