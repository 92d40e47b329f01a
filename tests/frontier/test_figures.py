"""Figures for papers: each plot in several formats and two styles, and its data."""

import re

import numpy as np
import pandas as pd
import pytest
from frontier_samples import CONFIG, expression, run_measurements, with_suites
from matplotlib.figure import Figure
from PIL import Image

from bauta.config.limits import Limits
from bauta.drawing.page import PAPER, SCREEN
from bauta.errors import DataError
from bauta.frontier.assemble import assemble
from bauta.frontier.plots.data import write_data
from bauta.frontier.plots.pictures import PICTURES, draw_figure
from bauta.measurement import Value

FEW = ("identity", "blackout", "prototype", "ksame", "original")
FORMATS = ("png", "svg", "pdf")


@pytest.fixture(scope="module")
def few():
    measured = with_suites([one for one in run_measurements() if one.backend in FEW])
    return [*measured, expression("synthfaces", "ksame", "k=2", 0.75, model="resnet18_both")]


def draw(few, folder, kind, page=SCREEN, frontier=None):
    """The files of a figure by suffix."""
    files = {suffix: folder / f"{kind}.{suffix}" for suffix in (*FORMATS, "csv")}
    frontier = frontier or assemble(few, CONFIG, {})
    paths = [files[suffix] for suffix in FORMATS]
    draw_figure(kind, frontier, "synthfaces", paths, data=files["csv"], measurements=few, page=page)
    return files


@pytest.fixture
def letters(monkeypatch):
    """Sizes of the letters of every figure that is written, in points."""
    sizes, save = [], Figure.savefig

    def seen(figure, *args, **options):
        texts = figure.findobj(lambda artist: hasattr(artist, "get_fontsize") and artist.get_text().strip())
        sizes.extend(text.get_fontsize() for text in texts if text.get_visible())
        save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", seen)
    return sizes


@pytest.mark.parametrize("kind", list(PICTURES))
def test_a_figure_of_a_paper_is_a_column_wide_and_readable(few, tmp_path, letters, kind):
    files = draw(few, tmp_path, kind, PAPER)
    with Image.open(files["png"]) as image:
        assert image.width == round(3.4 * 300)
        pixels = np.asarray(image.convert("L"))
    edges = (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:])
    assert all((edge == 255).all() for edge in edges), "cut off"
    assert 0.005 < (pixels < 200).mean() < 0.6
    assert letters
    assert 7 <= min(letters) <= max(letters) <= 8
    assert all(files[suffix].stat().st_size > 5_000 for suffix in FORMATS)


@pytest.mark.parametrize("kind", list(PICTURES))
def test_both_styles_show_the_same(few, tmp_path, kind):
    (tmp_path / "screen").mkdir()
    screen, paper = draw(few, tmp_path / "screen", kind), draw(few, tmp_path, kind, PAPER)
    assert screen["csv"].read_bytes() == paper["csv"].read_bytes()
    assert screen["png"].read_bytes() != paper["png"].read_bytes()


@pytest.mark.parametrize("kind", list(PICTURES))
def test_no_figure_holds_an_image(few, tmp_path, kind):
    """So it is sharp at any size, and shows nobody's face."""
    files = draw(few, tmp_path, kind)
    assert b"<image" not in files["svg"].read_bytes()
    assert b"/Subtype /Image" not in files["pdf"].read_bytes()


def test_the_data_of_the_frontier_are_its_points(few, tmp_path):
    frontier = assemble(few, CONFIG, {})
    data = pd.read_csv(draw(few, tmp_path, "frontier")["csv"])
    rows = {row.label: row for row in frontier.datasets[0].rows}
    assert list(data["backend"] + " " + data["setting"]) == [
        f"{row.backend} {row.setting}" for row in rows.values()
    ]
    for column in ("privacy", "utility"):
        values = [row.values[column] for row in rows.values()]
        assert data[column].to_numpy() == pytest.approx([one.value for one in values], rel=1e-5)
        assert data[f"{column}_lo"].to_numpy() == pytest.approx([one.low for one in values], rel=1e-5)
    assert list(data["pareto"]) == [row.pareto for row in rows.values()]
    assert data["floor"].notna().sum() == 5, "blackout, prototype, and three of k-Same have a bound"
    assert data["hypervolume"].nunique() == 1


def test_the_data_of_the_attackers_have_every_attack(few, tmp_path):
    data = pd.read_csv(draw(few, tmp_path, "attackers")["csv"]).set_index(["backend", "setting"])
    row = data.loc["ksame", "k=5"]
    assert row["dlib_resnet/naive_top1"] == pytest.approx(0.14)
    assert row["dlib_resnet/adaptive_top1"] == pytest.approx(0.19)
    assert row["bound_top1"] == pytest.approx(0.2)
    assert row["chance_top1"] == pytest.approx(0.025)


def test_the_data_of_the_panels_are_what_was_measured(few, tmp_path):
    attack = next(one for one in few if one.kind == "attack" and one.setting == "k=5")
    data = pd.read_csv(draw(few, tmp_path, "similarity")["csv"])
    assert not data.duplicated().any()
    own = data.query("setting == 'k=5' and protocol == 'parrot' and pairs == 'genuine'")
    counts = np.array(attack.curves["parrot"]["genuine"])
    assert own["share"].to_numpy() == pytest.approx(counts[counts > 0] / counts.max(), rel=1e-5)
    assert own["low"].to_numpy() == pytest.approx(
        np.array(attack.curves["parrot"]["bin_edges"])[:-1][counts > 0]
    )

    read = next(
        one for one in few if one.kind == "expression" and one.setting == "k=5" and one.model == "resnet18"
    )
    data = pd.read_csv(draw(few, tmp_path, "confusion")["csv"])
    own = data[data["setting"] == "k=5"].pivot(index="expression", columns="read_as", values="faces")
    classes = read.curves["classes"]
    assert own.loc[classes, classes].to_numpy().tolist() == read.curves["confusion_after"]
    assert set(data["backend"]) == {*FEW}

    data = pd.read_csv(draw(few, tmp_path, "strength")["csv"])
    suite = next(one for one in few if one.kind == "suite" and one.setting == "k=5")
    own = data[data["setting"] == "k=5"]
    assert own["value"].to_numpy() == pytest.approx([one["value"] for one in suite.curves["strength"]])

    data = pd.read_csv(draw(few, tmp_path, "readers")["csv"])
    assert list(data["utility_reader_both"]) == [0.75]


def test_an_infeasible_figure_has_its_reason_in_every_file(few, tmp_path):
    nobody = {"synthfaces": Limits(identities="the photographs name nobody")}
    faces = [one for one in few if one.kind in ("expression", "realism", "coverage", "audit")]
    found = assemble(faces, CONFIG, {}, nobody)
    files = draw(faces, tmp_path, "attackers", PAPER, found)
    assert files["csv"].read_text() == "reason\nthe photographs name nobody\n"
    assert all(files[suffix].stat().st_size > 1_000 for suffix in FORMATS)
    alone = pd.read_csv(draw(faces, tmp_path, "frontier", PAPER, found)["csv"])
    assert "utility" in alone
    assert "privacy" not in alone


def test_a_figure_that_cannot_be_drawn_leaves_no_file(few, tmp_path):
    with pytest.raises(DataError, match="run the"):
        draw([], tmp_path, "similarity", frontier=assemble(few, CONFIG, {}))
    assert not list(tmp_path.iterdir())


def test_long_names_stay_on_the_page(few, tmp_path):
    """A grid over two options has names of two lines, which are wrapped once more."""
    grid = iter(
        [f"lambda_id={one},lambda_expr={other},steps=160" for one in (0.0, 4.0) for other in (0.0, 1.0)]
    )
    names = {one.setting: None for one in few if one.backend == "ksame"}
    names = dict(zip(names, grid, strict=False))
    renamed = [
        one.model_copy(update={"backend": "cgan_trained", "setting": names[one.setting]})
        if one.backend == "ksame"
        else one
        for one in few
    ]
    for kind in PICTURES:
        with Image.open(draw(renamed, tmp_path, kind, PAPER)["png"]) as image:
            pixels = np.asarray(image.convert("L"))
        assert all((edge == 255).all() for edge in (pixels[:, :4], pixels[:, -4:])), kind


def test_missing_values_and_formulas_in_the_data(tmp_path):
    frame = pd.DataFrame({"setting": ["=1+1", "k=2"], "value": [None, 0.5], "valid": [True, False]})
    write_data(frame, tmp_path / "data.csv")
    assert (tmp_path / "data.csv").read_text() == "setting,value,valid\n'=1+1,,true\nk=2,0.5,false\n"


def test_the_opinion_of_a_teacher_that_does_not_judge_is_among_the_data(few, tmp_path):
    (found,) = (frontier := assemble(few, CONFIG, {})).datasets
    rows = list(found.rows)
    place = next(index for index, row in enumerate(rows) if row.setting == "k=2")
    rows[place] = rows[place].model_copy(
        update={"partial": {"vgg": "saw it"}, "by_teacher": {"vgg": {"utility": Value(value=0.75)}}}
    )
    frontier = frontier.model_copy(update={"datasets": (found.model_copy(update={"rows": tuple(rows)}),)})
    data = pd.read_csv(draw(few, tmp_path, "frontier", frontier=frontier)["csv"])
    assert list(data["vgg/utility"].dropna()) == [0.75]
    assert not re.search("vgg", draw(few, tmp_path, "frontier")["csv"].read_text())
