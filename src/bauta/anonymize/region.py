"""The region of a crop that a backend edits, and the replacement of pixels inside it."""

import logging

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.settings import Region
from bauta.anonymize.witness import BOXED, misplaced
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.landmarks.hull import face_hull
from bauta.protocols import AnonymizedBatch, FaceBatch, Images

log = logging.getLogger(__name__)


def images_of(batch: FaceBatch) -> Images:
    """Return the images of a batch.

    Raises:
        DataError: the batch has no images.
    """
    if batch.images is None:
        raise DataError("expected a batch with images, got none; let the runner restrict it to `sees`")
    return batch.images


def edited_masks(batch: FaceBatch, region: Region, contract: CropContract) -> NDArray[np.uint8]:
    """Compute the edited region of each face: uint8 (N, size, size), 1 inside.

    The mask is empty for a face without landmarks, which has no hull, and for a face whose landmarks lie far
    from the face of the crop contract.

    Raises:
        DataError: the region is the hull and the batch has no landmarks.
    """
    shape = (len(batch), contract.size, contract.size)
    if region == "crop":
        return np.ones(shape, dtype=np.uint8)
    if batch.landmarks is None:
        raise DataError("region 'hull' expects landmarks, got none; compute them or use region 'crop'")
    masks = np.zeros(shape, dtype=np.uint8)
    for row in np.flatnonzero(has_landmarks(batch, contract)).tolist():
        masks[row] = face_hull(batch.landmarks[row, :, :2], contract.size)
    return masks


def has_landmarks(batch: FaceBatch, contract: CropContract) -> NDArray[np.bool_]:
    """Whether each face has landmarks, roughly at the position of the face, (N,).

    A backend does not know how the crops were cut; the runner fails faces outside the applicable bounds.
    """
    if batch.landmarks is None:
        return np.zeros(len(batch), dtype=bool)
    return np.array([misplaced(points, contract, BOXED) is None for points in batch.landmarks], dtype=bool)


def replace_inside(batch: FaceBatch, edited: Images, masks: NDArray[np.uint8]) -> AnonymizedBatch:
    """Paste `edited` into the crops inside the masks; the pixels outside remain bit-identical.

    A face with an empty mask would be passed on unchanged, so it fails: black, mask 0, status failed.
    """
    inside = masks.astype(bool)
    images = np.where(inside[..., np.newaxis], edited, images_of(batch))
    status = np.full(len(batch), Status.OK.code, dtype=np.uint8)
    empty = ~inside.any(axis=(1, 2))
    for row in np.flatnonzero(empty).tolist():
        log.warning("face '%s' has no region to replace: failed", batch.face_ids[row])
    images[empty] = 0
    status[empty] = Status.FAILED.code
    return AnonymizedBatch(images=images, status=status, mask=masks)
