"""Detection on finished crops: does an anonymized face still look like a face to a detector?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.detect.working_size import resize
from bauta.distinct import compute_distinct
from bauta.protocols import Detector, Images
from bauta.store import Store

WORKING_SIDE = 128
"""Side to which crops are shrunk first: the face fills half of it, and detection is half as fast again."""

MIDDLE = (0.25, 0.75)
"""Part of the crop's sides in which the centre of a box lies if it is the aligned face that was found."""


def redetect_store(
    images: Store, detector: Detector, *, ids: Sequence[str] | None = None
) -> NDArray[np.bool_]:
    """Which images of a store show a face in the middle; equal images are looked at once.

    Args:
        images: Store with `images` and `status`, crops or anonymized.
        detector: What finds the faces.
        ids: Rows to look at and their order; all rows of the store by default.

    Returns:
        bool (N,); False where the status is not ok, as such images are black.

    Raises:
        StoreError: the store has no row of an id, or cannot be read.
    """

    def detect(batch: Images) -> NDArray[np.bool_]:
        return np.array([_shows_face(image, detector) for image in batch])

    rows = images.rows_of(images.ids if ids is None else ids)
    found = np.zeros(len(rows), dtype=bool)
    ok = images.take("status", rows) == Status.OK.code
    found[ok] = compute_distinct(images, rows[ok], detect)
    return found


def _shows_face(image: Images, detector: Detector) -> bool:
    shrunk = resize(image, min(1.0, WORKING_SIDE / image.shape[0]))
    centres = detector.detect(shrunk).boxes.reshape(-1, 2, 2).mean(axis=1) / shrunk.shape[0]
    low, high = MIDDLE
    return bool(((centres > low) & (centres < high)).all(axis=1).any())
