"""A server of the live page, on the loopback interface and under an address that cannot be guessed.

Other users of the machine can reach its loopback interface, and so can pages in the user's own browser, so
the address has a secret, and requests that call the server by another name are refused (DNS rebinding).
"""

import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import Any

from bauta.errors import ConfigError
from bauta.workflow.live.results import LiveResults

LOOPBACK = "127.0.0.1"
TYPES = {"": "text/html; charset=utf-8", "report": "text/html; charset=utf-8", "state": "application/json"}
"""Places below the secret → what is there."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'self'",
}


@contextmanager
def serving(results: LiveResults, port: int = 0) -> Iterator[str]:
    """Serve the page while the block runs, and provide its address.

    Args:
        results: What it shows.
        port: The port; 0 stands for any that is free.

    Raises:
        ConfigError: the port cannot be used.
    """
    secret = secrets.token_urlsafe(16)
    content: dict[str, Callable[[], bytes]] = {
        "": lambda: files("bauta.workflow.live").joinpath("page.html").read_bytes(),
        "report": results.page,
        "state": lambda: json.dumps(asdict(results.so_far())).encode(),
    }
    pages = {f"/{secret}/{name}": (TYPES[name], make) for name, make in content.items()}
    try:
        server = _Server((LOOPBACK, port), _handler(pages))
    except (OSError, OverflowError) as error:
        raise ConfigError(f"port {port} cannot be used ({error}): name another one, or none") from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/{secret}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a reader who left before he had the page: the terminal shows the run."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(pages: Mapping[str, tuple[str, Callable[[], bytes]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET for the pages, and nothing else."""

        server_version, sys_version = "bauta", ""

        def do_GET(self) -> None:
            """Send a page."""
            _, port, *_ = self.connection.getsockname()
            found = pages.get(self.path.partition("?")[0])
            if self.headers.get("Host") != f"{LOOPBACK}:{port}" or found is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            kind, make = found
            body = make()
            self.send_response(HTTPStatus.OK)
            for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the terminal shows the run."""

    return Handler
