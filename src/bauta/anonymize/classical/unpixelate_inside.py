"""Upsampling of a mosaic inside the face hull.

A block at the edge of the hull is the mean of pixels on both sides of it; those outside are known, so it
says the more about those inside. The hull itself is where the picture is constant within a block.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.classical.blocks import block_matrix, block_sizes, block_sums
from bauta.anonymize.classical.inside import Observation, fill_inside, restore_brightness
from bauta.anonymize.classical.outline import face_outlines_in
from bauta.anonymize.classical.spectrum import noise_to_signal
from bauta.anonymize.classical.unpixelate import ROUNDING
from bauta.anonymize.witness import zones_of
from bauta.contract import CropContract
from bauta.protocols import Floats, Images

ITERATIONS = 50
PIXELS_A_BLOCK, WIDEST = 4, 4
"""Wide pixels along a block for which it is solved, and the widest ones."""
FLAT_QUANTILE = 0.9
"""Share of the middle of the face that counts as flat."""
LEAST_STEP = 0.5
"""Squared difference, in grey levels, below which neighbours are equal."""
ROUGH = 3.0
"""Squared difference, as a multiple of the flat pixels', from which a pixel counts as wholly outside."""


def flat_evidence(image: Images, block: int, contract: CropContract) -> Floats:
    """How much each pixel looks like part of a block, float32 (size, size) from −1 to 1.

    Each pixel is compared with the more similar of its two neighbours in each direction, as far as they lie
    in its block, so that pixels at the edge of the hull count as flat too.
    """
    energy = np.zeros(image.shape[:2], dtype=np.float32)
    for axis, side in enumerate(image.shape[:2]):
        levels = np.moveaxis(image.astype(np.float32), axis, 0)
        steps = (np.diff(levels, axis=0) ** 2).sum(axis=-1)
        edges = np.cumsum(block_sizes(side, block))[:-1] - 1
        steps[edges] = np.inf
        beyond = np.full((1, *steps.shape[1:]), np.inf, dtype=np.float32)
        nearer = np.minimum(np.concatenate([beyond, steps]), np.concatenate([steps, beyond]))
        energy += np.moveaxis(nearer, 0, axis)
    inside = np.quantile(energy[zones_of(contract).middle], FLAT_QUANTILE) + LEAST_STEP
    return np.clip(1 - 2 * np.log((energy + LEAST_STEP) / inside) / np.log(ROUGH), -1, 1)


def pixelated_regions(images: Images, block: int, contract: CropContract) -> NDArray[np.bool_]:
    """Estimate the pixelated face hulls of uint8 (N, size, size, 3) crops: bool (N, size, size)."""
    return face_outlines_in([flat_evidence(one, block, contract) for one in images], contract)


def unpixelate_inside(plane: Floats, region: NDArray[np.bool_], block: int, rise: float) -> Floats:
    """Restore a float32 (H, W) plane that is pixelated inside a region, neither rounded nor clipped."""
    touched = block_sums(region[np.newaxis].astype(np.uint8), block)[0] > 0
    if not touched.any():
        return plane
    grids = [
        _span(touched.any(axis=axis), side, block) for axis, side in zip((1, 0), region.shape, strict=True)
    ]
    box = grids[0].pixels, grids[1].pixels
    core = cv2.erode(region.astype(np.uint8), np.ones((3, 3), dtype=np.uint8)).astype(np.float32)[box]
    start = plane[box]
    down, across = grids[0].means, grids[1].means
    count = down @ core @ across.T
    values = down @ (core * start) @ across.T / np.maximum(count, np.finfo(np.float32).eps)
    # Scaled so that the observation is a projection, which replaces what lies in a block by its mean.
    scales = [np.sqrt(grid.sizes).astype(np.float32) for grid in grids]
    seen = Observation(
        down=down * scales[0][:, np.newaxis],
        across=across * scales[1][:, np.newaxis],
        known=(count > 0).astype(np.float32),
    )
    missing = np.outer(*scales) * values - seen.observe(start)
    ratio = noise_to_signal(core.shape, ROUNDING * block, rise)
    restored = plane.copy()
    restored[box] = fill_inside(
        start,
        region[box],
        seen,
        np.asarray(missing, dtype=np.float32),
        ratio,
        iterations=ITERATIONS,
        factor=int(np.clip(block // PIXELS_A_BLOCK, 1, WIDEST)),
    )
    return restored


@dataclass(frozen=True)
class _Span:
    """Consecutive blocks along an axis.

    Attributes:
        pixels: The pixels of the blocks.
        sizes: Number of pixels of each.
        means: float32 (blocks, pixels), the means as a matrix.
    """

    pixels: slice
    sizes: NDArray[np.intp]
    means: Floats


def _span(touched: NDArray[np.bool_], side: int, block: int) -> _Span:
    """The blocks from the first to the last that is touched."""
    at = np.flatnonzero(touched)
    blocks = slice(at[0], at[-1] + 1)
    sizes = block_sizes(side, block)
    first = int(sizes[: at[0]].sum())
    pixels = slice(first, first + int(sizes[blocks].sum()))
    return _Span(pixels, sizes[blocks], block_matrix(side, block)[blocks, pixels].astype(np.float32))


@dataclass(frozen=True)
class InsideUpsampling:
    """The likeliest pixels inside the estimated hull, given the blocks and the pixels outside.

    Attributes:
        block: Side of a block in pixels.
        contract: Geometry of the crops.
        rise: Assumed power of the frequency with which the power of the signal falls.
    """

    block: int
    contract: CropContract
    rise: float

    @property
    def name(self) -> str:
        """The method and its parameters."""
        return f"likeliest inside rise={self.rise:g}"

    def restore(self, images: Images) -> Images:
        """Restore uint8 (N, size, size, 3) crops whose face hull is pixelated."""
        return restore_brightness(
            images,
            lambda some: pixelated_regions(some, self.block, self.contract),
            lambda plane, region: unpixelate_inside(plane, region, self.block, self.rise),
        )
