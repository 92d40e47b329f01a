"""The canvas of a picture: its colours, heading, banner, legend and footnote, and the formats of files."""

import io
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import seaborn as sns
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from bauta.drawing.page import SCREEN, Page
from bauta.io.atomic import write_bytes
from bauta.io.infeasible import reason_instead

WIDTH = SCREEN.width
INK, MUTED, FAINT, ALARM = "#1f2328", "#59636e", "#d1d9e0", "#b3261e"
RC = {
    **sns.axes_style("ticks", {"axes.edgecolor": MUTED, "axes.labelcolor": INK, "text.color": INK}),
    **{"font.family": "DejaVu Sans", "axes.spines.top": False, "axes.spines.right": False},
    **{"xtick.color": MUTED, "ytick.color": MUTED, "savefig.facecolor": "white"},
    **{"grid.color": "#eef1f4", "grid.linewidth": 0.8, "axes.axisbelow": True, "legend.frameon": False},
    # A PDF embeds its fonts as TrueType, which journals ask for. Letters of an SVG are outlines, which look
    # the same where a font is missing. The salt keeps the names in an SVG the same.
    **{"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "bauta"},
}
SIZES = {"font.size": 9.0, "axes.titlesize": 9.0, "axes.labelsize": 9.5, "legend.fontsize": 8.5}
TICKS = {"xtick.labelsize": 9.0, "ytick.labelsize": 9.0}
BETWEEN = 0.07  # inches between axes and what is below them

METADATA: Mapping[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Creator": None, "Date": None},
    ".pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
"""Format of a picture → what matplotlib would write into it of itself and of the time."""

SUBSET = re.compile(rb"(?<=/BaseFont /)[A-Z]{6}(?=\+)|(?<=/FontName /)[A-Z]{6}(?=\+)")
"""The tag of an embedded part of a font in a PDF, which matplotlib draws anew in each process."""

CLIP = re.compile(rb'(?<=url\(#)p[0-9a-f]{10}(?=\))|(?<=<clipPath id=")p[0-9a-f]{10}(?=")')
"""The name of a clipping path in an SVG, which matplotlib makes of what changes from drawing to drawing."""


@contextmanager
def picture(
    paths: Path | str | Sequence[Path | str],
    title: str,
    subtitle: str,
    size: tuple[float, float],
    warning: str | None = None,
    *,
    page: Page = SCREEN,
    footnote: str = "",
    legend_columns: int = 0,
    legend_lines: int = 2,
    dense: bool = False,
    describe: Callable[[], Mapping[str, str]] | None = None,
) -> Iterator[Figure]:
    """Provide a figure with a heading, written atomically after the block has drawn into it.

    It is written to one or several paths, in the formats of their suffixes: PNG, SVG or PDF. Equal figures
    give equal files.

    The size is that of the block's own area in inches, without the text around it. The warning is the banner
    of failed controls. With `legend_columns`, the labels of the first axes become a legend below, column by
    column, of at most `legend_lines` lines; on a page with all legends below it is a single column, and
    labels that are blank are left out. The rows of a dense figure touch each other.

    A PNG gets the texts that `describe` returns once everything has its place.
    """
    width, height = size
    told, noted = (textwrap.wrap(text, page.characters(8.5, width)) for text in (subtitle, footnote))
    warned = textwrap.wrap(warning or "", page.characters(8.5, width, bold=True))
    titled = textwrap.wrap(title, page.characters(13, width, bold=True))
    strip = page.line * len(warned) + page.margin if warned else 0.0
    banner = strip + page.margin * 5 / 7 if warned else 0.0
    top = page.margin + page.heading * len(titled) + page.line * len(told) + banner + 0.03
    note = page.line * len(noted) + (page.margin if noted else 0.0)
    bottom = note + (BETWEEN + page.line * legend_lines if legend_columns and not page.below else 0.0)
    with rc_context(RC | {name: page.points(size) for name, size in {**SIZES, **TICKS}.items()}):
        pads: dict[str, Any] = {"h_pad": 0.01, "hspace": 0.0} if dense else {"h_pad": 0.06, "hspace": 0.02}
        layout = ConstrainedLayoutEngine(w_pad=0.1 if page is SCREEN else page.margin, **pads)
        figure = Figure(layout=layout)
        canvas = FigureCanvasAgg(figure)
        _extend(figure, layout, (width, height), bottom, top)
        yield figure
        height = figure.get_figheight() - bottom - top  # higher if a legend beside the axes needs it
        if legend_columns:
            handles = [
                (handle, label)
                for handle, label in zip(*figure.axes[0].get_legend_handles_labels(), strict=True)
                if label.strip() or not page.below
            ]
            columns = 1 if page.below else legend_columns
            figure.legend(*zip(*handles, strict=True), ncols=columns, loc="lower center", columnspacing=2.0)
        if page.below and figure.legends:
            legend = figure.legends[0].get_window_extent(canvas.get_renderer())
            bottom += BETWEEN + legend.height / figure.dpi
        whole = _extend(figure, layout, (width, height), bottom, top)
        for legend_below in figure.legends:
            legend_below.set_bbox_to_anchor((0.5, note / whole), figure.transFigure)
        small: dict[str, Any] = {"va": "top", "linespacing": 1.35, "color": MUTED}
        left, cursor = page.margin / width, whole - page.margin * 6 / 7
        if warned:
            place, cursor = (cursor - strip) / whole, cursor - banner
            box = Rectangle((0, place), 1, strip / whole, transform=figure.transFigure, color=ALARM, lw=0)
            figure.add_artist(box)
            bold: dict[str, Any] = {**small, "va": "center", "color": "white", "weight": "bold"}
            middle = place + strip / whole / 2
            figure.text(left, middle, "\n".join(warned), size=page.points(8.5), **bold)
        head: dict[str, Any] = {"size": page.points(13), "weight": "bold", "va": "top"}
        figure.text(left, cursor / whole, "\n".join(titled), **head)
        cursor -= page.heading * len(titled)
        figure.text(left, cursor / whole, "\n".join(told), size=page.points(8.5), **small)
        figure.text(left, note / whole, "\n".join(noted), size=page.points(8), **small)
        texts: Mapping[str, str] = {}
        if describe is not None:
            figure.draw_without_rendering()
            texts = describe()
        for path in [paths] if isinstance(paths, Path | str) else paths:
            write_bytes(path, _bytes_of(figure, Path(path).suffix, page, texts))
            figure.set_layout_engine("none")  # the layout of all formats is the first one's


def _extend(
    figure: Figure,
    layout: ConstrainedLayoutEngine,
    size: tuple[float, float],
    bottom: float,
    top: float,
) -> float:
    """Give a figure the height of its own area and of the text around it, and return it."""
    width, height = size
    whole = height + bottom + top
    figure.set_size_inches(width, whole)
    layout.set(rect=(0, bottom / whole, 1, height / whole))
    return whole


def _bytes_of(figure: Figure, suffix: str, page: Page, texts: Mapping[str, str]) -> bytes:
    """A figure in a format, without time stamps, names drawn at random, or versions of programs."""
    file = io.BytesIO()
    metadata = {**METADATA[suffix], **(texts if suffix == ".png" else {})}
    figure.savefig(file, format=suffix.removeprefix("."), dpi=page.dpi, metadata=metadata)
    if suffix == ".pdf":
        return _numbered(SUBSET, file.getvalue(), lambda number: b"AAAAA" + bytes([ord("A") + number % 26]))
    return _numbered(CLIP, file.getvalue(), b"clip%d".__mod__) if suffix == ".svg" else file.getvalue()


def _numbered(names: re.Pattern[bytes], file: bytes, name: Callable[[int], bytes]) -> bytes:
    """A file whose names are made of their numbers, in the order in which they appear."""
    known: dict[bytes, bytes] = {}
    return names.sub(lambda found: known.setdefault(found[0], name(len(known))), file)


def reason_picture(
    paths: Path | str | Sequence[Path | str], title: str, reason: str, page: Page = SCREEN
) -> None:
    """Draw the reason why there is nothing to draw."""
    with picture(paths, title, "There is nothing to draw.", (page.width, 1.4), page=page) as figure:
        axes = figure.add_subplot()
        axes.set_axis_off()
        text = "\n".join(textwrap.wrap(reason, int(page.characters(9) * 0.8)))
        axes.text(0.0, 1.0, text, transform=axes.transAxes, va="top", color=MUTED)


@contextmanager
def picture_or_reason(path: Path | str, title: str) -> Iterator[None]:
    """Let the block draw a picture; if that is infeasible, draw one with the reason below the same title."""
    with reason_instead(path, lambda reason: reason_picture(path, title, reason)):
        yield
