"""The page about the models says what the registries say."""

from pathlib import Path

from bauta.cli.document_models import PAGE, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_registries_generate():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run `make config`"
