"""The proof that an anonymizer cannot see: other pixels under its mask, and not a bit may change.

Of a few faces the protected pixels are exchanged twice, everything else that the backend declares to see is
kept, and the outputs are compared:
- for **noise**: `leaks_pixels` is the number of pixels of the output that change, divided by the number of
  protected pixels, at most 1. It is 0 exactly where no bit passes, and 1 where every pixel depends on what
  was hidden.
- for **the pixels of other faces**: `passed_difference` is the mean absolute change of the output under the
  mask divided by that of the input: 1 for `identity`, 0 for `blackout`, in between the part of the difference
  between two people that an obfuscation lets through.

Protected are the pixels that a blind backend says it does not get (`BlindAnonymizer.protected`), and of all
others the pixels that they say they edit.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.reader import FaceReader
from bauta.anonymize.visible import visible_to
from bauta.contract import Status
from bauta.errors import DataError
from bauta.faces import FaceTable
from bauta.measurement import Measurement, Value
from bauta.protocols import (
    AnonymizedBatch,
    Anonymizer,
    BlindAnonymizer,
    FaceBatch,
    FittedAnonymizer,
    Images,
)
from bauta.store import Store

log = logging.getLogger(__name__)

FACES = 8
BATCH = 32


@dataclass(frozen=True)
class _Changed:
    """All faces of a set, some of them with other images, for `FittedAnonymizer.fit`."""

    reader: FaceReader
    images: dict[str, Images]

    def __len__(self) -> int:
        return len(self.reader)

    def __iter__(self) -> Iterator[FaceBatch]:
        return self._exchanged(self.reader)

    def of(self, face_ids: Collection[str]) -> Iterator[FaceBatch]:
        return self._exchanged(self.reader.of(face_ids))

    def _exchanged(self, batches: Iterable[FaceBatch]) -> Iterator[FaceBatch]:
        for batch in batches:
            if batch.images is None:
                yield batch
                continue
            rows = [
                self.images.get(face, image) for face, image in zip(batch.face_ids, batch.images, strict=True)
            ]
            yield replace(batch, images=np.stack(rows))


def measure_audit(
    crops: Store,
    landmarks: Store | None,
    parsing: Store | None,
    faces: FaceTable,
    backend: Anonymizer,
    *,
    mesh: Store | None = None,
    dataset: str,
    name: str,
    setting: str,
    seed: int,
    count: int = FACES,
) -> Measurement:
    """Audit a backend on a few faces of a set.

    A backend that is fitted is fitted anew on the whole set for each exchange, with the exchanged pixels in
    it.

    Args:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`; needed by backends that see landmarks.
        parsing: Store with `classes`; needed by backends that see the parsing.
        faces: The scored faces.
        backend: What is audited.
        mesh: Store with `points` and `blendshapes`; needed by backends that see MediaPipe's mesh.
        dataset: Name of the dataset.
        name: Name of the backend.
        setting: Its setting.
        seed: Of the backend and of the noise.
        count: How many faces are exchanged, as many people as possible.

    Returns:
        A measurement `audit`: `leaks_pixels`, `passed_difference`, and `declared_blind`, which is 1 where the
        backend declares not to see the pixels that it replaces. Null where no face was anonymized or nothing
        is protected.

    Raises:
        InfeasibleError: a fitted backend cannot do what was asked with this set.
        ConfigError: the backend sees something that is not given.
    """
    shown = faces.showcase(2 * count)
    chosen, donors = shown.take(np.arange(len(shown))[:count]), shown.take(np.arange(len(shown))[count:])
    blind = "images" not in backend.sees
    leaked, passed = (
        Value.missing("no face of the set has a crop"),
        Value.missing("no face of the set has a crop"),
    )
    if len(chosen) > 0:
        reader = FaceReader(crops, landmarks, parsing, faces, BATCH, backend.sees, mesh)
        leaked, passed = _audit(backend, reader, chosen.face_ids, donors.face_ids, seed)
    notes = []
    if blind and leaked.value:
        notes.append(
            f"audit: {name} declares that it does not see what it replaces, and it changes "
            f"{leaked.value:.3g} of the pixels"
        )
        log.error("%s", notes[0])
    return Measurement(
        kind="audit",
        dataset=dataset,
        backend=name,
        setting=setting,
        values={
            "leaks_pixels": leaked,
            "passed_difference": passed,
            "declared_blind": Value(value=float(blind), n=leaked.n),
        },
        notes=notes,
        provenance={"seed": seed, "faces": len(chosen)},
    )


def _audit(
    backend: Anonymizer, reader: FaceReader, chosen: Sequence[str], donors: Sequence[str], seed: int
) -> tuple[Value, Value]:
    batch = _read(reader, chosen, backend.sees | {"images"})
    originals = _images(batch)
    before = _run(backend, reader, batch, seed)
    region = _protected(backend, batch, before) & (before.status == Status.OK.code)[:, np.newaxis, np.newaxis]
    count = int(region.any(axis=(1, 2)).sum())
    if count == 0:
        reason = "no face was anonymized" if before.status.any() else "the backend protects no pixel"
        return Value.missing(reason), Value.missing(reason)
    rng = np.random.default_rng(seed)
    noise = originals ^ rng.integers(1, 256, originals.shape, dtype=np.uint8)
    after = _run(backend, reader, replace(batch, images=_exchanged(originals, noise, region)), seed)
    changed = int((after.images != before.images).any(axis=-1).sum())
    leaked = Value(value=min(changed / int(region.sum()), 1.0), n=count)
    # Faces that do not change themselves give the pixels: averages would not notice that two changed places.
    given_by = donors if len(donors) == len(chosen) else [*chosen[1:], *chosen[:1]]
    other = _exchanged(originals, _images(_read(reader, given_by, frozenset({"images"}))), region)
    given = _mean_change(originals, other, region)
    if given == 0.0:
        return leaked, Value.missing("there is no second face to exchange pixels with", n=count)
    after = _run(backend, reader, replace(batch, images=other), seed)
    return leaked, Value(value=_mean_change(before.images, after.images, region) / given, n=count)


def _read(reader: FaceReader, face_ids: Sequence[str], fields: frozenset[str]) -> FaceBatch:
    ids = list(reader.faces.face_ids)
    return reader.read(np.array([ids.index(face) for face in face_ids]), fields)


def _run(backend: Anonymizer, reader: FaceReader, batch: FaceBatch, seed: int) -> AnonymizedBatch:
    """Anonymize the faces as a job does, after a fit on the whole set with them in it."""
    if isinstance(backend, FittedAnonymizer):
        changed = dict(zip(batch.face_ids, _images(batch), strict=True))
        backend.fit(_Changed(reader, changed), seed=seed)
    return backend.anonymize(visible_to(backend, batch), seed=seed)


def _protected(backend: Anonymizer, batch: FaceBatch, done: AnonymizedBatch) -> NDArray[np.bool_]:
    if isinstance(backend, BlindAnonymizer):
        return backend.protected(batch.restricted_to(backend.sees)).astype(bool)
    return done.mask.astype(bool)


def _exchanged(images: Images, other: Images, region: NDArray[np.bool_]) -> Images:
    return np.where(region[..., np.newaxis], other, images)


def _mean_change(before: Images, after: Images, region: NDArray[np.bool_]) -> float:
    return float(np.abs(after[region].astype(np.int16) - before[region]).mean())


def _images(batch: FaceBatch) -> Images:
    if batch.images is None:
        raise DataError("the audit expects a batch with images, got none")
    return batch.images
