"""The audit that proves what an anonymizer cannot see: exchange it, and no bit of the output may change.

The protected pixels of a few faces are exchanged twice, everything else that the backend declares to see is
kept, and the outputs are compared:
- for **noise**: `leaks_pixels` is the number of pixels of the output that change, divided by the number of
  protected pixels, at most 1. It is 0 exactly if no bit passes, and 1 if every pixel depends on the hidden
  pixels.
- for **the pixels of other faces**: `passed_difference` is the mean absolute change of the output under the
  mask divided by that of the input: 1 for `identity`, 0 for `blackout`, and otherwise the fraction of the
  difference between two people that an obfuscation lets through.

The expression **labels** of the set are exchanged between its faces as well, for every backend that does
not declare to see them: `leaks_labels` is the share of the faces whose output changes, which must be 0.
Utility is scored on these labels, so a backend that is given them has the answers.

The protected pixels of a blind backend are those that it declares not to receive
(`BlindAnonymizer.protected`); those of all other backends are the pixels that they declare to edit.

Another program, whose pictures are only read (`external`, `command`), cannot be audited: its values are
missing.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.external.places import WholeImageAnonymizer
from bauta.anonymize.latents import DescribedAnonymizer
from bauta.anonymize.reader import FaceReader
from bauta.anonymize.settings import LABELS
from bauta.anonymize.visible import labels_visible_to, visible_to
from bauta.contract import Status
from bauta.datasets.face_table import FaceTable
from bauta.errors import DataError
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

ELSEWHERE = "another program makes its pictures, so nothing that it saw can be exchanged"

FACES = 8
BATCH = 32


@dataclass(frozen=True)
class _Changed:
    """All faces of a set, some with exchanged images, for `FittedAnonymizer.fit`."""

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
    posteriors: Store | None = None,
    flame: Store | None = None,
    dataset: str,
    name: str,
    setting: str,
    seed: int,
    count: int = FACES,
) -> Measurement:
    """Audit a backend on a few faces of a set.

    A fitted backend is refitted for each exchange on the whole set, which includes the exchanged pixels.

    Args:
        crops: Store with `images` and `status`.
        landmarks: Store with `points`; needed by backends that see landmarks.
        parsing: Store with `classes`; needed by backends that see the parsing.
        faces: The scored faces.
        backend: The anonymizer to audit.
        mesh: Store with `points` and `blendshapes`; needed by backends that see MediaPipe's mesh.
        posteriors: Store with `probabilities` of the clear faces; needed by backends that see a teacher's.
        flame: Store with `expression` and `pose`; needed by backends that see FLAME parameters.
        dataset: Name of the dataset.
        name: Name of the backend.
        setting: Its setting.
        seed: Seed of the backend and of the noise.
        count: Number of faces to exchange, of as many people as possible.

    Returns:
        A measurement `audit`: `leaks_pixels`, `passed_difference`, `leaks_labels`, and `declared_blind`,
        which is 1 if the backend declares not to see the pixels that it replaces. Values are null if no face
        was anonymized, nothing is protected, or the faces have no two different labels.

    Raises:
        InfeasibleError: a fitted backend cannot be fitted to this set.
        ConfigError: the backend sees something that was not passed.
    """
    shown = faces.showcase(2 * count)
    chosen, donors = shown.take(np.arange(len(shown))[:count]), shown.take(np.arange(len(shown))[count:])
    blind = "images" not in backend.sees
    leaked = passed = labels = Value.missing("no face of the set has a crop")
    if isinstance(backend, WholeImageAnonymizer):
        leaked = passed = labels = Value.missing(ELSEWHERE)
    elif len(chosen) > 0:
        stores = (mesh, posteriors, flame)
        reader = FaceReader(crops, landmarks, parsing, faces, BATCH, backend.sees, *stores)
        batch = _read(reader, chosen.face_ids, backend.sees | {"images"})
        case = _Case(backend, reader, batch, _run(backend, reader, batch, seed), seed)
        leaked, passed = _audit(case, donors.face_ids)
        labels = _audit_labels(case, faces)
    notes = []
    if blind and leaked.value:
        notes.append(
            f"audit: {name} declares that it does not see what it replaces, and it changes "
            f"{leaked.value:.3g} of the pixels"
        )
    if labels.value:
        notes.append(
            f"audit: {name} does not declare that it sees the labels, and exchanging them changes "
            f"{labels.value:.3g} of the faces"
        )
    for note in notes:
        log.error("%s", note)
    return Measurement(
        kind="audit",
        dataset=dataset,
        backend=name,
        setting=setting,
        values={
            "leaks_pixels": leaked,
            "passed_difference": passed,
            "leaks_labels": labels,
            "declared_blind": Value(value=float(blind), n=leaked.n),
        },
        notes=notes,
        provenance={"seed": seed, "faces": len(chosen)},
    )


@dataclass(frozen=True)
class _Case:
    """A backend, some faces of a set, and its output for them."""

    backend: Anonymizer
    reader: FaceReader
    batch: FaceBatch
    before: AnonymizedBatch
    seed: int

    def after(self, batch: FaceBatch, reader: FaceReader | None = None) -> AnonymizedBatch:
        """The output for changed faces, or of a changed set."""
        return _run(self.backend, reader or self.reader, batch, self.seed)


def _audit(case: _Case, donors: Sequence[str]) -> tuple[Value, Value]:
    """Leaked pixels and passed difference."""
    batch, before = case.batch, case.before
    originals, chosen = _images(batch), batch.face_ids
    ok = before.status == Status.OK.code
    region = _protected(case.backend, batch, before) & ok[:, np.newaxis, np.newaxis]
    count = int(region.any(axis=(1, 2)).sum())
    if count == 0:
        reason = "no face was anonymized" if before.status.any() else "the backend protects no pixel"
        return Value.missing(reason), Value.missing(reason)
    rng = np.random.default_rng(case.seed)
    noise = originals ^ rng.integers(1, 256, originals.shape, dtype=np.uint8)
    after = case.after(replace(batch, images=_exchanged(originals, noise, region)))
    changed = int((after.images != before.images).any(axis=-1).sum())
    leaked = Value(value=min(changed / int(region.sum()), 1.0), n=count)
    # The pixels come from faces that stay unchanged: an average would not notice that two faces were swapped.
    given_by = donors if len(donors) == len(chosen) else [*chosen[1:], *chosen[:1]]
    other = _exchanged(originals, _images(_read(case.reader, given_by, frozenset({"images"}))), region)
    given = _mean_change(originals, other, region)
    if given == 0.0:
        return leaked, Value.missing("there is no second face to exchange pixels with", n=count)
    after = case.after(replace(batch, images=other))
    return leaked, Value(value=_mean_change(before.images, after.images, region) / given, n=count)


def _audit_labels(case: _Case, faces: FaceTable) -> Value:
    """Share of the faces whose output changes when the labels of the whole set are exchanged."""
    if LABELS in case.backend.sees:
        return Value.missing("it declares that it sees the labels")
    before, ok = case.before, case.before.status == Status.OK.code
    if not ok.any():
        return Value.missing("no face was anonymized")
    if len(set(faces.labelled().expressions)) < 2:
        return Value.missing("the set has no two different labels to exchange")
    mixed = replace(case.reader, faces=replace(faces, expressions=_permuted(faces.expressions, case.seed)))
    after = case.after(_read(mixed, case.batch.face_ids, case.backend.sees | {"images"}), mixed)
    changed = (after.images != before.images).any(axis=(1, 2, 3)) | (after.status != before.status)
    return Value(value=float(changed[ok].mean()), n=int(ok.sum()))


def _permuted(labels: Sequence[str | None], seed: int) -> tuple[str | None, ...]:
    """The labels, of which at least two differ, exchanged between the faces that have one."""
    known = [row for row, label in enumerate(labels) if label is not None]
    rng, exchanged = np.random.default_rng(seed), list(labels)
    while exchanged == list(labels):
        for row, other in zip(known, rng.permutation(known).tolist(), strict=True):
            exchanged[row] = labels[other]
    return tuple(exchanged)


def _read(reader: FaceReader, face_ids: Sequence[str], fields: frozenset[str]) -> FaceBatch:
    ids = list(reader.faces.face_ids)
    return reader.read(np.array([ids.index(face) for face in face_ids]), fields)


def _run(backend: Anonymizer, reader: FaceReader, batch: FaceBatch, seed: int) -> AnonymizedBatch:
    """Anonymize the faces as a job does, after a fit to the whole set that includes them."""
    if isinstance(backend, FittedAnonymizer):
        changed = dict(zip(batch.face_ids, _images(batch), strict=True))
        backend.fit(_Changed(reader, changed), seed=seed)
    if isinstance(backend, DescribedAnonymizer):
        backend.describe(labels_visible_to(backend, reader.faces), seed=seed)
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
