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
        if name not in self.state.files:
            self.send_error(404)
            return
        content = self.state.files[name]
        start = 0
        if self.headers.get("Range") and self.state.ranges:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        part = content[start:]
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
    """Files behind addresses; `breaks` answers end in the middle, `ranges` says if it can resume."""

    def __init__(self):
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
