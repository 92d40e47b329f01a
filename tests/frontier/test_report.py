from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from frontier_samples import CONFIG, run_measurements
from PIL import Image

from bauta.errors import DataError
from bauta.frontier.assemble import assemble, build_frontier
from bauta.frontier.page.write import write_report
from bauta.frontier.result import Frontier
from bauta.frontier.summary import summarize
from bauta.io.seal import write_sealed

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects text outside scripts, loads and titles, and insists on balanced tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.titles: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.loads += [
            value for name, value in attrs if name in ("src", "href", "srcset", "data") and value[:1] != "#"
        ]
        self.titles += [value for name, value in attrs if name == "title"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["script"], ["style"]):
            self.text += data


@pytest.fixture
def plots(tmp_path) -> Path:
    folder = tmp_path / "plots"
    folder.mkdir()
    for kind in ("frontier", "attackers"):
        Image.new("RGB", (40, 20), "white").save(folder / f"synthfaces-{kind}.png")
    return folder


def page(frontier: Frontier, plots: Path, tmp_path: Path) -> str:
    write_report(frontier, sorted(plots.iterdir()), tmp_path / "report.html")
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_contact_sheet_of_a_time_when_it_was_allowed_is_left_out(measured, plots, tmp_path):
    wanted = sorted(plots.iterdir())
    Image.new("RGB", (40, 20)).save(plots / "synthfaces-contact_sheet.png")
    frontier = assemble(measured, CONFIG, {"seed": 0})
    write_report(frontier, wanted, tmp_path / "report.html")
    assert len(Page((tmp_path / "report.html").read_text(encoding="utf-8")).loads) == len(wanted)


def test_the_page_is_complete_and_loads_nothing(measured, plots, tmp_path):
    text = page(assemble(measured, CONFIG, {"seed": 0}), plots, tmp_path)
    parsed = Page(text)
    assert len(parsed.loads) == 2
    assert all(load.startswith("data:image/webp;base64,") for load in parsed.loads)
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"
    assert policy in unescape(text)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    for expected in (
        "ksame_select k=5",
        "Knee of the frontier",
        "adaptive/dlib_resnet",
        "What it does not prove",
        "What no attack can exceed",
        "prototype (7 outputs): 0.070 of the probes, of all pictures of a person the bound is empty.",
    ):
        assert expected in parsed.text
    assert "CONTROLS FAILED" not in text


def test_nulls_are_dashes_with_the_reason(plots, tmp_path):
    parsed = Page(page(assemble(run_measurements(labelled=False), CONFIG, {}), plots, tmp_path))
    assert any("no expression labels" in title for title in parsed.titles)
    assert "no valid setting has both a privacy and a utility" in parsed.text


def test_the_page_is_the_same_each_time_and_escapes(measured, plots, tmp_path):
    frontier = assemble(measured, {**CONFIG, "run": "<b>&"}, {})
    first = page(frontier, plots, tmp_path)
    assert first == page(frontier, plots, tmp_path)
    assert "<b>&</b>" not in first
    assert "&lt;b&gt;&amp;" in first


def test_failed_controls_top_the_page_and_the_summary(measured, plots, tmp_path):
    frontier = assemble([one for one in measured if one.backend != "identity"], CONFIG, {})
    text = Page(page(frontier, plots, tmp_path)).text
    assert text.index("CONTROLS FAILED") < text.index("How much identity is left")
    assert summarize(frontier).startswith("CONTROLS FAILED")
    assert "identity FAILED" in summarize(frontier)


def test_the_summary_names_the_choice(measured):
    text = summarize(assemble(measured, CONFIG, {}), [Path("results/demo/report.html")])
    assert (
        "knee        ksame_select k=5         privacy 0.84 [0.79, 0.90]    utility 0.78 [0.71, 0.85]" in text
    )
    assert "identity passed, blackout passed" in text
    assert "results/demo/report.html" in text


def test_the_summary_says_what_no_attack_exceeds_and_where_the_bound_is_empty(measured):
    text = summarize(assemble(measured, CONFIG, {}))
    assert (
        "\n    blackout (1 output): 0.030 of the probes, 0.060 of the people by all their pictures\n" in text
    )
    assert (
        "prototype (7 outputs): 0.070 of the probes, of all pictures of a person the bound is empty" in text
    )
    assert "identity (" not in text
    bare = [one for one in measured if one.kind != "coverage"]
    assert "bounds  " not in summarize(assemble(bare, CONFIG, {}))


def test_the_summary_without_utility_lists_the_most_private():
    text = summarize(assemble(run_measurements(labelled=False), CONFIG, {}))
    assert "no utility on this dataset" in text
    assert text.index("ksame k=10") < text.index("ksame_select k=5") < text.index("ksame k=5 ")


def test_build_frontier_writes_everything(measured, tmp_path):
    few = [one for one in measured if one.backend in ("original", "identity", "blackout", "ksame")]
    files = []
    for index, one in enumerate(few):
        files.append(tmp_path / "measurements" / f"{index}.json")
        one.write(files[-1])
    out = tmp_path / "out"
    frontier = build_frontier(
        files,
        CONFIG,
        table=out / "frontier.csv",
        attacks=out / "attacks.csv",
        soft=out / "soft.csv",
        teachers=out / "teachers.csv",
        significance=out / "significance.csv",
        training=out / "training.csv",
        metrics=out / "metrics.json",
        repository=tmp_path,
    )
    assert Frontier.read(out / "metrics.json") == frontier
    assert len(pd.read_csv(out / "frontier.csv")) == 5
    assert frontier.provenance["git"]["commit"] is None


def test_a_file_that_is_no_measurement_is_named(tmp_path):
    write_sealed(tmp_path / "x.json", {"kind": "attack"})
    with pytest.raises(DataError, match=r"x.json: not a measurement \(dataset: Field required\)"):
        build_frontier(
            [tmp_path / "x.json"],
            CONFIG,
            table=tmp_path / "t",
            attacks=tmp_path / "a",
            soft=tmp_path / "s",
            teachers=tmp_path / "e",
            significance=tmp_path / "i",
            training=tmp_path / "t",
            metrics=tmp_path / "m",
        )


def test_a_file_that_is_no_result_is_named(tmp_path):
    write_sealed(tmp_path / "metrics.json", {"run": "a"})
    with pytest.raises(DataError, match=r"metrics.json: not a run's result \(privacy_axis: Field required\)"):
        Frontier.read(tmp_path / "metrics.json")
