"""The README and the pages are true: their commands, files and links exist."""

import re
from pathlib import Path

import pytest
import yaml

from bauta.anonymize import ANONYMIZERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples/plugin/README.md"]

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)")
OF_THE_READER = ("config/mine.yaml",)
"""A file that a page lets its reader write."""

SCREEN_AND_A_HALF = 90
"""Lines."""


def anchors(path):
    """The anchors of a page's headings, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "") for title in titles)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in plain}


def test_it_is_short():
    assert len(README.splitlines()) <= SCREEN_AND_A_HALF


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"^(?:\| `)?make ([a-z-]+)", page.read_text(), flags=re.MULTILINE))
        assert named <= targets, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page):
    for name, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{name} does not exist"
        if anchor and target.suffix == ".md":
            assert anchor[1:] in anchors(target), f"{name} has no {anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_named_file_exists(page):
    named = re.findall(r"`((?:src|config|benchmarks|docs_tools)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    written = re.findall(r'title="([^"]+)"', page.read_text(encoding="utf-8"))
    missing = {name for name in named if not (ROOT / name).exists()}
    assert missing - {*OF_THE_READER, *written} == set()


def test_the_page_on_the_cluster_knows_the_profile():
    keys = set(yaml.safe_load((ROOT / "slurm/config.yaml").read_text()))
    assert {"groups", "group-components", "resources"} <= keys


def test_every_anonymizer_is_described():
    page = (ROOT / "docs/own_images.md").read_text()
    assert all(f"`{name}`" in page for name in ANONYMIZERS)


def test_the_site_has_every_page_of_the_readme():
    """Its table leads to all pages that a reader begins with."""
    linked = {name for name, _ in LINK.findall(README)}
    begun = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    deeper = {
        "ablations",
        "index",
        "api",
        "protocols",
        "preservation",
        "avatar",
        "cgan",
        "generators",
        "training",
    }
    assert begun - linked == {f"docs/{name}.md" for name in deeper}
