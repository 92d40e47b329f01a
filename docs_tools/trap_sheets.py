"""Draws a picture for each trap of `docs/traps.md`, a sheet for each of its tables.

python docs_tools/trap_sheets.py
"""

import re

from svg import FIGURES
from traps import identity, others  # noqa: F401 - they register the pictures
from traps.panels import sheet

PAGE = FIGURES.parent / "traps.md"


def sections() -> dict[str, list[int]]:
    """Return the name of each section's sheet, and the numbers of its traps in the order of the page."""
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = {}
    for part in parts:
        numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", part, flags=re.MULTILINE)]
        found[re.sub(r"\W+", "-", part.partition("\n")[0].lower())] = numbers
    return found


def main() -> None:
    """Draw all sheets."""
    for name, numbers in sections().items():
        sheet(name, numbers)


if __name__ == "__main__":
    main()
