"""What an attacker sees of a set: its views, also with their features mapped to clear ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.attack.clear_map import clear_map, mapped
from bauta.attack.faces import blocks_of_rows, on_disk
from bauta.attack.suite import ViewedFaces
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.io.row_file import Scratch
from bauta.protocols import Floats
from bauta.store import Store

CLEAR_MAP = "+clear_map"
NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Seen:
    """What the attacker sees of one release: the views of those on whom he chooses, and of the scored.

    Attributes:
        choosing: Views of the people on whom attacks are chosen.
        scored: The same views of the scored people.
        own: Those of the attacker's own people, on whom he learns; without the mapped ones.
    """

    choosing: tuple[ViewedFaces, ...]
    scored: tuple[ViewedFaces, ...]
    own: tuple[ViewedFaces, ...] = ()


def read_views(
    stores: Mapping[tuple[str, str | None], Path | str],
    own: Sequence[str],
    choosing: Sequence[str],
    scored: Sequence[str],
) -> Seen:
    """Read the views of a set, and add to each one whose features are mapped to clear ones.

    Features are not held in memory: they are read from a scratch file where an attack needs them.

    Args:
        stores: View and recognizer → its store; None for a view without a recognizer.
        own: Ids of the attacker's own faces, on which the maps are learnt.
        choosing: Ids of the faces of those on whom attacks are chosen.
        scored: Ids of the scored faces.

    Raises:
        StoreError: a store is incomplete or lacks a face.
    """
    found: list[tuple[ViewedFaces, ViewedFaces]] = []
    learnt_on: list[ViewedFaces] = []
    scratch = Scratch()
    for (name, recognizer), path in stores.items():
        store = Store.open(path)
        learnt, *others = (_viewed(name, recognizer, store, ids, scratch) for ids in (own, choosing, scored))
        learnt_on.append(learnt)
        found.append((others[0], others[1]))
        if (maps := map_to_clear(learnt, others, scratch=scratch)) is not None:
            found.append((maps[0], maps[1]))
    return Seen(tuple(pair[0] for pair in found), tuple(pair[1] for pair in found), tuple(learnt_on))


def map_to_clear(
    own: ViewedFaces,
    others: Sequence[ViewedFaces],
    rows: NDArray[np.integer] | None = None,
    *,
    scratch: Scratch | None = None,
) -> list[ViewedFaces] | None:
    """Map a view of others to clear features; None if there are too few pairs to learn from.

    Args:
        own: The view of the attacker's own people.
        others: The same view of others.
        rows: The pairs to learn from; by default all that are ok.
        scratch: Where the mapped features go; by default a file of their own.
    """
    rows = pairs_of(own) if rows is None else rows
    scratch = Scratch() if scratch is None else scratch
    to_clear = clear_map(own.anonymized.vectors[rows], own.clear.vectors[rows])
    if to_clear is None:
        return None
    return [
        replace(one, name=one.name + CLEAR_MAP, anonymized=mapped(to_clear, one.anonymized, scratch))
        for one in others
    ]


def pairs_of(own: ViewedFaces) -> NDArray[np.intp]:
    """The faces of the attacker's own people that are ok before and after."""
    return np.flatnonzero(own.clear.ok & own.anonymized.ok)


def read_releases(
    seen: Sequence[Mapping[str, Any]],
    stores: Sequence[Path | str],
    own: FaceTable,
    choosing: FaceTable,
    scored: FaceTable,
) -> tuple[dict[int | None, Seen], FaceTable]:
    """Read the views of all releases of a set.

    Args:
        seen: `view`, `recognizer` and `jpeg` of each store.
        stores: The stores.
        own: The attacker's own faces.
        choosing: The faces of those on whom attacks are chosen.
        scored: The scored faces.

    Returns:
        JPEG quality → what the attacker sees; and the faces of those on whom he chooses, none if the backend
        could not anonymize them.

    Raises:
        StoreError: a store is incomplete or lacks a scored face.
    """
    listed = set(Store.open(stores[0]).ids)
    whole = listed.issuperset({*own.face_ids, *choosing.face_ids})
    kept = (own, choosing) if whole else (own.take(NOBODY), choosing.take(NOBODY))
    by_quality: dict[int | None, dict[tuple[str, str | None], Path | str]] = {}
    for what, path in zip(seen, stores, strict=True):
        by_quality.setdefault(what["jpeg"], {})[what["view"], what["recognizer"]] = path
    ids = [faces.face_ids for faces in (*kept, scored)]
    return {quality: read_views(views, *ids) for quality, views in by_quality.items()}, kept[1]


def _viewed(
    name: str, recognizer: str | None, store: Store, ids: Sequence[str], scratch: Scratch
) -> ViewedFaces:
    rows = store.rows_of(ids)
    clear, anonymized = (
        on_disk(_stored(store, *arrays, rows), store.take(arrays[0], rows[:0]).shape[1], scratch)
        for arrays in (("clear", "clear_status"), ("vectors", "status"))
    )
    return ViewedFaces(name, clear, anonymized, recognizer)


def _stored(
    store: Store, vectors: str, status: str, rows: NDArray[np.int64]
) -> Iterator[tuple[Floats, NDArray[np.bool_]]]:
    """Features of faces and whether there are any, a block at a time."""
    for part in blocks_of_rows(rows):
        yield store.take(vectors, rows[part]), store.take(status, rows[part]) == Status.OK.code
