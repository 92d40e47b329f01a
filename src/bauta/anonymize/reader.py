"""The faces of a set, batch by batch out of the stores, with no more than a backend declares to see."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.errors import ConfigError
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import FIELDS, FaceBatch
from bauta.store import Store

MESH = ("mesh", "blendshapes")
"""What comes from MediaPipe's landmarker."""


class FaceLabels(Protocol):
    """The faces to anonymize and what is known of them, one entry a face."""

    @property
    def face_ids(self) -> Sequence[str]:
        """Ids of rows of the stores."""
        ...

    @property
    def subjects(self) -> Sequence[str | None]:
        """Who each face shows, None where unknown."""
        ...

    @property
    def expressions(self) -> Sequence[str | None]:
        """Labelled expression, None where there is none."""
        ...


def open_if_any(paths: Sequence[str]) -> Store | None:
    """The store of a rule's input that may be empty."""
    return Store.open(paths[0]) if paths else None


@dataclass(frozen=True)
class FaceReader:
    """Reads faces; iterating gives batches of those whose crop is ok, restricted to `sees`.

    Attributes:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`, or None.
        parsing: Store with `classes`, or None.
        faces: The faces to read, in any order.
        batch: Faces in a batch.
        sees: Fields of `FaceBatch` that batches hold when iterating; `surroundings` are made elsewhere.
        mesh: Store with `points` and `blendshapes` of MediaPipe's mesh, or None.

    Raises:
        ConfigError: `sees` names what is no field, or a field that no store was given for.
        StoreError: a face is not in one of the stores.
    """

    crops: Store
    landmarks: Store | None
    parsing: Store | None
    faces: FaceLabels
    batch: int
    sees: frozenset[str]
    mesh: Store | None = None

    def __post_init__(self) -> None:
        unknown = sorted(self.sees - FIELDS)
        if unknown:
            raise ConfigError(f"a backend declares to see '{unknown[0]}', expected some of {sorted(FIELDS)}")
        for name, (store, _) in self._sources.items():
            if name in self.sees and store is None:
                model = "mediapipe478 to 'landmarks'" if name in MESH else f"a model to '{name}'"
                raise ConfigError(f"the backend sees {name}, but none were computed; add {model}")

    def __len__(self) -> int:
        return len(self.faces.face_ids)

    def __iter__(self) -> Iterator[FaceBatch]:
        for _, readable in self.slices():
            if len(readable) > 0:
                yield self.read(readable, self.sees)

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        """The faces with these ids, whatever their crop, in batches restricted to `sees`."""
        positions = np.sort([self._positions[face_id] for face_id in face_ids])
        for start in range(0, len(positions), self.batch):
            yield self.read(positions[start : start + self.batch], self.sees)

    def slices(self) -> Iterator[tuple[slice, NDArray[np.intp]]]:
        """Consecutive slices of the faces, and the positions in them whose crop is ok."""
        for start in range(0, len(self), self.batch):
            part = slice(start, min(start + self.batch, len(self)))
            yield part, start + np.flatnonzero(self.status[part] == Status.OK.code)

    @cached_property
    def status(self) -> NDArray[np.uint8]:
        """Status of the crop of each face."""
        return self.crops.read("status")[self._rows["images"]]

    @property
    def _sources(self) -> dict[str, tuple[Store | None, str]]:
        """Store and array of each field that is stored."""
        return {
            "images": (self.crops, "images"),
            "landmarks": (self.landmarks, "points"),
            "mesh": (self.mesh, "points"),
            "blendshapes": (self.mesh, "blendshapes"),
            "parsing": (self.parsing, "classes"),
        }

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {face_id: position for position, face_id in enumerate(self.faces.face_ids)}

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.int64]]:
        return {name: store.rows_of(self.faces.face_ids) for name, store in self.stores().items()}

    def stores(self) -> dict[str, Store]:
        """The stores that are read, by the field that they hold."""
        return {name: store for name, (store, _) in self._sources.items() if store is not None}

    def read(self, positions: NDArray[np.integer], fields: frozenset[str]) -> FaceBatch:
        """The faces at these positions, with only the named fields; the images cannot be written to."""
        read: dict[str, Any] = {}
        for name, (store, array) in self._sources.items():
            if name in fields and store is not None:
                values = store.take(array, self._rows[name][positions])
                read[name] = to_ibug(values) if name == "landmarks" else values
                read[name].flags.writeable = False
        for name, labels in (("subjects", self.faces.subjects), ("expressions", self.faces.expressions)):
            if name in fields:
                read[name] = [labels[position] for position in positions]
        return FaceBatch(face_ids=[self.faces.face_ids[position] for position in positions], **read)
