"""A registry of small files, and a server on this machine that has them."""

import hashlib
import threading
from collections import Counter
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bauta.models.card import InputContract, ModelCard
from bauta.models.pins import Pins
from bauta.models.store import ModelStore

INPUT = InputContract(size=(8, 8), channels="rgb", range="x", alignment="none")


def make_card(content=b"", **changes):
    """Card of a file with this content, research only, without an address."""
    values = {
        "file": "weights.bin",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "licence": "for research",
        "research_only": True,
        "source": "https://example.org/weights",
        "input": INPUT,
    }
    return ModelCard.model_validate(values | changes)


@pytest.fixture
def store(tmp_path):
    """A store with a folder, a cache and a lock file below the test's folder; it may download."""
    (tmp_path / "folder").mkdir()
    return ModelStore(
        folder=tmp_path / "folder",
        cache=tmp_path / "cache",
        download=True,
        pins=Pins(tmp_path / "models.lock.yaml"),
    )


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, state, *args):
        self.state = state
        super().__init__(*args)

    def do_GET(self):
        name = self.path.lstrip("/")
        self.state.requests.append((name, self.headers.get("Range")))
        self.state.seen[name] += 1
        if name in self.state.redirects:
            self.send_response(302)
            self.send_header("Location", self.state.redirects[name])
            self.end_headers()
            return
        if name not in self.state.files:
            self.send_error(404)
            return
        content = self.state.files[name]
        start, tag = 0, f'"{hashlib.md5(content).hexdigest()}"'
        same = not self.state.knows_if_range or self.headers.get("If-Range") == tag
        if self.headers.get("Range") and self.state.ranges and same:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        part = content[start:]
        if self.state.tags:
            self.send_header("ETag", tag)
        if self.state.lengths:
            self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        # Breaks off in the middle as often as the test asks for.
        if self.state.breaks > 0:
            self.state.breaks -= 1
            part = part[: len(part) // 2]
        self.wfile.write(part)

    def log_message(self, *args):
        pass


class Server:
    """Files behind addresses, and redirects from some to others.

    `breaks` answers end in the middle; `ranges`, `knows_if_range`, `tags` and `lengths` say what it can.
    """

    def __init__(self):
        self.redirects = {}
        self.knows_if_range = True
        self.tags = True
        self.lengths = True
        self.files = {}
        self.requests = []
        self.seen = Counter()
        self.breaks = 0
        self.ranges = True
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.http.server_address[1]}/{name}"


@pytest.fixture
def server():
    """A web server on this machine."""
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()
