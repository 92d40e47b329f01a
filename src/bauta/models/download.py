"""Downloads that go on where they broke off and leave nothing that could be mistaken for a whole file."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch
import requests
from filelock import FileLock

from bauta.errors import ModelError
from bauta.models.card import ModelCard

log = logging.getLogger(__name__)

ATTEMPTS = 3
TIMEOUT_S = 30
CHUNK = 1 << 16


def download(name: str, card: ModelCard, cache: Path, sha256: str | None) -> Path:
    """Fetch the file of a model into the cache, from the first of its addresses that has it.

    Args:
        name: Name of the model.
        card: Its card.
        cache: Folder to keep it in.
        sha256: SHA-256 that it must have, None where unknown.

    Returns:
        The file.

    Raises:
        ModelError: no address could be reached, or what they have is another file.
    """
    reasons = []
    cache.mkdir(parents=True, exist_ok=True)
    # Two jobs that need the same model at the same time would write to the same part.
    with FileLock(cache / f"{card.file}.lock"):
        for url in card.urls:
            log.info("model '%s': downloading %s", name, url)
            try:
                return Path(
                    pooch.retrieve(
                        url, sha256, fname=card.file, path=cache, downloader=ResumingDownloader(card.bytes)
                    )
                )
            except requests.RequestException as error:
                reasons.append(f"{url}: {_reason(error)}")
            except ValueError as error:
                # pooch's complaint about a hash spans several lines.
                reasons.append(f"{url}: another file than expected ({str(error).splitlines()[0]})")
    raise ModelError(
        f"model '{name}': {card.file} could not be downloaded to {cache}: {'; '.join(reasons)}; "
        "try again or put the file into the folder models.dir"
    )


@dataclass(frozen=True)
class ResumingDownloader:
    """A downloader for pooch that keeps what has come and asks only for the rest.

    Attributes:
        size: Expected size in bytes, None where unknown.
    """

    size: int | None

    def __call__(self, url: str, output_file: Any, _pooch: Any) -> None:
        """Write the file behind an address to `output_file`.

        Raises:
            requests.RequestException: the server cannot be reached, refuses, or breaks off every time.
        """
        target = Path(output_file)
        # pooch names its own temporary file at random; the part must be found again by the next attempt.
        part = target.parent / f"{pooch.utils.unique_file_name(url)[:32]}.part"
        for attempt in range(ATTEMPTS):
            try:
                self._continue(url, part)
                break
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                if attempt == ATTEMPTS - 1:
                    raise
        part.replace(target)

    def _continue(self, url: str, part: Path) -> None:
        have = part.stat().st_size if part.is_file() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, stream=True, timeout=TIMEOUT_S, headers=headers) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()
                raise requests.ConnectionError("the part on disk is longer than the file")
            response.raise_for_status()
            goes_on = response.status_code == requests.codes.partial_content
            expected = int(response.headers.get("Content-Length", 0)) + (have if goes_on else 0)
            with part.open("ab" if goes_on else "wb") as file:
                for chunk in response.iter_content(CHUNK):
                    file.write(chunk)
        got = part.stat().st_size
        for wanted in (self.size, expected or None):
            if wanted is not None and got < wanted:
                raise requests.ConnectionError(f"the connection ended after {got} of {wanted} bytes")
        if self.size is not None and got > self.size:
            part.unlink()
            raise requests.RequestException(f"the file has {got} bytes, expected {self.size}")


def _reason(error: requests.RequestException) -> str:
    response = error.response
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
