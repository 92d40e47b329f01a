"""Reading the faces of a set from the stores in batches that hold only what a backend declares to see."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.conditions import FLAME, joined
from bauta.contract import Status
from bauta.errors import ConfigError
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import FIELDS, FaceBatch, fields_of
from bauta.store import Store

MISSING = {
    **dict.fromkeys(("mesh", "blendshapes"), "mediapipe478 to 'landmarks'"),
    "posteriors": "a teacher to 'teachers'",
    "flame": "the folder of your DECA's files to the dataset, as 'deca'",
}
"""Field → what the configuration lacks if no store holds it; for other fields, a model of that name."""


class FaceLabels(Protocol):
    """The faces to anonymize and their labels, one entry per face."""

    @property
    def face_ids(self) -> Sequence[str]:
        """Ids of the faces' rows in the stores."""
        ...

    @property
    def subjects(self) -> Sequence[str | None]:
        """Subject of each face, None where unknown."""
        ...

    @property
    def expressions(self) -> Sequence[str | None]:
        """Labelled expression of each face, or None."""
        ...


def open_if_any(paths: Sequence[str]) -> Store | None:
    """Open the store of an optional input of a rule; None if there is none."""
    return Store.open(paths[0]) if paths else None


@dataclass(frozen=True)
class FaceReader:
    """Reads faces; iteration yields batches of those whose crop is ok, restricted to `sees`.

    Attributes:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`, or None.
        parsing: Store with `classes`, or None.
        faces: The faces to read, in any order.
        batch: Number of faces per batch.
        sees: Declaration of the fields of `FaceBatch` that iterated batches hold; `surroundings` are computed
            elsewhere.
        mesh: Store with `points` and `blendshapes` of MediaPipe's mesh, or None.
        posteriors: Store with `probabilities` of the clear faces by the declared teacher, or None.
        flame: Store with `expression` and `pose` of FLAME, or None.

    Raises:
        ConfigError: `sees` names an unknown field, or a field for which no store was passed.
        StoreError: a face is not in one of the stores.
    """

    crops: Store
    landmarks: Store | None
    parsing: Store | None
    faces: FaceLabels
    batch: int
    sees: frozenset[str]
    mesh: Store | None = None
    posteriors: Store | None = None
    flame: Store | None = None

    def __post_init__(self) -> None:
        seen = fields_of(self.sees)
        unknown = sorted(seen - FIELDS)
        if unknown:
            raise ConfigError(f"a backend declares to see '{unknown[0]}', expected some of {sorted(FIELDS)}")
        for name, (store, _) in self._sources.items():
            if name in seen and store is None:
                missing = MISSING.get(name, f"a model to '{name}'")
                raise ConfigError(f"the backend sees {name}, but none were computed; add {missing}")

    def __len__(self) -> int:
        return len(self.faces.face_ids)

    def __iter__(self) -> Iterator[FaceBatch]:
        for _, readable in self.slices():
            if len(readable) > 0:
                yield self.read(readable, self.sees)

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        """Iterate over the faces with these ids, ok or not, in batches restricted to `sees`."""
        positions = np.sort([self._positions[face_id] for face_id in face_ids])
        for start in range(0, len(positions), self.batch):
            yield self.read(positions[start : start + self.batch], self.sees)

    def slices(self) -> Iterator[tuple[slice, NDArray[np.intp]]]:
        """Iterate over consecutive slices of the faces, with the positions in them whose crop is ok."""
        for start in range(0, len(self), self.batch):
            part = slice(start, min(start + self.batch, len(self)))
            yield part, start + np.flatnonzero(self.status[part] == Status.OK.code)

    @cached_property
    def status(self) -> NDArray[np.uint8]:
        """Status of the crop of each face."""
        return self.crops.read("status")[self._rows["images"]]

    @property
    def _sources(self) -> dict[str, tuple[Store | None, tuple[str, ...]]]:
        """Store and names of the arrays of each stored field."""
        return {
            "images": (self.crops, ("images",)),
            "landmarks": (self.landmarks, ("points",)),
            "mesh": (self.mesh, ("points",)),
            "blendshapes": (self.mesh, ("blendshapes",)),
            "flame": (self.flame, FLAME),
            "parsing": (self.parsing, ("classes",)),
            "posteriors": (self.posteriors, ("probabilities",)),
        }

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {face_id: position for position, face_id in enumerate(self.faces.face_ids)}

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.int64]]:
        return {name: store.rows_of(self.faces.face_ids) for name, store in self.stores().items()}

    def stores(self) -> dict[str, Store]:
        """The stores to read, by the field that they hold."""
        return {name: store for name, (store, _) in self._sources.items() if store is not None}

    def read(self, positions: NDArray[np.integer], fields: frozenset[str]) -> FaceBatch:
        """Read the faces at these positions with only the declared fields; the images are read-only."""
        read: dict[str, Any] = {}
        fields = fields_of(fields)
        for name, (store, arrays) in self._sources.items():
            if name in fields and store is not None:
                values = joined(store, arrays, self._rows[name][positions])
                read[name] = to_ibug(values) if name == "landmarks" else values
                read[name].flags.writeable = False
        for name, labels in (("subjects", self.faces.subjects), ("labels", self.faces.expressions)):
            if name in fields:
                read[name] = [labels[position] for position in positions]
        return FaceBatch(face_ids=[self.faces.face_ids[position] for position in positions], **read)
