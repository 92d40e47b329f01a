"""Artifacts that hold a reason instead of content, so that one infeasible setting does not stop the others.

A job whose work is infeasible writes such an artifact and succeeds. Every job that opens it gets the
`InfeasibleError` back and does the same, so the reason travels through the workflow to the measurements, and
the frontier turns it into a row. This module holds what all kinds of artifacts share, and the functions for
the folder of a network; those for stores, measurements and pictures lie beside them.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from bauta.errors import InfeasibleError
from bauta.io.atomic import whole_folder, write_bytes
from bauta.io.seal import new_seal, read_sealed, sealed_json

log = logging.getLogger(__name__)

INFEASIBLE = "infeasible"
"""The key under which every artifact holds its reason."""

NETWORK_REASON = f"{INFEASIBLE}.json"
"""The only file in the folder of a network that could not be trained."""


def require(reason: str | None) -> None:
    """Raise the reason, if there is one.

    Raises:
        InfeasibleError: there is a reason.
    """
    if reason is not None:
        raise InfeasibleError(reason)


@contextmanager
def reason_instead(path: Path | str, write: Callable[[str], object]) -> Iterator[None]:
    """Let the block make an artifact; if that is infeasible, write the reason in its place instead.

    Args:
        path: The artifact.
        write: Makes an artifact from a reason.
    """
    try:
        yield
    except InfeasibleError as error:
        log.warning("%s: %s", path, error)
        write(str(error))


@contextmanager
def network_or_reason(folder: Path | str, *, pooled: bool = False) -> Iterator[None]:
    """Let the block write the folder of a network; if that is infeasible, write a folder with the reason.

    Args:
        folder: The folder.
        pooled: Whether the network is the job's only purpose, so that the job fails without it.
    """

    def write(reason: str) -> None:
        with whole_folder(folder) as made:
            write_bytes(made / NETWORK_REASON, sealed_json({INFEASIBLE: reason}, new_seal(folder)))

    with nullcontext() if pooled else reason_instead(folder, write):
        yield


def require_network(folder: Path | str) -> None:
    """Refuse a folder that holds the reason why its network could not be trained.

    Raises:
        InfeasibleError: with that reason.
        SealError: the reason is damaged or belongs to another network.
    """
    path = Path(folder) / NETWORK_REASON
    if path.is_file():
        raise InfeasibleError(read_sealed(path, folder)[0][INFEASIBLE])
