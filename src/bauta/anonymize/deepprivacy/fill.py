"""From faces to holes and back: the steps around the network that both DeepPrivacy backends share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.deepprivacy.hole import Box, Hole, clipped, normalised
from bauta.anonymize.generator import channels_first, channels_last, collect
from bauta.anonymize.region import has_landmarks
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.landmarks.ibug import CHIN, LEFT_BROW, RIGHT_BROW
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats

MARGINS = (-0.010, 0.375, -0.013, -0.020)
"""Left, top, right and bottom of the box around the landmarks, as fractions of their width and height.

Medians over 279 photographs of LFW and two detectors trained on WIDER FACE as DSFD is (RetinaFace with
MobileNet, SCRFD-2.5GF). The box overlaps theirs by 0.90 (mean intersection over union), and theirs overlap
each other by 0.92; see `benchmarks/official_crops.py`.
"""


@dataclass(frozen=True)
class Gap:
    """A face to be painted.

    Attributes:
        hole: Its position.
        points: float32 (68, 2) landmarks in crop pixels.
        seed: Seed of its latent.
    """

    hole: Hole
    points: Floats
    seed: int


Generate = Callable[[Floats, Floats, Sequence[Gap]], Floats]
"""Maps conditions (N, 3, S, S), masks (N, 1, S, S) and their gaps to images (N, 3, S, S)."""


def face_box(points: Floats, size: int) -> Box:
    """The box of a face as detectors trained on WIDER FACE draw it, in whole pixels inside the crop.

    Args:
        points: float32 (68, 2) iBUG landmarks in crop pixels.
        size: Side of the crop.
    """
    brow = points[LEFT_BROW.start : RIGHT_BROW.stop, 1].min()
    low, high = points[:17, 0].min(), points[:17, 0].max()
    width, height = high - low, points[CHIN, 1] - brow
    left, top, right, bottom = MARGINS
    return clipped(
        np.array(
            [low - left * width, brow - top * height, high + right * width, points[CHIN, 1] + bottom * height]
        ),
        size,
    )


@dataclass(frozen=True)
class HoleFiller:
    """Cuts holes, calls a generator to fill them and pastes the result.

    Attributes:
        contract: Geometry of the crops.
        size: Side of the network's image.
        square: Maps a box and the crop's side to the square that the network sees.
        hole: Class that resizes images on the way in and out.
    """

    contract: CropContract
    size: int
    square: Callable[[Box, int], Box]
    hole: type[Hole] = Hole

    def holes(self, batch: FaceBatch) -> dict[int, Hole]:
        """The hole of each face that has landmarks, by its position.

        Raises:
            DataError: the batch has no landmarks.
        """
        if batch.landmarks is None:
            raise DataError("DeepPrivacy expects landmarks, got none; add a model to 'landmarks'")
        crop, found = self.contract.size, {}
        for row in np.flatnonzero(has_landmarks(batch, self.contract)).tolist():
            box = face_box(batch.landmarks[row], crop)
            if box[2] > box[0] and box[3] > box[1]:
                found[row] = self.hole(box, self.square(box, crop), crop, self.size)
        return found

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Pixels of the box that do not influence the network's input; of a face without a hole, all."""
        hidden = np.ones((len(batch), self.contract.size, self.contract.size), dtype=np.uint8)
        for row, hole in self.holes(batch).items():
            hidden[row] = hole.protected()
        return hidden

    def fill(self, batch: FaceBatch, seeds: Sequence[int | None], generate: Generate) -> AnonymizedBatch:
        """Replace the box of each face that has landmarks and a seed; the others fail.

        Raises:
            DataError: a field that the backend sees is missing.
        """
        if batch.surroundings is None or batch.landmarks is None:
            raise DataError(
                "DeepPrivacy expects surroundings and landmarks, got none; let the runner extract them"
            )
        holes = self.holes(batch)
        failed = {
            row: "it has no landmarks" if row not in holes else "its subject is not known"
            for row in range(len(batch))
            if row not in holes or seeds[row] is None
        }
        gaps = {
            row: Gap(holes[row], batch.landmarks[row], seed)
            for row, seed in enumerate(seeds)
            if row in holes and seed is not None
        }
        if not gaps:
            return collect(batch, self.contract, {}, failed)
        masks = np.stack([gap.hole.mask() for gap in gaps.values()])[:, np.newaxis]
        pictures = [normalised(gap.hole.cut(batch.surroundings[row])) for row, gap in gaps.items()]
        results = channels_last(generate(channels_first(pictures) * masks, masks, list(gaps.values())))
        done = {
            row: gap.hole.paste(batch.surroundings[row], result)
            for (row, gap), result in zip(gaps.items(), results, strict=True)
        }
        return collect(batch, self.contract, done, failed)
