"""Crops: each aligned face resampled to the grid of the crop contract."""

import math
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tqdm import tqdm

from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.images import read_image
from bauta.protocols import Images
from bauta.store import ArraySpec, StoreWriter
from bauta.tables import Row, rows_in, table_sha256

BATCH = 64


def warp_crop(image: Images, matrix: NDArray[np.float64], size: int) -> Images:
    """Resample an image to a crop, without aliasing where the crop is the smaller.

    A crop pixel that covers more than one image pixel is the mean of k×k bilinear samples, with k large
    enough that samples lie at most a pixel apart. What lies outside the image is black, as in the crops that
    ArcFace and dlib recognizers are trained on.

    Args:
        image: uint8 (H, W, 3).
        matrix: (2, 3) similarity from image to crop pixels.
        size: Side of the crop.

    Returns:
        uint8 (size, size, 3).
    """
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    samples = max(1, math.ceil(1.0 / scale - 1e-6))
    fine = np.asarray(matrix, dtype=np.float64) * samples
    fine[:, 2] += (samples - 1) / 2
    source, offset = _needed_part(image, fine, size * samples)
    fine[:, 2] += fine[:, :2] @ offset
    warped = cv2.warpAffine(
        source, fine, (size * samples, size * samples), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    if samples > 1:
        warped = cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(warped, dtype=np.uint8)


def _needed_part(image: Images, matrix: NDArray[np.float64], size: int) -> tuple[Images, NDArray[np.int64]]:
    """The part of an image that a crop shows and its top-left pixel; OpenCV warps no side over 32,767."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) - 0.5
    shown = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(shown.min(axis=0)).astype(np.int64) - 1, 0, limit - 1)
    high = np.clip(np.ceil(shown.max(axis=0)).astype(np.int64) + 2, low + 1, limit)
    return image[low[1] : high[1], low[0] : high[0]], low


def crop_dataset(
    manifest: pa.Table,
    alignment: pa.Table,
    root: Path | str,
    contract: CropContract,
    out: Path | str,
    *,
    progress: bool = False,
) -> None:
    """Write the crops of a dataset, one row for each row of the alignment, at most a batch in memory.

    Args:
        manifest: The images, a table of `tables.MANIFEST`.
        alignment: A table of `tables.ALIGNMENT`; the faces of an image follow one another.
        root: Folder that the manifest's paths start from.
        contract: Size of the crops.
        out: Store to make, with `images` uint8 (N, size, size, 3) RGB and `status` uint8 (N,); faces without
            an alignment are black.
        progress: Whether to show a progress bar.

    Raises:
        DataError: a face's image is not in the manifest.
        UnreadableImageError: an image that was readable when it was indexed no longer is.
        StoreError: the store cannot be written.
    """
    paths = dict(zip(manifest["image_id"].to_pylist(), manifest["path"].to_pylist(), strict=True))
    specs = {
        "images": ArraySpec((contract.size, contract.size, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
    }
    attributes = {"size": contract.size, "margin": contract.margin}
    ids, made_from = alignment["face_id"].to_pylist(), {"alignment": table_sha256(alignment)}
    with StoreWriter(out, specs, ids, attributes, made_from=made_from) as writer:
        first = writer.resume(BATCH)
        crops = tqdm(
            _crops(rows_in(alignment, first), paths, Path(root), contract.size),
            initial=first,
            total=len(alignment),
            disable=None if progress else True,
        )
        images, codes = [], []
        for crop, code in crops:
            images.append(crop)
            codes.append(code)
            if len(images) == BATCH:
                writer.append(images=np.stack(images), status=np.array(codes, dtype=np.uint8))
                images, codes = [], []
        if images:
            writer.append(images=np.stack(images), status=np.array(codes, dtype=np.uint8))


def _crops(rows: Iterator[Row], paths: dict[str, str], root: Path, size: int) -> Iterator[tuple[Images, int]]:
    """Crop and status code of each row; an image is decoded once for all its faces."""
    for image_id, faces in groupby(rows, key=lambda row: row["image_id"]):
        if image_id not in paths:
            raise DataError(f"face of '{image_id}', which the manifest does not list: run detection again")
        image: Images | None = None
        for face in faces:
            status = Status(face["status"])
            if status != Status.OK:
                yield np.zeros((size, size, 3), dtype=np.uint8), status.code
                continue
            if image is None:
                image = read_image(root / paths[image_id])
            matrix = np.array(face["matrix"], dtype=np.float64).reshape(2, 3)
            yield warp_crop(image, matrix, size), status.code
