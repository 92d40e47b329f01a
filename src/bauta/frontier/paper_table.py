"""The table of a paper as LaTeX and Markdown: a row for each setting, and the columns that a paper shows."""

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product

from bauta.frontier.result import Frontier, SettingResult, banner
from bauta.measurement import Value

HEADINGS = {
    "privacy": "Privacy",
    "worst_top1": "Top-1",
    "worst_top1_pooled": "Top-1, pooled",
    "bound_top1": "Bound",
    "utility": "Utility",
    "coverage": "Coverage",
}
"""Column of `frontier.csv` → its heading; before them, dataset, anonymizer and setting."""

NAMES = ("Dataset", "Anonymizer", "Setting")
DASH, MINUS, ELLIPSIS = "–", "−", "…"

NOTES = (
    "Values with 95 % intervals. Top-1: the strongest attacker with one picture, and with all of a person "
    "(pooled). Bound: no attack but reverse names more from one picture.",
)
NOT_VALID = "* Not valid: the notes in frontier.csv say why."

LATEX = {
    **{letter: f"\\{letter}" for letter in "#$%&_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''"},
    **{"`": r"\textasciigrave{}", "'": r"\textquotesingle{}"},
    **{DASH: "--", "—": "---", MINUS: "$-$", ELLIPSIS: r"\ldots{}", "·": r"$\cdot$", "×": r"$\times$"},
    **{"κ": r"$\kappa$", "≤": r"$\le$", "≥": r"$\ge$", "±": r"$\pm$", "→": r"$\to$", "’": "'"},
}
"""Character → how LaTeX prints it, whatever the engine and the encoding of its fonts."""
DASHES = re.compile(r"-(?=-)")
"""Hyphens that LaTeX would join to a dash."""
MARKDOWN = r"\`*_{}[]()<>#+!|~$&"
"""Characters that are printed as they are after a backslash."""

PREAMBLE = r"% Needs \usepackage{booktabs}; \input this file where the table is to be."


@dataclass(frozen=True)
class _Cell:
    """A text and the marks of its notes, unescaped."""

    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Table:
    """What both formats show: blocks of rows, one for each dataset, and what is below them."""

    blocks: tuple[tuple[tuple[_Cell, ...], ...], ...]
    reasons: dict[str, str]
    notes: tuple[str, ...]
    warning: str | None


def latex(frontier: Frontier) -> str:
    """The table as a LaTeX `tabular` with the rules of booktabs, and its notes below."""
    table = _table(frontier)
    lines = [PREAMBLE]
    if table.warning:
        lines.append(rf"\textbf{{{escape_latex(table.warning)}}}\par\medskip")
    lines += [r"\begin{tabular}{lll" + "l" * len(HEADINGS) + "}", r"\toprule"]
    lines.append(_latex_row([_Cell(name) for name in (*NAMES, *HEADINGS.values())]))
    for block in table.blocks:
        lines += [r"\midrule", *map(_latex_row, block)]
    lines += [r"\bottomrule", r"\end{tabular}"]
    notes = [*map(escape_latex, table.notes)]
    notes += [rf"\textsuperscript{{{mark}}} {escape_latex(why)}" for mark, why in table.reasons.items()]
    lines += [r"\par\smallskip", r"{\footnotesize", *(rf"{note}\par" for note in notes), "}"]
    return "\n".join(lines) + "\n"


def markdown(frontier: Frontier) -> str:
    """The table in Markdown, with its notes below."""
    table = _table(frontier)
    lines = [f"**{escape_markdown(table.warning)}**", ""] if table.warning else []
    lines.append(_markdown_row([_Cell(name) for name in (*NAMES, *HEADINGS.values())]))
    lines.append("|" + " --- |" * (len(NAMES) + len(HEADINGS)))
    lines += [_markdown_row(row) for block in table.blocks for row in block]
    notes = [*map(escape_markdown, table.notes)]
    notes += [f"<sup>{mark}</sup> {escape_markdown(why)}" for mark, why in table.reasons.items()]
    for note in notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def escape_latex(text: str) -> str:
    """A text that LaTeX prints as it is, in one line."""
    parts = DASHES.split(_one_line(text))
    return "-{}".join("".join(LATEX.get(letter, letter) for letter in part) for part in parts)


def escape_markdown(text: str) -> str:
    """A text that Markdown prints as it is, in one line and one cell."""
    return "".join(f"\\{letter}" if letter in MARKDOWN else letter for letter in _one_line(text))


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _table(frontier: Frontier) -> _Table:
    marks: dict[str, str] = {}
    letters = _letters()

    def mark(why: str) -> str:
        if why not in marks:
            marks[why] = next(letters)
        return marks[why]

    def cell(row: SettingResult, column: str) -> _Cell:
        value = row.values.get(column, Value.missing(row.infeasible or "not measured"))
        if value.value is None:
            return _Cell(DASH, (mark(row.infeasible or value.reason or "not measured"),))
        return _Cell(_number(value))

    blocks, invalid = [], False
    for dataset in frontier.datasets:
        rows = []
        for row in dataset.rows:
            doubtful = not row.valid and row.infeasible is None
            invalid |= doubtful
            names = (_Cell(row.dataset), _Cell(row.backend, ("*",) * doubtful), _Cell(row.setting))
            rows.append((*names, *(cell(row, column) for column in HEADINGS)))
        blocks.append(tuple(rows))
    axes = f"Privacy: {frontier.privacy_axis}. Utility: {frontier.utility_name}."
    notes = (*NOTES, axes, *((NOT_VALID,) if invalid else ()))
    reasons = {letter: why for why, letter in marks.items()}
    return _Table(tuple(blocks), reasons, notes, banner(frontier.failed_controls()))


def _letters() -> Iterator[str]:
    """The marks of notes: a to z, then aa, ab and so on."""
    for length in count(1):
        yield from map("".join, product(string.ascii_lowercase, repeat=length))


def _number(value: Value) -> str:
    """`0.84 [0.78, 0.90]`, with a minus sign instead of a hyphen."""
    ends = (value.value, value.low, value.high)
    shown = [f"{end:.2f}".replace("-", MINUS) for end in ends if end is not None]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]" if len(shown) == len(ends) else shown[0]


def _latex_row(cells: Sequence[_Cell]) -> str:
    marked = (
        escape_latex(cell.text) + "".join(rf"\textsuperscript{{{escape_latex(mark)}}}" for mark in cell.marks)
        for cell in cells
    )
    return " & ".join(marked) + r" \\"


def _markdown_row(cells: Sequence[_Cell]) -> str:
    marked = (
        escape_markdown(cell.text) + "".join(f"<sup>{escape_markdown(mark)}</sup>" for mark in cell.marks)
        for cell in cells
    )
    return "| " + " | ".join(marked) + " |"
