"""Downloads that can resume and never leave a part that could be mistaken for a complete file.

pooch names, checks and places a file; only its downloader and its retries are replaced. The downloader of
version 1.9 fetches up to 1.5 GB from the start after each interruption, mistakes half a file for a complete
one if the server does not send its length and no hash is known, and retries permanent errors (HTTP 404).
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch
import requests
from filelock import FileLock

from bauta.errors import ModelError
from bauta.io.atomic import sync, sync_names
from bauta.models.card import ModelCard
from bauta.models.intact import check_intact
from bauta.models.pins import Pins
from bauta.models.redirects import refuse_inward

log = logging.getLogger(__name__)

ATTEMPTS = 3
TIMEOUT_S = 30
CHUNK = 1 << 16


def download(name: str, card: ModelCard, cache: Path, pins: Pins) -> Path:
    """Download the file of a model into the cache, from the first of its addresses that has it.

    Args:
        name: Name of the model.
        card: Its card.
        cache: Folder in which it is kept.
        pins: Hashes of the models without a published hash.

    Returns:
        The file.

    Raises:
        ModelError: no address could be reached, or they have another file.
    """
    reasons = []
    cache.mkdir(parents=True, exist_ok=True)
    expected = pins.expected(name, card) or (card.md5 and f"md5:{card.md5}")
    fetch = ResumingDownloader(name, card, known=expected is not None)
    # Two jobs that need the same model at the same time would write to the same partial file.
    with FileLock(cache / f"{card.file}.lock"):
        for url in card.urls:
            log.info("model '%s': downloading %s", name, url)
            try:
                path = pooch.retrieve(url, expected, fname=card.file, path=cache, downloader=fetch)
            except requests.RequestException as error:
                reasons.append(f"{url}: {_reason(error)}")
            except ValueError as error:
                # pooch's complaint about a hash spans several lines.
                said = str(error).splitlines()[0]
                reasons.append(f"{url}: another file than expected ({said}), {pins.origin(name, card)}")
            else:
                sync_names(cache)
                return Path(path)
    raise ModelError(
        f"model '{name}': {card.file} could not be downloaded to {cache}: {'; '.join(reasons)}; "
        "try again or put the file into the folder models.dir"
    )


class UnusableError(requests.RequestException):
    """The response is not the file, or cannot be verified to be."""


@dataclass(frozen=True)
class ResumingDownloader:
    """A downloader for pooch that keeps the bytes received so far and requests only the rest.

    The rest is accepted only from the same version of the file; the server's name of the version is stored
    beside the partial file.

    Attributes:
        name: Name of the model.
        card: Its card.
        known: Whether the file is verified by a hash afterwards.
    """

    name: str
    card: ModelCard
    known: bool

    def __call__(self, url: str, output_file: Any, _pooch: Any) -> None:
        """Download the file at an address to `output_file`.

        Raises:
            requests.RequestException: the server cannot be reached, refuses, drops every connection, or sends
                something else.
        """
        target = Path(output_file)
        # pooch names its temporary file at random, but the next attempt must find the partial file again.
        part = Part(target.parent / f"{pooch.utils.unique_file_name(url)[:32]}.part")
        for attempt in range(ATTEMPTS):
            try:
                self._continue(url, part)
                break
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                if attempt == ATTEMPTS - 1:
                    raise
        if not self.known:
            try:
                check_intact(part.path, self.card)
            except ModelError as error:
                part.remove()
                raise UnusableError(str(error)) from None
        sync(part.path)
        part.path.replace(target)
        part.remove()

    def _continue(self, url: str, part: "Part") -> None:
        version = part.version()
        have = part.size() if version else 0
        # Lengths are those of the written bytes, so the transfer must not be compressed.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": str(version)}
        hooks = {"response": refuse_inward(url)}
        with requests.get(url, stream=True, timeout=TIMEOUT_S, headers=headers, hooks=hooks) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                part.remove()
                raise requests.ConnectionError("the part on disk is longer than the file")
            response.raise_for_status()
            resumed = response.status_code == requests.codes.partial_content
            if resumed and not (have and _same(response, str(version), have)):
                part.remove()
                raise requests.ConnectionError("the file has changed since the part on disk was fetched")
            expected = self._length(response, have if resumed else 0)
            part.begin(None if resumed else _version(response))
            with part.path.open("ab" if resumed else "wb") as file:
                for chunk in response.iter_content(CHUNK):
                    file.write(chunk)
        self._check_length(part, expected)

    def _length(self, response: requests.Response, have: int) -> int | None:
        """Length of the file according to the server; None if a chunked response marks its end.

        Raises:
            UnusableError: a truncated file would be indistinguishable from a complete one.
        """
        if "Content-Length" in response.headers:
            return int(response.headers["Content-Length"]) + have
        chunked = response.headers.get("Transfer-Encoding", "").lower() == "chunked"
        if self.card.bytes is None and not self.known and not chunked:
            raise UnusableError(
                "the server does not say how long the file is, and neither size nor hash is published"
            )
        return None

    def _check_length(self, part: "Part", expected: int | None) -> None:
        got = part.size()
        for wanted in (self.card.bytes, expected):
            if wanted is not None and got < wanted:
                raise requests.ConnectionError(f"the connection ended after {got} of {wanted} bytes")
        for wanted in (self.card.bytes, expected):
            if wanted is not None and got > wanted:
                part.remove()
                raise UnusableError(f"the file has {got} bytes, expected {wanted}")


@dataclass(frozen=True)
class Part:
    """A partially downloaded file.

    Attributes:
        path: The bytes received so far; the server's name of their version is stored beside them.
    """

    path: Path

    def size(self) -> int:
        """Number of bytes received so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def version(self) -> str | None:
        """The server's name of the file's version; None if it gave none."""
        beside = self._beside()
        return beside.read_text(encoding="utf-8") if beside.is_file() else None

    def begin(self, version: str | None) -> None:
        """Record the version of a file that is downloaded from its start; a resumed download keeps it."""
        if version is not None:
            self.path.unlink(missing_ok=True)
            self._beside().write_text(version, encoding="utf-8")

    def remove(self) -> None:
        """Delete the partial file."""
        self._beside().unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _beside(self) -> Path:
        return self.path.with_suffix(".version")


def _version(response: requests.Response) -> str:
    """The name of a file's version for `If-Range`; empty if the server sends none."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _same(response: requests.Response, version: str, have: int) -> bool:
    """Whether a response continues the same file, for a server that may not support `If-Range`."""
    starts = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    named = _version(response)
    # A tag must be repeated; a date need not be.
    return starts and (named == version or not (named or version.startswith('"')))


def _reason(error: requests.RequestException) -> str:
    response = error.response
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
