"""Detection on finished crops: does a detector still find a face after anonymization?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bauta.contract import Status
from bauta.detect.working_size import resize
from bauta.protocols import Detector, Images
from bauta.store import Store
from bauta.store.deduplicate import compute_distinct

WORKING_SIDE = 128
"""Side to which crops are first shrunk: the face fills half of it, and detection is 1.5 times as fast."""

MIDDLE = (0.25, 0.75)
"""Range, as fractions of the crop's sides, of the centre of a box that belongs to the aligned face."""


def redetect_store(
    images: Store, detector: Detector, *, ids: Sequence[str] | None = None
) -> NDArray[np.bool_]:
    """Find which images of a store show a face in the middle; equal images are examined once.

    Args:
        images: Store with `images` and `status`, crops or anonymized.
        detector: Model that detects the faces.
        ids: Rows to examine and their order; all rows of the store by default.

    Returns:
        bool (N,), False where the status is not ok, because such images are black.

    Raises:
        StoreError: the store has no row for an id, or cannot be read.
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
