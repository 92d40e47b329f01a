"""Reading posteriors from the cache."""

from collections.abc import Sequence
from pathlib import Path

from bauta.contract import Status
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
