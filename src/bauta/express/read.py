"""Reading posteriors from the cache."""

from collections.abc import Sequence
from pathlib import Path

from bauta.contract import Status
from bauta.errors import InfeasibleError
from bauta.express.comparison import Posteriors
from bauta.store import Store


def read_posteriors(path: Path | str, face_ids: Sequence[str]) -> Posteriors:
    """Read the posteriors of the given faces, in that order.

    Raises:
        StoreError: the store is incomplete or lacks a face.
    """
    store = Store.open(path)
    rows = store.rows_of(face_ids)
    return Posteriors(store.take("probabilities", rows), store.take("status", rows) == Status.OK.code)


def posteriors_or_reason(path: Path | str, face_ids: Sequence[str]) -> Posteriors | str:
    """Read the posteriors of the given faces, or the reason why the set is infeasible.

    Raises:
        StoreError: the store is incomplete or lacks a face.
    """
    try:
        return read_posteriors(path, face_ids)
    except InfeasibleError as error:
        return str(error)
