"""Detection over a dataset: one row per face, and one row for every image without a face."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from bauta.contract import Status
from bauta.detect.annotations import Annotations
from bauta.errors import DataError
from bauta.io.images import read_known_image
from bauta.io.tables import DETECTIONS, rows_in, table_of
from bauta.protocols import Detections, Detector
from bauta.store.ahead import one_ahead

log = logging.getLogger(__name__)

Faces = Literal["largest", "central", "all"]
"""The faces of an image to keep: the one with the largest box, the one nearest to the middle, or all."""

DETECTOR_ERRORS = (RuntimeError, ValueError, IndexError)
"""Exceptions of detectors for one image: RuntimeError from torch and dlib, the others from array code."""


def detect_dataset(
    manifest: pa.Table,
    root: Path | str,
    detector: Detector | Annotations,
    faces: Faces = "largest",
    *,
    progress: bool = False,
) -> pa.Table:
    """Detect the faces of all images of a manifest.

    Args:
        manifest: A table of `tables.MANIFEST`.
        root: Folder that its paths are relative to.
        detector: Model that detects the faces.
        faces: Which faces of an image to keep.
        progress: Whether to show a progress bar.

    Returns:
        A table of `tables.DETECTIONS` in the order of the manifest. An image without a face has one row with
        the status `no_face`, and one on which the detector raised an error has `failed`; unreadable images
        keep their status.

    Raises:
        DataError: `faces` is not a known policy, or no image has a face.
        UnreadableImageError: an image that was readable when it was indexed is not any more.
    """
    if faces not in get_args(Faces):
        raise DataError(f"expected faces: {', '.join(get_args(Faces))}, got '{faces}'")
    images = one_ahead((image, _finder(image, Path(root), detector)) for image in rows_in(manifest))
    shown = tqdm(images, total=len(manifest), disable=None if progress else True)
    found = table_of((row for image, find in shown for row in _rows(image, find, faces)), DETECTIONS)
    if Status.OK not in found["status"].unique().to_pylist():
        raise DataError(f"no face in any of {len(manifest)} images of {root}: is it a dataset of faces?")
    return found


def _rows(image: dict[str, Any], find: Callable[[], Detections] | None, faces: Faces) -> list[dict[str, Any]]:
    image_id = image["image_id"]
    empty = {"face_id": image_id, "image_id": image_id}
    if find is None:
        return [empty | {"status": image["status"], "reason": image["reason"]}]
    try:
        found = find()
    except DETECTOR_ERRORS as error:
        log.warning("image %s: the detector failed: %s", image_id, error)
        reason = f"the detector failed: {type(error).__name__}: {error}".splitlines()[0]
        return [empty | {"status": str(Status.FAILED), "reason": reason}]
    if len(found.boxes) == 0:
        return [empty | {"status": str(Status.NO_FACE), "reason": "no face found"}]
    if faces == "largest":
        return [_face(image_id, image_id, found, largest(found))]
    if faces == "central":
        return [_face(image_id, image_id, found, central(found, image["height"], image["width"]))]
    return [_face(f"{image_id}#{index}", image_id, found, index) for index in range(len(found.boxes))]


def _finder(
    image: dict[str, Any], root: Path, detector: Detector | Annotations
) -> Callable[[], Detections] | None:
    """The call that detects an image's faces, None where the image is not ok.

    The file is read first: while the faces of another one are detected, and a lost file is no detector error.
    """
    if image["status"] != Status.OK:
        return None
    if isinstance(detector, Annotations):
        return partial(detector.faces_of, image)
    return partial(detector.detect, read_known_image(root / image["path"], image["fingerprint"]))


def largest(found: Detections) -> int:
    """Index of the face with the largest box."""
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    return int(np.argmax(sides.prod(axis=1)))


def central(found: Detections, height: int, width: int) -> int:
    """Index of the face whose middle is nearest to that of the image; of equally near ones, the larger."""
    middle = (np.array([width, height]) - 1) / 2
    distance = np.linalg.norm(found.boxes.reshape(-1, 2, 2).mean(axis=1) - middle, axis=1)
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    return int(np.lexsort((-sides.prod(axis=1), distance))[0])


def _face(face_id: str, image_id: str, found: Detections, index: int) -> dict[str, Any]:
    x0, y0, x1, y1 = found.boxes[index].tolist()
    return {
        "face_id": face_id,
        "image_id": image_id,
        "face_index": index,
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "score": float(found.scores[index]),
        "points": found.points[index].ravel().tolist(),
        "status": str(Status.OK),
        "reason": None,
    }
