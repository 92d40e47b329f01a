"""Crops: each aligned face resampled to the grid of the crop contract."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tqdm import tqdm

from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.io.images import read_known_image
from bauta.io.tables import Row, rows_in, table_sha256
from bauta.protocols import Images
from bauta.store import ArraySpec, StoreWriter
from bauta.store.ahead import one_ahead

BATCH = 64


def warp_crop(image: Images, matrix: NDArray[np.float64], size: int) -> Images:
    """Resample an image to a crop, without aliasing where the crop is smaller.

    A crop pixel that covers more than one image pixel is the mean of k×k bilinear samples, with k large
    enough that samples lie at most one pixel apart. The area outside the image is black, as in the crops on
    which ArcFace and dlib recognizers are trained.

    Args:
        image: uint8 (H, W, 3).
        matrix: (2, 3) similarity from image to crop pixels.
        size: Side of the crop in pixels.

    Returns:
        uint8 (size, size, 3).
    """
    return Warp.of(matrix, size, image.shape).apply(image)


@dataclass(frozen=True)
class Warp:
    """What `warp_crop` computes from a matrix, for any number of images of one size.

    Attributes:
        matrix: (2, 3) affine from pixels of the needed part to those of the sampled image.
        part: Rows and columns of the image that the crop shows.
        size: Side of the crop in pixels.
        samples: Number of samples of a crop pixel along each axis.
    """

    matrix: NDArray[np.float64]
    part: tuple[slice, slice]
    size: int
    samples: int

    @classmethod
    def of(cls, matrix: NDArray[np.float64], size: int, shape: Sequence[int]) -> Self:
        """The warp of a similarity (2, 3) from pixels of images of a shape (H, W, …) to those of a crop."""
        scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
        samples = max(1, math.ceil(1.0 / scale - 1e-6))
        fine = np.asarray(matrix, dtype=np.float64) * samples
        fine[:, 2] += (samples - 1) / 2
        part, offset = _needed_part(shape, fine, size * samples)
        fine[:, 2] += fine[:, :2] @ offset
        return cls(fine, part, size, samples)

    def apply(self, image: Images) -> Images:
        """The crop uint8 (size, size, …) of an image uint8 (H, W, …)."""
        side = self.size * self.samples
        warped = cv2.warpAffine(
            image[self.part],
            self.matrix,
            (side, side),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        if self.samples > 1:
            warped = cv2.resize(warped, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return np.asarray(warped, dtype=np.uint8)


def _needed_part(
    shape: Sequence[int], matrix: NDArray[np.float64], size: int
) -> tuple[tuple[slice, slice], NDArray[np.int64]]:
    """The part of an image that a crop shows, and its top-left pixel; OpenCV warps no side over 32,767."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) - 0.5
    shown = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    limit = np.array(shape[1::-1])
    low = np.clip(np.floor(shown.min(axis=0)).astype(np.int64) - 1, 0, limit - 1)
    high = np.clip(np.ceil(shown.max(axis=0)).astype(np.int64) + 2, low + 1, limit)
    return (slice(low[1], high[1]), slice(low[0], high[0])), low


def crop_dataset(
    manifest: pa.Table,
    alignment: pa.Table,
    root: Path | str,
    contract: CropContract,
    out: Path | str,
    *,
    sources: Mapping[str, str] | None = None,
    progress: bool = False,
) -> None:
    """Write the crops of a dataset, one row per alignment row, holding at most one batch in memory.

    Args:
        manifest: The images, a table of `tables.MANIFEST`.
        alignment: A table of `tables.ALIGNMENT`; the faces of an image follow one another.
        root: Folder to which the manifest's paths are relative.
        contract: The crop contract, which defines the size of the crops.
        out: Store to create, with `images` uint8 (N, size, size, 3) RGB and `status` uint8 (N,); faces
            without an alignment are black.
        sources: Place → digest of each of its inputs, for the store's seal.
        progress: Whether to show a progress bar.

    Raises:
        DataError: a face's image is not in the manifest, or has changed since it was listed.
        UnreadableImageError: an image that was readable when it was indexed is no longer readable.
        StoreError: the store cannot be written.
    """
    columns = (manifest[name].to_pylist() for name in ("image_id", "path", "fingerprint"))
    images_of = {image_id: (path, sha256) for image_id, path, sha256 in zip(*columns, strict=True)}
    specs = {
        "images": ArraySpec((contract.size, contract.size, 3), "uint8"),
        "status": ArraySpec((), "uint8"),
    }
    attributes = {"size": contract.size, "margin": contract.margin}
    ids, made_from = alignment["face_id"].to_pylist(), {"alignment": table_sha256(alignment)}
    with StoreWriter(out, specs, ids, attributes, made_from=made_from, sources=sources) as writer:
        first = writer.resume(BATCH)
        crops = tqdm(
            one_ahead(_crops(rows_in(alignment, first), images_of, Path(root), contract.size)),
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


def _crops(
    rows: Iterator[Row], images_of: Mapping[str, tuple[str, str | None]], root: Path, size: int
) -> Iterator[tuple[Images, int]]:
    """Yield the crop and status code of each row; an image is decoded once for all its faces."""
    for image_id, faces in groupby(rows, key=lambda row: row["image_id"]):
        if image_id not in images_of:
            raise DataError(f"face of '{image_id}', which the manifest does not list: run detection again")
        image: Images | None = None
        for face in faces:
            status = Status(face["status"])
            if status != Status.OK:
                yield np.zeros((size, size, 3), dtype=np.uint8), status.code
                continue
            if image is None:
                path, sha256 = images_of[image_id]
                image = read_known_image(root / path, sha256)
            matrix = np.array(face["matrix"], dtype=np.float64).reshape(2, 3)
            yield warp_crop(image, matrix, size), status.code
