"""The formats of a picture, and the pages that it is drawn for."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.patches import Circle
from PIL import Image

from bauta.config.frontier import Frontier
from bauta.drawing.canvas import picture, reason_picture
from bauta.drawing.page import PAGES, PAPER, SCREEN

FORMATS = ("png", "svg", "pdf")
DRAW = """
import sys
from bauta.drawing.canvas import picture
from bauta.drawing.page import PAPER

paths = [f"{sys.argv[1]}/picture.{suffix}" for suffix in ("png", "svg", "pdf")]
with picture(paths, "Title", "Subtitle → κ", (3.4, 2.0), page=PAPER, legend_columns=2) as figure:
    axes = figure.add_subplot()
    axes.plot([0, 1], [1, 0], label="the line", marker="$[$")
    axes.fill_between([0, 1], [1, 0], alpha=0.2, hatch="/")
"""


def drawn(folder, seed):
    """The files of a picture that a process of its own draws, by format."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": seed}
    subprocess.run([sys.executable, "-c", DRAW, folder], env=environment, check=True)
    return {suffix: (folder / f"picture.{suffix}").read_bytes() for suffix in FORMATS}


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    return [drawn(folder / seed, seed) for seed in ("1", "2")]


@pytest.mark.parametrize("suffix", FORMATS)
def test_equal_pictures_are_equal_files_in_every_process(twice, suffix):
    assert twice[0][suffix] == twice[1][suffix]


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_file_says_when_or_with_what_it_was_drawn(twice, suffix):
    for said in (b"Date", b"Matplotlib v", b"Matplotlib pdf", b"dc:date", b"Software"):
        assert said not in twice[0][suffix]


def test_a_pdf_embeds_its_fonts_as_truetype(twice):
    """Of each font a descriptor with a file, and no font that is drawn glyph by glyph (Type 3)."""
    pdf = twice[0]["pdf"]
    fonts = re.findall(rb"/BaseFont /(\S+)", pdf)
    assert len(fonts) >= 2
    assert all(re.fullmatch(rb"AAAAA[A-Z]\+DejaVuSans(-Bold)?", font) for font in fonts)
    assert b"/Type3" not in pdf
    descriptors = re.findall(rb"/Type /FontDescriptor.*?>>", pdf, re.DOTALL)
    assert descriptors
    assert all(b"/FontFile2" in one for one in descriptors)


def test_an_svg_needs_no_font(twice):
    svg = twice[0]["svg"].decode()
    assert "<text" not in svg
    assert "font-family" not in svg
    assert '<use xlink:href="#DejaVuSans' in svg


def test_the_page_gives_width_and_resolution(twice, tmp_path):
    (tmp_path / "one.png").write_bytes(twice[0]["png"])
    with Image.open(tmp_path / "one.png") as image:
        assert image.width == round(3.4 * 300)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    width = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ", twice[0]["pdf"])
    assert float(width[1]) == pytest.approx(3.4 * 72, abs=0.01)


def test_letters_of_a_paper_are_of_seven_to_eight_points():
    assert {PAPER.points(size / 2) for size in range(10, 40)} <= {7 + half / 2 for half in range(3)}
    assert [SCREEN.points(size) for size in (6.5, 13)] == [6.5, 13]


def test_every_style_of_the_configuration_is_a_page():
    assert set(PAGES) == set(get_args(Frontier.model_fields["style"].annotation))


def test_long_numbers_become_smaller_than_their_cell():
    assert PAPER.number(7, 2, 7) == 7
    cell = 72 * 0.79 * PAPER.width / PAPER.panels / 7
    assert PAPER.number(7, 5, 7) * 0.64 * 5 == pytest.approx(cell)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_reason_is_drawn_in_every_format(tmp_path, page):
    paths = [tmp_path / f"reason.{suffix}" for suffix in FORMATS]
    reason_picture(paths, "one: frontier", "nobody is known on this dataset " * 5, page)
    with Image.open(paths[0]) as image:
        assert image.width == pytest.approx(page.width * page.dpi, abs=1)
    assert all(path.stat().st_size > 1000 for path in paths)


def test_a_failed_format_leaves_no_file_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("bauta.drawing.canvas.METADATA", {".png": {}})
    with (
        pytest.raises(KeyError),
        picture([tmp_path / "one.png", Path(tmp_path / "one.pdf")], "a", "b", (3.0, 1.0)),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


def test_an_svg_does_not_tell_how_matplotlib_counts_clipping_paths(tmp_path, monkeypatch):
    """It makes their names of numbers that change from drawing to drawing."""
    numbers = iter((3, 7, 1, 4))
    monkeypatch.setattr(RendererSVG, "_get_clippath_id", lambda *_: next(numbers))
    paths = [tmp_path / f"{number}.svg" for number in range(2)]
    for path in paths:
        with picture(path, "Title", "Subtitle", (8.0, 4.0)) as figure:
            for axes in figure.subplots(2):
                (line,) = axes.plot([0, 1])
                line.set_clip_path(Circle((0, 0), 0.5, transform=axes.transData))
    assert next(numbers, None) is None
    assert paths[0].read_bytes() == paths[1].read_bytes()
    names = re.findall(rb'<clipPath id="(\w+)"', paths[0].read_bytes())
    assert len(set(names)) == len(names) == 2
    assert all(b"url(#" + name + b")" in paths[0].read_bytes() for name in names)
