"""Looking at a set: the features of its faces, and of the faces on whom the attack learns and is chosen."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bauta.attack.views.people import BATCH, ClearFaces, People, compressed, resized
from bauta.attack.views.protocol import LearntView, RestoringView, View
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.datasets.people import background as draw_background
from bauta.datasets.people import lent, people_of
from bauta.errors import InfeasibleError
from bauta.protocols import Anonymizer, Floats, Images, Recognizer
from bauta.store import ArraySpec, Store, StoreWriter
from bauta.store.deduplicate import distinct_batches

PICTURE = 112
"""Side of the pictures that are kept to be shown."""
BLACK = np.zeros((PICTURE, PICTURE, 3), dtype=np.uint8)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeenPart:
    """Faces whose images, embeddings and landmarks lie in the same stores.

    Attributes:
        face_ids: Their ids in these stores.
        named: Their ids in the store that is written.
        released: Store with their anonymized `images`.
        clear: Store with the `vectors` of the clear faces by the recognizer of the attack.
        crops: Store with the `images` of the clear faces.
        landmarks: Store with their `points`.
        known: Store with the view's `vectors` and `status` of the released images, where these have been
            computed for something else.
    """

    face_ids: tuple[str, ...]
    named: tuple[str, ...]
    released: Store
    clear: Store
    crops: Store
    landmarks: Store
    known: Store | None = None


@dataclass(frozen=True)
class AttackedStores:
    """The stores of one set and of the attacker's own people.

    Attributes:
        crops: All clear faces of the dataset.
        landmarks: Their landmarks.
        anonymized: The released scored faces.
        originals: Embeddings of the clear scored faces.
        embeddings: Embeddings of the released scored faces.
        own: The released faces of the attacker's own people; None if there are none, or the backend cannot
            anonymize them.
        own_originals: Embeddings of their clear faces.
        own_crops: All clear faces of the dataset that they are of, which may be another one.
        own_landmarks: Their landmarks.
    """

    crops: Store
    landmarks: Store
    anonymized: Store
    originals: Store
    embeddings: Store
    own: Store | None
    own_originals: Store | None
    own_crops: Store
    own_landmarks: Store

    @classmethod
    def open(cls, read: Any) -> Self:
        """Open the inputs of the rule `view`.

        Raises:
            StoreError: a store cannot be read.
            InfeasibleError: the scored faces could not be anonymized.
        """
        names = ("crops", "landmarks", "anonymized", "originals", "embeddings", "own_crops", "own_landmarks")
        own: list[Store | None] = [None, None]
        try:
            own = [Store.open(path) for path in (*read.own, *read.own_embeddings)] or own
        except InfeasibleError as error:
            log.warning("no people to learn from: %s", error)
        stores = {name: Store.open(getattr(read, name)) for name in names}
        return cls(**stores, own=own[0], own_originals=own[1])


def look(
    view: View,
    faces: FaceTable,
    people: FaceTable,
    stores: AttackedStores,
    out: Path | str,
    *,
    backend: Anonymizer,
    recognizer: Recognizer,
    background: int,
    lender: str | None = None,
    reuse: bool,
    jpeg: int | None,
    seed: int,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Learn a view on the attacker's own people, look at a set, and write what is seen; see `write_view`.

    Args:
        view: The view.
        faces: All faces of the dataset.
        people: All faces of the dataset of the attacker's own people; the same faces unless people are lent.
        stores: What is known of them.
        out: Store to write.
        backend: The anonymizer at the attacked setting.
        recognizer: The recognizer of the attack.
        background: Largest number of faces on which the attacker learns.
        lender: Name of the dataset that lends the attacker his people; None if they are of the attacked one.
        reuse: Whether the features of the scored faces are their embeddings, which exist already.
        jpeg: Quality of the JPEG compression of the released images; None for none.
        seed: Seed of everything random.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.
    """
    known = stores.embeddings if reuse else None
    scored = faces.partition("test").identified()
    ids = scored.face_ids
    parts = [SeenPart(ids, ids, stores.anonymized, stores.originals, stores.crops, stores.landmarks, known)]
    learnt_on = _nobody(stores, recognizer, jpeg)
    if stores.own is not None and stores.own_originals is not None:
        everybody = people_of(people, background, seed=seed)
        own = SeenPart(
            everybody.face_ids,
            lent(everybody, lender).face_ids,
            stores.own,
            stores.own_originals,
            stores.own_crops,
            stores.own_landmarks,
        )
        parts.insert(0, own)
        learnt_on = _people(draw_background(people, background, seed=seed), own, jpeg)
    learnt = view(learnt_on, backend, recognizer, seed=seed)
    shown = faces.partition("test").showcase().face_ids
    write_view(learnt, parts, out, shown=shown, jpeg=jpeg, sources=sources)


def _people(faces: FaceTable, own: SeenPart, jpeg: int | None) -> People:
    """Those of some of the attacker's own faces that are ok before and after."""
    rows = [store.rows_of(faces.face_ids) for store in (own.released, own.clear)]
    statuses = own.released.take("status", rows[0]), own.clear.take("status", rows[1])
    both = np.all([status == Status.OK.code for status in statuses], axis=0)
    vectors = own.clear.take("vectors", rows[1][both])
    kept = faces.take(np.flatnonzero(both))
    return People(kept.face_ids, kept.subjects, own.crops, own.released, own.landmarks, vectors, jpeg)


def _nobody(stores: AttackedStores, recognizer: Recognizer, jpeg: int | None) -> People:
    nothing = np.zeros((0, recognizer.dimensions), dtype=np.float32)
    return People((), (), stores.crops, stores.anonymized, stores.landmarks, nothing, jpeg)


def write_view(
    view: LearntView,
    parts: Sequence[SeenPart],
    out: Path | str,
    *,
    shown: Sequence[str] = (),
    jpeg: int | None = None,
    sources: Mapping[str, str] | None = None,
) -> None:
    """Compute the features of all faces, released and clear, and write them.

    Args:
        view: What the view has learnt.
        parts: The faces, in the order of the rows to write.
        out: Store to write: `vectors` and `clear` float32 (N, dimensions), unit vectors, and `status` and
            `clear_status` uint8 (N,); where a status is not ok, the vector is NaN. Of a view that sees
            pictures also `images` uint8 (N, PICTURE, PICTURE, 3), black but for the shown faces.
        shown: Ids of scored faces whose pictures are kept.
        jpeg: Quality of the JPEG compression of the released images; None for none.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.

    Raises:
        StoreError: a face is not in one of the stores, or a store cannot be read or written.
    """
    log.info("%s: %s", out, view.about)
    vector, code = ArraySpec((view.dimensions,), "float32"), ArraySpec((), "uint8")
    specs = {"vectors": vector, "clear": vector, "status": code, "clear_status": code}
    pictures: dict[str, Images] | None = None
    if isinstance(view, RestoringView):
        specs["images"] = ArraySpec((PICTURE, PICTURE, 3), "uint8")
        pictures = _pictures(view, parts[-1], shown, jpeg)
    ids = [face_id for part in parts for face_id in part.named]
    made_from = {f"images_{number}": part.released.digest for number, part in enumerate(parts)}
    with StoreWriter(out, specs, ids, {"about": view.about}, made_from=made_from, sources=sources) as writer:
        # A view that learns is learnt anew by a job that runs again, so nothing of an earlier one is kept.
        for part in parts:
            batches = zip(_released(view, part, jpeg), _clear(view, part), strict=True)
            for start, (released, clear) in zip(count(0, BATCH), batches, strict=False):
                columns: dict[str, NDArray[Any]] = {"vectors": released[0], "status": released[1]}
                if pictures is not None:
                    names = part.named[start : start + BATCH]
                    columns["images"] = np.stack([pictures.get(name, BLACK) for name in names])
                writer.append(**columns, clear=clear[0], clear_status=clear[1])


def _pictures(
    view: RestoringView, part: SeenPart, shown: Sequence[str], jpeg: int | None
) -> dict[str, Images]:
    """What the view sees of some of the faces that have an output: id → uint8 (PICTURE, PICTURE, 3)."""
    listed = set(part.named)
    ids = [face_id for face_id in shown if face_id in listed]
    rows = part.released.rows_of(ids)
    ok = np.flatnonzero(part.released.take("status", rows) == Status.OK.code)
    if not len(ok):
        return {}
    seen = view.restore(compressed(part.released.take("images", rows[ok]), jpeg))
    return {ids[row]: image for row, image in zip(ok, resized(seen, PICTURE), strict=True)}


def _released(
    view: LearntView, part: SeenPart, jpeg: int | None
) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    if part.known is not None:
        return _known(part.known, part.face_ids)
    nothing = np.zeros((0, view.dimensions), dtype=np.float32)
    rows = part.released.rows_of(part.face_ids)
    return distinct_batches(
        part.released, rows, lambda images: view.anonymized(compressed(images, jpeg)), nothing
    )


def _known(store: Store, face_ids: tuple[str, ...]) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    rows = store.rows_of(face_ids)
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        yield store.take("vectors", part), store.take("status", part)


def _clear(view: LearntView, part: SeenPart) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    rows = part.clear.rows_of(part.face_ids)
    for start in range(0, len(rows), BATCH):
        ids, of_batch = part.face_ids[start : start + BATCH], rows[start : start + BATCH]
        status = part.clear.take("status", of_batch)
        ok = np.flatnonzero(status == Status.OK.code)
        found = np.full((len(ids), view.dimensions), np.nan, dtype=np.float32)
        if len(ok):
            vectors = part.clear.take("vectors", of_batch[ok])
            faces = ClearFaces(tuple(ids[row] for row in ok), vectors, part.crops, part.landmarks)
            found[ok] = view.clear(faces)
        yield found, status
