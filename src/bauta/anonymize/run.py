"""Anonymizes a whole set: every face ends up in the store, anonymized or black with a status."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.identity import Identity
from bauta.anonymize.latents import DescribedAnonymizer
from bauta.anonymize.reader import FaceLabels, FaceReader
from bauta.anonymize.verify import VerifiedAnonymizer
from bauta.anonymize.visible import visible_to
from bauta.contract import Status
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
    batch: int = 32,
    attributes: Mapping[str, Any] | None = None,
    progress: bool = False,
) -> Counter[Status]:
    """Write the anonymized faces to a store with `images`, `status` and `mask`.

    A face is black, with mask 0, when its crop is not ok, when the backend gives it another status than ok
    or raises `AnonymizationError` for its batch, or when the backend handed it on unchanged.

    Args:
        crops: Store with `images` uint8 (size, size, 3) and `status`.
        landmarks: Store with `points`; needed by backends that see landmarks.
        parsing: Store with `classes`; needed by backends that see the parsing.
        faces: The faces to do; their order is that of the rows written.
        backend: It gets only the fields that it declares to see.
        out: The store to make.
        seed: Everything random is drawn from it.
        mesh: Store with `points` and `blendshapes`; needed by backends that see MediaPipe's mesh.
        batch: Faces at a time.
        attributes: Provenance for the store.
        progress: Show a progress bar.

    Returns:
        How many faces have each status.

    Raises:
        AnonymizationError: not one face was anonymized, the backend's output has the wrong shape or type, or
            what it wrote does not keep its promise; such a store must not be used.
        InfeasibleError: a fitted backend cannot do what was asked with this set.
        ConfigError: the backend sees something that is not given.
        StoreError: a face is not in one of the stores.
    """
    reader = FaceReader(crops, landmarks, parsing, faces, batch, backend.sees, mesh)
    if not (reader.status == Status.OK.code).any():
        raise AnonymizationError(f"{out}: none of {len(reader)} faces has a crop; look at the detections")
    if isinstance(backend, FittedAnonymizer):
        backend.fit(reader, seed=seed)
    size = crops.read("images", 0, 1).shape[1]
    specs = {
        "images": ArraySpec((size, size, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
        "mask": ArraySpec((size, size), "uint8"),
    }
    described = dict(attributes or {})
    if isinstance(backend, DescribedAnonymizer):
        described |= backend.describe(faces, seed=seed)
    if isinstance(backend, VerifiedAnonymizer) and backend.notes:
        described["notes"] = list(backend.notes)
    made_from = {
        "seed": str(seed),
        "sees": " ".join(sorted(backend.sees)),
        **{name: store.digest for name, store in reader.stores().items()},
    }
    with StoreWriter(out, specs, list(faces.face_ids), described, made_from=made_from) as writer:
        first = writer.resume(batch)
        slices = [(part, readable) for part, readable in reader.slices() if part.start >= first]
        for part, readable in tqdm(slices, desc="anonymize", disable=None if progress else True):
            status = reader.status[part].copy()
            images = np.zeros((len(status), size, size, 3), dtype=np.uint8)
            mask = np.zeros((len(status), size, size), dtype=np.uint8)
            if len(readable) > 0:
                done = _anonymize(backend, reader.read(readable, backend.sees | {"images"}), seed)
                rows = readable - part.start
                images[rows], status[rows], mask[rows] = done.images, done.status, done.mask
            writer.append(images=images, status=status, mask=mask)
        counts = Counter(list(Status)[code] for code in writer.read("status", len(reader)))
        if counts[Status.OK] == 0:
            raise AnonymizationError(f"{out}: all {len(reader)} faces failed; the log names the reasons")
    if isinstance(backend, VerifiedAnonymizer):
        backend.verify(Store.open(out), faces)
    log.info("%s: %s", out, ", ".join(f"{count} {status}" for status, count in counts.items()))
    return counts


def _anonymize(backend: Anonymizer, batch: FaceBatch, seed: int) -> AnonymizedBatch:
    """Anonymize a batch of ok crops and fail closed."""
    originals = batch.images
    if originals is None:
        raise AnonymizationError("expected a batch with images, got none")
    try:
        result = backend.anonymize(visible_to(backend, batch), seed=seed)
    except AnonymizationError as error:
        log.error("%d faces from '%s' failed: %s", len(batch), batch.face_ids[0], error)
        return AnonymizedBatch(
            images=np.zeros_like(originals),
            status=np.full(len(batch), Status.FAILED.code, dtype=np.uint8),
            mask=np.zeros(originals.shape[:3], dtype=np.uint8),
        )
    _check_output(result, originals, batch)
    status = result.status.copy()
    if not isinstance(backend, Identity):
        for row in np.flatnonzero(unchanged(originals, result) & (status == Status.OK.code)).tolist():
            log.error("face '%s' came back unchanged: failed", batch.face_ids[row])
            status[row] = Status.FAILED.code
    ok = status == Status.OK.code
    return AnonymizedBatch(
        images=np.where(ok[:, np.newaxis, np.newaxis, np.newaxis], result.images, 0).astype(np.uint8),
        status=status,
        mask=np.where(ok[:, np.newaxis, np.newaxis], result.mask, 0).astype(np.uint8),
    )


def _check_output(result: AnonymizedBatch, originals: Images, batch: FaceBatch) -> None:
    """Refuse outputs that are not what `AnonymizedBatch` says."""
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


def unchanged(originals: Images, result: AnonymizedBatch) -> NDArray[np.bool_]:
    """Which faces were handed on: nothing in the edited region differs from the original, (N,).

    An empty region is unchanged. A region of one colour is not: no anonymizer need change it, and nobody can
    be seen in it.
    """
    inside = result.mask.astype(bool)
    differs = result.images != originals
    # numpy's any() over an axis of three takes ten times as long
    same = ~((differs[..., 0] | differs[..., 1] | differs[..., 2]) & inside).any(axis=(1, 2))
    for row in np.flatnonzero(same & inside.any(axis=(1, 2))):
        region = originals[row][inside[row]]
        same[row] = bool((region != region[0]).any())
    return same
