"""Anonymization of a whole set: every face is written to the store, anonymized or black with a status."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bauta.anonymize.classical.identity import Identity
from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.external.places import WholeImageAnonymizer
from bauta.anonymize.generator_card import LearntFromPeople, notes_on_people
from bauta.anonymize.latents import DescribedAnonymizer
from bauta.anonymize.placed import PlacedFaces
from bauta.anonymize.reader import FaceLabels, FaceReader
from bauta.anonymize.verify import VerifiedAnonymizer, verify_outputs
from bauta.anonymize.visible import labels_visible_to, visible_to
from bauta.anonymize.witness import FOUND, MAX_ALIKE, MAX_KEPT, Bounds, alike, kept, misplaced, uncovered
from bauta.contract import CropContract, Status
from bauta.errors import InfeasibleError
from bauta.protocols import AnonymizedBatch, Anonymizer, FaceBatch, FittedAnonymizer, Images
from bauta.store import ArraySpec, Store, StoreWriter

log = logging.getLogger(__name__)


def anonymize_store(
    crops: Store,
    landmarks: Store | None,
    parsing: Store | None,
    faces: FaceLabels,
    backend: Anonymizer,
    *,
    out: Path | str,
    seed: int,
    mesh: Store | None = None,
    posteriors: Store | None = None,
    flame: Store | None = None,
    batch: int = 32,
    attributes: Mapping[str, Any] | None = None,
    sources: Mapping[str, str] | None = None,
    progress: bool = False,
    bounds: Bounds = FOUND,
    outputs: int | None = None,
) -> Counter[Status]:
    """Anonymize faces and write them to a store with `images`, `status` and `mask`.

    A face is black, with mask 0, if its crop is not ok, if the backend gives it another status than ok or
    raises `AnonymizationError` for its batch, or if the backend passed it on: the edited region is not at the
    face of the crop contract, or its pixels came back.

    Args:
        crops: Store with `images` uint8 (size, size, 3) and `status`, and in its attributes the `margin` of
            the contract; without it, the default is used.
        landmarks: Store with `points`; needed by backends that see landmarks.
        parsing: Store with `classes`; needed by backends that see the parsing.
        faces: The faces to anonymize, in the order of the rows to write.
        backend: The anonymizer, which receives only the fields that it declares to see.
        out: The store to write.
        seed: Seed of everything random.
        mesh: Store with `points` and `blendshapes`; needed by backends that see MediaPipe's mesh.
        posteriors: Store with `probabilities` of the clear faces; needed by backends that see a teacher's.
        flame: Store with `expression` and `pose`; needed by backends that see FLAME parameters.
        batch: Number of faces per batch.
        attributes: Provenance for the store.
        sources: Place → digest of each artifact that it is computed from, for the seal of the store.
        progress: Whether to show a progress bar.
        bounds: Bounds for the landmarks, which depend on how the crops were cut; see `witness.bounds_of`.
        outputs: The largest number of different pictures that the setting declares; None if any.

    Returns:
        The number of faces with each status.

    Raises:
        AnonymizationError: no face was anonymized, the backend's output has the wrong shape or type, or the
            output breaks a promise of the backend or has more pictures than its setting declares; such a
            store must not be used.
        InfeasibleError: a fitted backend cannot be fitted to this set, or another program anonymized no face,
            which is no reason to stop others.
        ConfigError: the backend sees something that was not passed.
        StoreError: a face is not in one of the stores.
    """
    reader = FaceReader(crops, landmarks, parsing, faces, batch, backend.sees, mesh, posteriors, flame)
    if not (reader.status == Status.OK.code).any():
        raise AnonymizationError(f"{out}: none of {len(reader)} faces has a crop; check the detections")
    size = crops.read("images", 0, 1).shape[1]
    contract = CropContract(size, crops.attributes.get("margin", CropContract.margin))
    if isinstance(backend, FittedAnonymizer):
        backend.fit(PlacedFaces(reader, contract, bounds), seed=seed)
    specs = {
        "images": ArraySpec((size, size, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
        "mask": ArraySpec((size, size), "uint8"),
    }
    described = {**(attributes or {}), **_described(backend, faces, seed)}
    made_from = {
        "seed": str(seed),
        "sees": " ".join(sorted(backend.sees)),
        **{name: store.digest for name, store in reader.stores().items()},
    }
    with StoreWriter(
        out, specs, list(faces.face_ids), described, made_from=made_from, sources=sources
    ) as writer:
        first = writer.resume(batch)
        slices = [(part, readable) for part, readable in reader.slices() if part.start >= first]
        for part, readable in tqdm(slices, desc="anonymize", disable=None if progress else True):
            status = reader.status[part].copy()
            images = np.zeros((len(status), size, size, 3), dtype=np.uint8)
            mask = np.zeros((len(status), size, size), dtype=np.uint8)
            if len(readable) > 0:
                seen = reader.read(readable, backend.sees | {"images"})
                done = _anonymize(backend, seen, contract, seed, bounds)
                rows = readable - part.start
                images[rows], status[rows], mask[rows] = done.images, done.status, done.mask
            writer.append(images=images, status=status, mask=mask)
        counts = Counter(list(Status)[code] for code in writer.read("status", len(reader)))
        if counts[Status.OK] == 0:
            if isinstance(backend, WholeImageAnonymizer):
                why = backend.first_failure
                raise InfeasibleError(
                    f"all {len(reader)} faces failed" + (f", the first because {why}" if why else "")
                )
            raise AnonymizationError(f"{out}: all {len(reader)} faces failed; see the log for the reasons")
    _verify(backend, Store.open(out), faces, outputs)
    log.info("%s: %s", out, ", ".join(f"{count} {status}" for status, count in counts.items()))
    return counts


def _described(backend: Anonymizer, faces: FaceLabels, seed: int) -> dict[str, Any]:
    """What a backend says of its output, and the notes that must accompany every result."""
    about: dict[str, Any] = {}
    if isinstance(backend, DescribedAnonymizer):
        about |= backend.describe(labels_visible_to(backend, faces), seed=seed)
    notes = list(about.get("notes", []))
    if isinstance(backend, VerifiedAnonymizer):
        notes += backend.notes
    if isinstance(backend, LearntFromPeople):
        notes += notes_on_people(backend.learnt_from, faces.subjects)
    return {**about, "notes": notes} if notes else about


def _verify(backend: Anonymizer, anonymized: Store, faces: FaceLabels, outputs: int | None) -> None:
    """Prove from the stored pixels what the backend and its setting promise."""
    if isinstance(backend, VerifiedAnonymizer):
        backend.verify(anonymized, faces)
    if outputs is not None:
        verify_outputs(anonymized, outputs)


def _anonymize(
    backend: Anonymizer, batch: FaceBatch, contract: CropContract, seed: int, bounds: Bounds = FOUND
) -> AnonymizedBatch:
    """Anonymize a batch of ok crops, failing closed."""
    originals = batch.images
    if originals is None:
        raise AnonymizationError("expected a batch with images, got none")
    elsewhere = []
    if batch.landmarks is not None and "landmarks" in backend.sees:
        for row, points in enumerate(batch.landmarks):
            if reason := misplaced(points, contract, bounds):
                log.warning("face '%s' has %s: failed", batch.face_ids[row], reason)
                elsewhere.append(row)
    try:
        result = backend.anonymize(visible_to(backend, batch), seed=seed)
    except AnonymizationError as error:
        log.error("%d faces from '%s' failed: %s", len(batch), batch.face_ids[0], error)
        return AnonymizedBatch(
            images=np.zeros_like(originals),
            status=np.full(len(batch), Status.FAILED.code, dtype=np.uint8),
            mask=np.zeros(originals.shape[:3], dtype=np.uint8),
        )
    check_output(result, originals, batch)
    status = result.status.copy()
    status[[row for row in elsewhere if status[row] == Status.OK.code]] = Status.FAILED.code
    if not isinstance(backend, Identity):
        for row, reason in handed_on(originals, result, contract).items():
            log.error("face '%s' %s: failed", batch.face_ids[row], reason)
            status[row] = Status.FAILED.code
    ok = status == Status.OK.code
    return AnonymizedBatch(
        images=np.where(ok[:, np.newaxis, np.newaxis, np.newaxis], result.images, 0).astype(np.uint8),
        status=status,
        mask=np.where(ok[:, np.newaxis, np.newaxis], result.mask, 0).astype(np.uint8),
    )


def check_output(result: AnonymizedBatch, originals: Images, batch: FaceBatch) -> None:
    """Check that the output conforms to `AnonymizedBatch`.

    Raises:
        AnonymizationError: an array has another shape or type, or a value is out of range.
    """
    where = f"batch from face '{batch.face_ids[0]}'"
    for name, array, shape in (
        ("images", result.images, originals.shape),
        ("status", result.status, (len(batch),)),
        ("mask", result.mask, originals.shape[:3]),
    ):
        if array.shape != shape or array.dtype != np.uint8:
            raise AnonymizationError(
                f"{where}: expected {name} {shape} uint8, got {array.shape} {array.dtype}; repair the backend"
            )
    if result.mask.max(initial=0) > 1:
        raise AnonymizationError(f"{where}: expected a mask of 0 and 1, got {result.mask.max()}")
    if result.status.max(initial=0) >= len(Status):
        raise AnonymizationError(f"{where}: expected a status code, got {result.status.max()}")


def handed_on(originals: Images, result: AnonymizedBatch, contract: CropContract) -> dict[int, str]:
    """The faces that are marked as anonymized but were passed on, with the evidence."""
    found: dict[int, str] = {}
    same, parts = unchanged(originals, result), kept(originals, result, contract)
    nearly = alike(originals, result, contract)
    for row in np.flatnonzero(result.status == Status.OK.code).tolist():
        if same[row]:
            found[row] = "came back unchanged"
        elif reason := uncovered(result.mask[row], contract):
            found[row] = f"came back with {reason}"
        elif parts[row] > MAX_KEPT:
            found[row] = (
                f"came back with {parts[row]:.2f} of its pixels, expected at most {MAX_KEPT} in blocks"
            )
        elif nearly[row] > MAX_ALIKE:
            found[row] = f"came back with {nearly[row]:.2f} nearly unchanged, expected at most {MAX_ALIKE}"
    return found


def unchanged(originals: Images, result: AnonymizedBatch) -> NDArray[np.bool_]:
    """Whether each face was passed on: nothing in the edited region differs from the original, (N,).

    An empty region counts as unchanged. A region of one colour does not: no anonymizer needs to change it,
    and it shows nobody.
    """
    inside = result.mask.astype(bool)
    differs = result.images != originals
    # numpy's any() over an axis of length three takes ten times as long
    same = ~((differs[..., 0] | differs[..., 1] | differs[..., 2]) & inside).any(axis=(1, 2))
    for row in np.flatnonzero(same & inside.any(axis=(1, 2))):
        region = originals[row][inside[row]]
        same[row] = bool((region != region[0]).any())
    return same
