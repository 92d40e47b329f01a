"""The average face of each group of subjects, computed by streaming; shared by both k-Same variants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.ksame.cells import Cell, CellsOf, group_cells
from bauta.anonymize.ksame.grouping import FEATURE_SIZE, eigenface_coordinates, grey_features
from bauta.anonymize.ksame.shapes import ShapeSum, mean_shape
from bauta.anonymize.region import has_landmarks, images_of, replace_inside
from bauta.anonymize.scratch import ImageScratch
from bauta.anonymize.settings import Region
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.landmarks.hull import face_hull
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces, Images

ACCUMULATOR_BYTES = 2**28
TOTAL_WEIGHT = 2**24
MEANS_AT_ONCE = 512


@dataclass
class _CellSums:
    """Exact sums over the images of a cell; integers, so that the order does not matter."""

    features: NDArray[np.int32]
    shape: ShapeSum | None
    face_ids: list[str] = field(default_factory=list)

    @property
    def images(self) -> int:
        return len(self.face_ids)


@dataclass(frozen=True)
class _Means:
    """Mean features of cells in blocks, recomputed at each iteration."""

    sums: Sequence[_CellSums]

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        for start in range(0, len(self.sums), MEANS_AT_ONCE):
            yield np.stack([cell.features / cell.images for cell in self.sums[start : start + MEANS_AT_ONCE]])


class GroupAverages:
    """Replaces every image with the average of the group that its cell belongs to.

    Within a group every subject has the same weight, regardless of the number of their images.

    Args:
        k: Smallest number of subjects in a group.
        region: The region to replace: the whole crop, or the hull of the group's mean landmarks.
        contract: Geometry of the crops.
        cells_of: Returns the cell of each face of a batch, None for a face that cannot be anonymized.
        accumulator_bytes: Memory for sums of images; groups that do not fit are averaged in several passes.
    """

    def __init__(
        self,
        k: int,
        region: Region,
        contract: CropContract,
        cells_of: CellsOf,
        accumulator_bytes: int = ACCUMULATOR_BYTES,
    ) -> None:
        self.k = k
        self.region = region
        self.contract = contract
        self.cells_of = cells_of
        self.accumulator_bytes = accumulator_bytes
        self._group_of: dict[Cell, int] = {}
        self._averages = ImageScratch((contract.size, contract.size, 3))
        self._hulls: list[NDArray[np.float32]] = []

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects and average their images.

        Raises:
            InfeasibleError: an expression (or the set) has fewer than k subjects.
            DataError: a field that the backend sees is missing.
        """
        sums = self._sum_cells(faces)
        groups = group_cells(
            sums,
            lambda cells: eigenface_coordinates(_Means([sums[cell] for cell in cells])),
            self.k,
            seed,
        )
        self._group_of = {cell: number for number, group in enumerate(groups) for cell in group}
        self._averages = self._average(faces, groups, sums)
        self._hulls = [] if self.region == "crop" else [mean_shape(_shapes(group, sums)) for group in groups]

    def anonymize(self, batch: FaceBatch) -> AnonymizedBatch:
        """Give each face its group's average; a face without a group fails.

        Raises:
            AnonymizationError: `fit` has not been called.
            DataError: a field that the backend sees is missing.
        """
        if not self._group_of:
            raise AnonymizationError("k-Same: expected fit() on the whole set before anonymize()")
        shape = images_of(batch).shape
        edited, masks = np.zeros(shape, dtype=np.uint8), np.zeros(shape[:3], dtype=np.uint8)
        for row, cell in enumerate(self._usable_cells(batch)):
            if cell in self._group_of:
                edited[row] = self._averages[self._group_of[cell]]
                masks[row] = self._mask(self._group_of[cell])
        return replace_inside(batch, edited, masks)

    def _mask(self, group: int) -> NDArray[np.uint8] | np.uint8:
        """The region that a group's average replaces."""
        return face_hull(self._hulls[group], self.contract.size) if self._hulls else np.uint8(1)

    def _usable_cells(self, batch: FaceBatch) -> list[Cell | None]:
        """Cell of each face; None also if the region needs landmarks and the face has none."""
        cells = self.cells_of(batch)
        if self.region == "crop":
            return list(cells)
        if batch.landmarks is None:
            raise DataError("region 'hull' expects landmarks, got none; compute them or use region 'crop'")
        found = has_landmarks(batch, self.contract)
        return [cell if usable else None for cell, usable in zip(cells, found, strict=True)]

    def _sum_cells(self, faces: Faces) -> dict[Cell, _CellSums]:
        sums: dict[Cell, _CellSums] = {}
        for batch in faces:
            features = grey_features(images_of(batch), self.contract)
            for row, cell in enumerate(self._usable_cells(batch)):
                if cell is None:
                    continue
                if cell not in sums:
                    sums[cell] = _CellSums(
                        np.zeros(FEATURE_SIZE * FEATURE_SIZE, dtype=np.int32),
                        ShapeSum() if self.region == "hull" else None,
                    )
                sums[cell].features += features[row]
                sums[cell].face_ids.append(batch.face_ids[row])
                if (shape := sums[cell].shape) is not None and batch.landmarks is not None:
                    shape.add(batch.landmarks[row])
        return sums

    def _average(self, faces: Faces, groups: list[list[Cell]], sums: dict[Cell, _CellSums]) -> ImageScratch:
        """Average of each group, as many at once as fit into memory; each image is read once."""
        size = self.contract.size
        averages = ImageScratch((size, size, 3))
        at_once = max(1, self.accumulator_bytes // (size * size * 3 * np.dtype(np.uint32).itemsize))
        for start in range(0, len(groups), at_once):
            for average in self._average_some(faces, groups[start : start + at_once], sums):
                averages.append(average)
        return averages

    def _average_some(
        self, faces: Faces, groups: list[list[Cell]], sums: dict[Cell, _CellSums]
    ) -> Iterator[Images]:
        """Averages uint8 (size, size, 3) of some groups.

        Weights are integers that total at most 2^24, so uint32 sums are exact and independent of the order.
        """
        weights = {
            cell: np.uint32(TOTAL_WEIGHT // (len(group) * sums[cell].images))
            for group in groups
            for cell in group
        }
        place_of = {cell: place for place, group in enumerate(groups) for cell in group}
        size = self.contract.size
        totals = np.zeros((len(groups), size, size, 3), dtype=np.uint32)
        for batch in faces.of([face_id for cell in weights for face_id in sums[cell].face_ids]):
            for image, cell in zip(images_of(batch), self.cells_of(batch), strict=True):
                if cell in weights:
                    totals[place_of[cell]] += np.multiply(image, weights[cell], dtype=np.uint32)
        for total, group in zip(totals, groups, strict=True):
            weight = sum(int(weights[cell]) * sums[cell].images for cell in group)
            yield np.rint(total / weight).astype(np.uint8)


def _shapes(group: list[Cell], sums: dict[Cell, _CellSums]) -> list[ShapeSum]:
    """Sums of the landmarks of a group's cells; only those of region 'hull' have some."""
    return [shape for cell in group if (shape := sums[cell].shape) is not None]
