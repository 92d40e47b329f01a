"""The documentation site builds without a warning, loads nothing from elsewhere, and is current."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from bauta.cli import document_commands, document_configuration

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

LOADING = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "video": "src"}
"""Tags that load something → the attribute that says what."""

LOOSE = re.compile(r"<p>[^<]*\n(?:[-*]|\d+\.) ")
"""A list that Markdown took for a paragraph, as no empty line is above it."""


class Loaded(HTMLParser):
    """What a page loads."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "link" and found.get("rel") in ("canonical", "next", "prev"):
            return
        if address := found.get(LOADING.get(tag, "")):
            self.addresses.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stderr
    return folder


@pytest.mark.slow
def test_tables_of_a_notebook_scroll_like_all_others(site):
    """The theme lets tables without a class scroll; others make the page wider than a screen."""
    page = (site / "notebooks/verdict.html").read_text(encoding="utf-8")
    assert "<table>" in page
    assert 'class="dataframe"' not in page


@pytest.mark.slow
def test_every_page_is_on_the_site_and_loads_nothing_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    written = [page.relative_to(DOCS).with_suffix(".html") for page in DOCS.rglob("*.md")]
    expected = [page.with_name("index.html") if page.stem == "README" else page for page in written]
    assert [page for page in expected if not (site / page).is_file()] == []
    for page in pages:
        reader = Loaded()
        reader.feed(page.read_text(encoding="utf-8"))
        outside = [address for address in reader.addresses if re.match(r"(https?:)?//", address)]
        assert outside == [], f"{page.relative_to(site)} loads {outside[0]}"


@pytest.mark.slow
def test_no_list_became_a_paragraph(site):
    bad = {
        page.relative_to(site).as_posix(): found[0][-80:]
        for page in site.rglob("*.html")
        if (found := LOOSE.search(page.read_text(encoding="utf-8")))
    }
    assert bad == {}


@pytest.mark.slow
def test_a_page_shows_a_file_that_lies_outside_the_documentation(site):
    shown = (site / "files/slurm/partitions.yaml.html").read_text(encoding="utf-8")
    assert "partitions" in shown
    assert 'href="files/slurm/partitions.yaml.html"' in (site / "slurm.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("part", [document_commands, document_configuration], ids=lambda part: part.PAGE.stem)
def test_generated_pages_are_current(part):
    assert (ROOT / part.PAGE).read_text(encoding="utf-8") == part.page(), "run `make config`"


def test_the_page_of_the_configuration_has_every_key():
    page = document_configuration.page()
    keys = yaml.safe_load((ROOT / "config.yaml").read_text())
    for key, value in keys.items():
        if key in ("datasets", "anonymizers"):
            continue
        for name in [f"{key}.{below}" for below in value] if isinstance(value, dict) else [key]:
            assert f"| `{name}" in page


def test_the_page_of_the_commands_names_their_options():
    page = document_commands.page()
    for text in ("## bauta score", "`--labels FILE`", "## bauta export croissant", "[default: 24]"):
        assert text in page
