"""The average face of each group of subjects, computed by streaming; shared by both k-Same variants."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.ksame.grouping import FEATURE_SIZE, eigenface_coordinates, grey_features, partition
from bauta.anonymize.region import has_landmarks, images_of, replace_inside
from bauta.anonymize.scratch import ImageScratch
from bauta.anonymize.settings import Region
from bauta.contract import CropContract
from bauta.errors import DataError, InfeasibleError
from bauta.landmarks.hull import face_hull
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces, Images

ACCUMULATOR_BYTES = 2**28
TOTAL_WEIGHT = 2**24
LANDMARK_STEPS = 64
MEANS_AT_ONCE = 512


class Cell(NamedTuple):
    """Images that share one output: those of a subject, or of a subject with one expression."""

    subject: str
    expression: str | None = None


CellsOf = Callable[[FaceBatch], Sequence[Cell | None]]


@dataclass
class _CellSums:
    """Exact sums over the images of a cell; integers, so that the order does not matter."""

    features: NDArray[np.int32]
    landmarks: NDArray[np.int64]
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
        groups = self._group(sums, seed)
        self._group_of = {cell: number for number, group in enumerate(groups) for cell in group}
        self._averages = self._average(faces, groups, sums)
        self._hulls = [] if self.region == "crop" else [_mean_landmarks(group, sums) for group in groups]

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
                        np.zeros((68, 2) if self.region == "hull" else 0, dtype=np.int64),
                    )
                sums[cell].features += features[row]
                sums[cell].face_ids.append(batch.face_ids[row])
                if self.region == "hull" and batch.landmarks is not None:
                    steps = np.rint(batch.landmarks[row, :, :2].astype(np.float64) * LANDMARK_STEPS)
                    sums[cell].landmarks += steps.astype(np.int64)
        return sums

    def _group(self, sums: dict[Cell, _CellSums], seed: int) -> list[list[Cell]]:
        """Partition the subjects, separately for each expression; the order of images has no influence."""
        if not sums:
            raise InfeasibleError(f"expected at least k={self.k} subjects, got none that can be anonymized")
        groups = []
        for expression in sorted({cell.expression for cell in sums}, key=str):
            cells = sorted((cell for cell in sums if cell.expression == expression), key=lambda c: c.subject)
            if len(cells) < self.k:
                of = "" if expression is None else f" with the expression '{expression}'"
                raise InfeasibleError(
                    f"expected at least k={self.k} subjects{of}, got {len(cells)}; lower k or add subjects"
                )
            coordinates = eigenface_coordinates(_Means([sums[cell] for cell in cells]))
            members = partition(coordinates, self.k, np.random.default_rng(seed))
            groups += [[cells[row] for row in rows] for rows in members]
        return groups

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


def _mean_landmarks(group: list[Cell], sums: dict[Cell, _CellSums]) -> NDArray[np.float32]:
    """Mean landmarks of a group, averaged over its subjects' means, float32 (68, 2)."""
    means = [sums[cell].landmarks / (sums[cell].images * LANDMARK_STEPS) for cell in group]
    return np.mean(means, axis=0).astype(np.float32)
