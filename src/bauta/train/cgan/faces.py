"""The faces on which a generator is trained or evaluated, small enough to be kept in memory."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.cgan.settings import OF_NOBODY
from bauta.anonymize.conditions import FLAME, classes_at, in_units, joined
from bauta.anonymize.witness import within_reach
from bauta.contract import CropContract, Status
from bauta.datasets.face_table import FaceTable
from bauta.errors import DataError, InfeasibleError
from bauta.express.view import TeacherView
from bauta.landmarks.to_ibug import to_ibug
from bauta.protocols import Floats, Images
from bauta.store import Store

BATCH = 256


class Nobody(Protocol):
    """Tells what is left of faces if they are to be nobody's."""

    def expressions(self, views: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The expressions (N,) that the teacher reads in its views (N, V, V)."""
        ...

    def landmarks(self, expressions: NDArray[np.intp], landmarks: Floats) -> Floats:
        """Landmarks (N, 68, 2) in crop pixels that are held as those of faces are."""
        ...

    def drawings(self, expressions: NDArray[np.intp], landmarks: Floats, size: int) -> Images:
        """Drawings uint8 (N, size, size, 3) of them."""
        ...


class FacesRecipe(Protocol):
    """The part of a training's settings by which its faces are read."""

    @property
    def conditions(self) -> str:
        """Name of the generator's conditions."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the generator's inputs: `landmarks`, `drawing`, `parsing`, `blendshapes`, `mesh`."""
        ...

    @property
    def size(self) -> int:
        """Side of the photographs in pixels."""
        ...

    @property
    def expression_faces(self) -> int | None:
        """At most this many faces of each dataset that only teaches expressions are used; None for all."""
        ...


@dataclass(frozen=True)
class GanSource:
    """One dataset's share of the training faces.

    Attributes:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`.
        mesh: Store with `blendshapes` and the `points` of the mesh, if one of these conditions is used.
        parsing: Store with `classes`, if that condition is used.
        faces: The faces to use.
        photographs: Whether generated images should look like these. Images of other datasets, such as the
            small grey ones of FER-2013, only teach expressions.
        flame: Store with `expression` and `pose`, if that condition is used.
    """

    crops: Store
    landmarks: Store
    mesh: Store | None
    parsing: Store | None
    faces: FaceTable
    photographs: bool = True
    flame: Store | None = None

    def spread(self, most: int | None) -> Self:
        """At most so many of the faces, spread evenly over them."""
        number = len(self.faces)
        if most is None or number <= most:
            return self
        return replace(self, faces=self.faces.take(np.linspace(0, number - 1, most).astype(np.intp)))


@dataclass(frozen=True)
class GanFaces:
    """The faces of all sources, photographs first.

    Attributes:
        given: The generator's inputs, arrays by name; see `Conditions.maps` for their shapes. A `mesh` is
            float32 (N, 478, 2), in crop pixels.
        views: The teacher's views, uint8 (N, V, V).
        images: The P photographs, uint8 (P, size, size, 3).
        vectors: Embeddings of the photographs, float32 (P, D).
        subjects: Subjects of the photographs.
        proportions: What an adversary looks for, float32 (N, 68, 2): the landmarks minus those on everybody's
            proportions that are held alike; None if there is no adversary.
        skipped: Number of faces left out because a crop, landmarks or other conditions are
            missing.
        sha256: Hash of ids and pixels.
    """

    given: dict[str, NDArray]
    views: NDArray[np.uint8]
    images: NDArray[np.uint8]
    vectors: Floats
    subjects: tuple[str | None, ...]
    skipped: int
    sha256: str
    proportions: Floats | None = None

    def __len__(self) -> int:
        return len(self.views)

    @property
    def photographs(self) -> int:
        """The number of photographs, which generated images should look like."""
        return len(self.images)

    @classmethod
    def load(
        cls,
        sources: Sequence[GanSource],
        recipe: FacesRecipe,
        view: TeacherView,
        embed: Callable[[Images], Floats],
        contract: CropContract,
        *,
        nobody: Nobody | None = None,
    ) -> Self:
        """Read the faces that have all inputs required by the recipe's conditions.

        Args:
            sources: The sources of the faces.
            recipe: Conditions and size.
            view: The teacher's view of a crop.
            embed: Maps crops to embeddings (N, D).
            contract: Geometry of the crops.
            nobody: Gives landmarks that are nobody's, which the conditions `measures` and an adversary need.

        Raises:
            DataError: the conditions were not computed.
            InfeasibleError: no photograph remains.
            StoreError: a store lacks a face.
        """
        parts = [
            _faces_of(source, recipe, view, embed, contract, nobody=nobody)
            for source in sorted(sources, key=lambda source: not source.photographs)
        ]
        if not any(len(part.images) for part in parts):
            raise InfeasibleError("generator: expected training photographs, none has a crop and conditions")
        digest = hashlib.sha256("".join(part.sha256 for part in parts).encode())
        return cls(
            given={name: np.concatenate([part.given[name] for part in parts]) for name in recipe.inputs},
            views=np.concatenate([part.views for part in parts]),
            images=np.concatenate([part.images for part in parts if len(part.images)]),
            vectors=np.concatenate([part.vectors for part in parts if len(part.vectors)]),
            subjects=tuple(subject for part in parts for subject in part.subjects),
            skipped=sum(part.skipped for part in parts),
            sha256=digest.hexdigest(),
            proportions=None
            if nobody is None
            else np.concatenate([part.proportions for part in parts if part.proportions is not None]),
        )


def _faces_of(
    source: GanSource,
    recipe: FacesRecipe,
    view: TeacherView,
    embed: Callable[[Images], Floats],
    contract: CropContract,
    *,
    nobody: Nobody | None,
) -> GanFaces:
    """The usable faces of one source."""
    source = source if source.photographs else source.spread(recipe.expression_faces)
    ids = source.faces.face_ids
    rows = source.crops.rows_of(ids)
    usable = source.crops.read("status")[rows] == Status.OK.code
    given = _conditions(source, recipe, contract)
    points = to_ibug(source.landmarks.take("points", source.landmarks.rows_of(ids)))
    for values in given.values() if nobody is None else (*given.values(), points):
        if values.dtype.kind == "f":
            usable &= np.isfinite(values).reshape(len(ids), -1).all(1)
    kept = np.flatnonzero(usable)
    digest = hashlib.sha256("\n".join(ids[row] for row in kept).encode())
    views, images, vectors = [], [], []
    for start in range(0, len(kept), BATCH):
        crops = source.crops.take("images", rows[kept[start : start + BATCH]])
        views.append(view.render(crops, contract))
        digest.update(views[-1].tobytes())
        if source.photographs:
            images.append(shrink(crops, recipe.size))
            vectors.append(embed(crops))
    seen = np.concatenate(views) if views else np.zeros((0, view.size, view.size), dtype=np.uint8)
    given = {name: values[kept] for name, values in given.items()}
    proportions = None
    if nobody is not None:
        read = nobody.expressions(seen)
        others = in_units(nobody.landmarks(read, points[kept]), contract)
        proportions = in_units(points[kept], contract) - others
        if recipe.conditions in OF_NOBODY:
            given["landmarks"] = others
        if recipe.conditions == "drawing":
            given["drawing"] = nobody.drawings(read, points[kept], recipe.size)
    none = np.zeros((0, recipe.size, recipe.size, 3), dtype=np.uint8)
    return GanFaces(
        given=given,
        views=seen,
        images=np.concatenate(images) if images else none,
        vectors=np.concatenate(vectors) if vectors else np.zeros((0, 1), dtype=np.float32),
        subjects=tuple(source.faces.subjects[row] for row in kept) if source.photographs else (),
        skipped=len(ids) - len(kept),
        sha256=digest.hexdigest(),
        proportions=proportions,
    )


def _conditions(source: GanSource, recipe: FacesRecipe, contract: CropContract) -> dict[str, NDArray]:
    """The conditions of all faces of a source, NaN where they are missing."""
    ids = source.faces.face_ids
    found: dict[str, NDArray] = {}
    for name in recipe.inputs:
        if name == "drawing":
            continue
        if name == "parsing":
            store = _needed(source.parsing, name)
            rows = store.rows_of(ids)
            parts = [
                classes_at(store.take("classes", rows[start : start + BATCH]), recipe.size // 2)
                for start in range(0, len(rows), BATCH)
            ]
            found[name] = np.concatenate(parts)
        elif name == "blendshapes":
            store = _needed(source.mesh, name)
            found[name] = store.take(name, store.rows_of(ids))
        elif name == "mesh":
            mesh = _needed(source.mesh, name)
            points = mesh.take("points", mesh.rows_of(ids)).astype(np.float32)
            points[~within_reach(points, contract)] = np.nan
            found[name] = points
        elif name == "flame":
            store = _needed(source.flame, name)
            found[name] = joined(store, FLAME, store.rows_of(ids))
        else:
            points = source.landmarks.take("points", source.landmarks.rows_of(ids))
            found[name] = in_units(to_ibug(points), contract)
    return found


def _needed(store: Store | None, name: str) -> Store:
    if store is None:
        raise DataError(f"generator: expected the condition '{name}', got none; compute it")
    return store


def shrink(crops: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize crops uint8 (N, S, S, 3) without aliasing."""
    if len(crops) == 0:
        return np.zeros((0, size, size, 3), dtype=np.uint8)
    return np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA) for crop in crops])
