"""The average face of each group of subjects, computed in a stream: what both k-Same variants share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.errors import AnonymizationError
from bauta.anonymize.grouping import FEATURE_SIZE, eigenface_coordinates, grey_features, partition
from bauta.anonymize.region import has_landmarks, images_of, replace_inside
from bauta.anonymize.settings import Region
from bauta.contract import CropContract
from bauta.errors import DataError, InfeasibleError
from bauta.landmarks.hull import face_hull
from bauta.protocols import AnonymizedBatch, FaceBatch, Faces, Images

ACCUMULATOR_BYTES = 2**30
TOTAL_WEIGHT = 2**24
LANDMARK_STEPS = 64


class Cell(NamedTuple):
    """Images that get one output together: those of a subject, or of a subject with an expression."""

    subject: str
    expression: str | None = None


CellsOf = Callable[[FaceBatch], Sequence[Cell | None]]


@dataclass
class _CellSums:
    """Exact sums over the images of a cell; whole numbers, so that their order does not matter."""

    features: NDArray[np.int64]
    landmarks: NDArray[np.int64]
    images: int = 0


class GroupAverages:
    """Replaces every image by the average of the group that its cell is in.

    Within a group every subject has the same weight, however many images there are of them.

    Args:
        k: Smallest number of subjects in a group.
        region: What the average replaces: the whole crop, or the hull of the group's mean landmarks.
        contract: Geometry of the crops.
        cells_of: Cell of each face of a batch, None for a face that cannot be anonymized.
        accumulator_bytes: Memory for sums; with more groups than fit, the images are read several times.
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
        self._averages: Images = np.empty((0, contract.size, contract.size, 3), dtype=np.uint8)
        self._masks: NDArray[np.uint8] = np.empty((0, contract.size, contract.size), dtype=np.uint8)

    def fit(self, faces: Faces, *, seed: int) -> None:
        """Group the subjects and average their images.

        Raises:
            InfeasibleError: an expression (or the set) has fewer than k subjects.
            DataError: a field that is seen is missing.
        """
        sums = self._sum_cells(faces)
        groups = self._group(sums, seed)
        self._group_of = {cell: number for number, group in enumerate(groups) for cell in group}
        self._averages = self._average(faces, groups, sums)
        self._masks = self._edited(groups, sums)

    def anonymize(self, batch: FaceBatch) -> AnonymizedBatch:
        """Give each face its group's average; a face without a group fails.

        Raises:
            AnonymizationError: `fit` has not been called.
            DataError: a field that is seen is missing.
        """
        if not self._group_of:
            raise AnonymizationError("k-Same: expected fit() on the whole set before anonymize()")
        shape = images_of(batch).shape
        edited, masks = np.zeros(shape, dtype=np.uint8), np.zeros(shape[:3], dtype=np.uint8)
        for row, cell in enumerate(self._usable_cells(batch)):
            if cell in self._group_of:
                edited[row] = self._averages[self._group_of[cell]]
                masks[row] = self._masks[self._group_of[cell]]
        return replace_inside(batch, edited, masks)

    def _usable_cells(self, batch: FaceBatch) -> list[Cell | None]:
        """Cell of each face; None also where the region needs landmarks and there are none."""
        cells = self.cells_of(batch)
        if self.region == "crop":
            return list(cells)
        if batch.landmarks is None:
            raise DataError("region 'hull' expects landmarks, got none; compute them or use region 'crop'")
        return [cell if found else None for cell, found in zip(cells, has_landmarks(batch), strict=True)]

    def _sum_cells(self, faces: Faces) -> dict[Cell, _CellSums]:
        sums: dict[Cell, _CellSums] = {}
        for batch in faces:
            features = grey_features(images_of(batch), self.contract)
            for row, cell in enumerate(self._usable_cells(batch)):
                if cell is None:
                    continue
                if cell not in sums:
                    sums[cell] = _CellSums(
                        np.zeros(FEATURE_SIZE * FEATURE_SIZE, dtype=np.int64),
                        np.zeros((68, 2), dtype=np.int64),
                    )
                sums[cell].features += features[row]
                sums[cell].images += 1
                if self.region == "hull" and batch.landmarks is not None:
                    steps = np.rint(batch.landmarks[row, :, :2].astype(np.float64) * LANDMARK_STEPS)
                    sums[cell].landmarks += steps.astype(np.int64)
        return sums

    def _group(self, sums: dict[Cell, _CellSums], seed: int) -> list[list[Cell]]:
        """Partition the subjects, apart for each expression; the order of the images has no influence."""
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
            means = np.stack([sums[cell].features / sums[cell].images for cell in cells])
            members = partition(eigenface_coordinates(means), self.k, np.random.default_rng(seed))
            groups += [[cells[row] for row in rows] for rows in members]
        return groups

    def _average(self, faces: Faces, groups: list[list[Cell]], sums: dict[Cell, _CellSums]) -> Images:
        """Average of each group: uint8 (G, size, size, 3), in as many passes as the memory asks for."""
        size = self.contract.size
        averages = np.empty((len(groups), size, size, 3), dtype=np.uint8)
        at_once = max(1, self.accumulator_bytes // (size * size * 3 * np.dtype(np.uint32).itemsize))
        for start in range(0, len(groups), at_once):
            chosen = groups[start : start + at_once]
            self._average_some(faces, chosen, start, sums, averages[start : start + at_once])
        return averages

    def _average_some(
        self,
        faces: Faces,
        groups: list[list[Cell]],
        start: int,
        sums: dict[Cell, _CellSums],
        out: Images,
    ) -> None:
        """Write the averages of groups `start`, `start` + 1, … to `out`.

        Weights are whole and at most 2^24 in total, so that uint32 sums are exact and need no order.
        """
        weights = {
            cell: np.uint32(TOTAL_WEIGHT // (len(group) * sums[cell].images))
            for group in groups
            for cell in group
        }
        totals = np.zeros(out.shape, dtype=np.uint32)
        for batch in faces:
            images = images_of(batch)
            for row, cell in enumerate(self._usable_cells(batch)):
                if cell in weights:
                    totals[self._group_of[cell] - start] += np.multiply(
                        images[row], weights[cell], dtype=np.uint32
                    )
        for number, group in enumerate(groups):
            weight = sum(int(weights[cell]) * sums[cell].images for cell in group)
            out[number] = np.rint(totals[number] / weight).astype(np.uint8)

    def _edited(self, groups: list[list[Cell]], sums: dict[Cell, _CellSums]) -> NDArray[np.uint8]:
        """Region that each group's average replaces: uint8 (G, size, size)."""
        size = self.contract.size
        if self.region == "crop":
            return np.broadcast_to(np.uint8(1), (len(groups), size, size))
        masks = np.empty((len(groups), size, size), dtype=np.uint8)
        for number, group in enumerate(groups):
            means = [sums[cell].landmarks / (sums[cell].images * LANDMARK_STEPS) for cell in group]
            masks[number] = face_hull(np.mean(means, axis=0).astype(np.float32), size)
        return masks
