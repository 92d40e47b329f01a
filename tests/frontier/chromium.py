"""A real Chromium for tests of pages: Debian's, driven by Playwright, without a network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """The path of a Chromium on this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(
    executable() is None, reason="no Chromium: apt-get install --no-install-recommends chromium"
)


class Watch:
    """What a page did: requests, messages of the console, and errors."""

    def __init__(self, page: Any) -> None:
        self.requests: list[str] = []
        self.messages: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium that can reach nothing."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=[*sandbox, *offline])
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def page_of(path: Path, opened: Any = None, ready: bool = True, **context: Any) -> Iterator[Any]:
    """A page from a file once its script has started, with what it did as `page.watch`."""
    if opened is None:
        with browser() as own, page_of(path, own, ready, **context) as page:
            yield page
        return
    made = opened.new_context(**context)
    try:
        page = made.new_page()
        page.watch = Watch(page)
        page.goto(path.as_uri())
        if ready:
            page.wait_for_selector("html[data-ready]", timeout=60_000)
        yield page
    finally:
        made.close()
