"""The position that a face must have, independent of its landmarks and its anonymizer.

The crop contract is the witness: alignment has mapped the face's five points to the template, so its middle
and its whole extent are known without landmarks. Turned heads deviate from the template, so the bounds leave
room. `benchmarks/face_witness.py` measures them. With SCRFD-500MF, on 130 photographs of LFW and 130 of ORL,
with dlib's and MediaPipe's landmarks, none fails `FOUND`. The position of a face in a crop that was cut by
its box alone is unknown: of 130 frames of FER-2013 `FOUND` would fail 44 with dlib, `BOXED` none.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.landmarks.hull import face_hull, fill_polygon
from bauta.landmarks.ibug import five_points
from bauta.protocols import AnonymizedBatch, Floats, Images

MIN_MIDDLE = 0.45
"""Fraction of the five points' polygon that any backend edits: at least 0.50 in LFW and ORL, by CIAGAN."""

MIN_FACE = 0.4
"""Fraction of the same polygon at twice its size that any backend edits: at least 0.41 there."""

MIN_SIMILARITY = 0.6
"""Correlation of the five points with the template: at least 0.92 on photographs, 0.23 when mirrored."""

MAX_KEPT = 0.1
"""Fraction of the edited blocks that may come back bit for bit: none in LFW and ORL with the weakest
settings, blur 3 and pixelate 2; 0.08 in one of 300 frames of FER-2013, which is already blurred."""

MAX_ALIKE = 0.4
"""Fraction of the edited blocks with contrast that may come back nearly unchanged: with blur 3 at most 0.07
in LFW and ORL, and 0.27 in FER-2013. JPEG at quality 95 changes as much as blur 3 does, so it passes."""

ALIKE_STEP = 1
"""Grey levels by which a pixel may differ, after its block's shift, and still count as unchanged."""

ALIKE_PART = 0.01
"""Fraction of a block's pixels that may differ by more in a nearly unchanged block."""

MIN_CONTRAST = 12.0
"""Standard deviation of a block, in grey levels, above which even blur 3 changes it visibly."""

BLOCKS = 16
"""Blocks along the side of a crop."""

MIN_TEXTURE = 0.25
"""Fraction of a block's pixels that differ from a neighbour; blocks below it may remain unchanged."""


@dataclass(frozen=True)
class Bounds:
    """Bounds within which landmarks are accepted as those of the face in a crop.

    Attributes:
        middle: Smallest fraction of `FaceZones.middle` inside the hull.
        face: Smallest fraction of `FaceZones.face` inside the hull.
        distance: Largest root-mean-square distance of the five points to the template, in eye distances.
        scale: Smallest and largest spread of the five points relative to the template's.
        aspect: Smallest and largest ratio of the horizontal to the vertical relative spread.
    """

    middle: float
    face: float
    distance: float
    scale: tuple[float, float]
    aspect: tuple[float, float]


FOUND = Bounds(middle=0.9, face=0.65, distance=0.3, scale=(0.85, 1.2), aspect=(0.7, 1.8))
"""Bounds if a detector found the five points. LFW and ORL have at least 0.95 and 0.71, at most 0.26, from
0.87 to 1.10 and from 0.77 to 1.69, with SCRFD, MTCNN, RetinaFace-MobileNet and dlib's detector."""

BOXED = Bounds(middle=0.6, face=0.45, distance=0.7, scale=(0.6, 1.7), aspect=(0.6, 1.9))
"""Bounds if only the box of the face was known: a face may fill less or more of it, and lie off-centre."""

BOXING = frozenset({"annotations", "full_frame"})
"""Detectors that may provide only a box."""


def bounds_of(detector: str) -> Bounds:
    """Select the bounds for landmarks in crops of a detector."""
    return BOXED if detector in BOXING else FOUND


@dataclass(frozen=True)
class FaceZones:
    """The regions of the face in every crop.

    Attributes:
        middle: Eyes, nose and mouth: bool (size, size).
        face: From the brows to the chin and across both cheeks: likewise.
    """

    middle: NDArray[np.bool_]
    face: NDArray[np.bool_]

    @classmethod
    def of(cls, contract: CropContract) -> Self:
        """Compute the zones of a contract."""
        corners = cv2.convexHull(contract.template())[:, 0]
        centre = corners.mean(axis=0)
        zones = [centre + (corners - centre) * scale for scale in (1, 2)]
        blank = np.zeros((2, contract.size, contract.size), dtype=np.uint8)
        middle, face = map(fill_polygon, blank, zones, (1, 1))
        return cls(middle.astype(bool), face.astype(bool))


@lru_cache(maxsize=8)
def zones_of(contract: CropContract) -> FaceZones:
    """The zones of a contract, cached."""
    return FaceZones.of(contract)


def within_reach(points: Floats, contract: CropContract) -> NDArray[np.bool_]:
    """Whether all points (N, P, 2) of a face are finite and at most the crop's side away from it, (N,)."""
    near = np.abs(points - (contract.size - 1) / 2) <= 1.5 * contract.size
    return np.asarray(near.all(axis=(1, 2)))


def misplaced(points: Floats, contract: CropContract, bounds: Bounds = FOUND) -> str | None:
    """Why landmarks are not those of the face in the crop, or None if they are.

    Args:
        points: float32 (68, 2) iBUG landmarks in crop pixels.
        contract: Geometry of the crops.
        bounds: Bounds that they must satisfy.
    """
    if not within_reach(points[np.newaxis], contract)[0]:
        return "landmarks that are not finite, or far outside the crop"
    five = five_points(points)
    template = contract.template()
    eyes = np.linalg.norm(template[1] - template[0])
    distance = float(np.sqrt(np.mean(np.sum((five - template) ** 2, axis=1))) / eyes)
    if distance > bounds.distance:
        return (
            f"landmarks that lie {distance:.2f} distances between the eyes from where the face was found, "
            f"expected at most {bounds.distance}"
        )
    similarity = correlation(five, template)
    if similarity < MIN_SIMILARITY:
        return (
            f"landmarks whose correlation with a face is {similarity:.2f}, expected at least {MIN_SIMILARITY}"
        )
    return _misshapen(five, template, bounds) or uncovered(
        face_hull(points, contract.size), contract, bounds.middle, bounds.face
    )


def _misshapen(five: Floats, template: Floats, bounds: Bounds) -> str | None:
    """Why five points (5, 2) do not have the size or the proportions of a face, or None if they do."""
    spread, expected = five.std(axis=0), template.std(axis=0)
    scale = float(np.linalg.norm(spread) / np.linalg.norm(expected))
    if not bounds.scale[0] <= scale <= bounds.scale[1]:
        return "landmarks {:.2f} times as large as the face, expected {} to {}".format(scale, *bounds.scale)
    across, down = (spread / expected).tolist()
    if not bounds.aspect[0] * down <= across <= bounds.aspect[1] * down:
        return (
            f"landmarks that are {across:.2f} times as wide and {down:.2f} times as high as the face, "
            "expected a ratio of {} to {}".format(*bounds.aspect)
        )
    return None


def correlation(points: Floats, template: Floats) -> float:
    """Agreement of two point sets (P, 2) up to a similarity, in [0, 1]; 0 if all points of one coincide."""
    one, other = (np.asarray(values, dtype=np.float64) @ (1, 1j) for values in (points, template))
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(abs(np.vdot(one, other))) / scale if scale > 0 else 0.0


def uncovered(
    mask: NDArray[np.uint8],
    contract: CropContract,
    least_middle: float = MIN_MIDDLE,
    least_face: float = MIN_FACE,
) -> str | None:
    """Why a region (size, size) does not cover the face in the crop, or None if it does."""
    zones = zones_of(contract)
    middle, face = (float(mask[zone].mean()) for zone in (zones.middle, zones.face))
    if middle >= least_middle and face >= least_face:
        return None
    return (
        f"a region that covers {middle:.2f} of the middle of the face and {face:.2f} of the whole, "
        f"expected at least {least_middle} and {least_face}"
    )


def kept(originals: Images, result: AnonymizedBatch, contract: CropContract) -> NDArray[np.float64]:
    """Fraction of each face's blocks that came back bit for bit although they were to be edited, (N,).

    Blocks lie inside the mask and the face; those with hardly any texture do not count, because no
    obfuscation needs to change them. The fraction is 0 if no block counts.
    """
    face = _blocks(zones_of(contract).face)
    parts = np.zeros(len(originals))
    for row, (before, after) in enumerate(zip(originals, result.images, strict=True)):
        inside = (face & _blocks(result.mask[row].astype(bool))).all(axis=(1, 3))
        counted = inside & (_blocks(_textured(before)).mean(axis=(1, 3)) > MIN_TEXTURE)
        same = ~_blocks(_any_colour(before != after)).any(axis=(1, 3))
        parts[row] = (same & counted).sum() / max(int(counted.sum()), 1)
    return parts


def alike(originals: Images, result: AnonymizedBatch, contract: CropContract) -> NDArray[np.float64]:
    """Fraction of each face's blocks with contrast that came back nearly unchanged, (N,).

    Blocks are those of `kept`. A block is nearly unchanged if hardly any pixel differs by more than a grey
    level once the block's shift is subtracted: a tint, single changed pixels, or other rounding. The fraction
    is 0 if no block counts.
    """
    face = _blocks(zones_of(contract).face)
    parts = np.zeros(len(originals))
    for row, (before, after) in enumerate(zip(originals, result.images, strict=True)):
        inside = (face & _blocks(result.mask[row].astype(bool))).all(axis=(1, 3))
        # (blocks, pixels, 3), of those inside only: the others cost as much and do not count.
        shape = (int(inside.sum()), (len(before) // BLOCKS) ** 2, 3)
        levels, changed = (_blocks(image).swapaxes(1, 2)[inside].reshape(shape) for image in (before, after))
        levels = levels.astype(np.int16)
        counted = levels.std(axis=1).mean(axis=-1) > MIN_CONTRAST
        change = changed[counted].astype(np.int16) - levels[counted]
        change = change - np.rint(np.median(change, axis=1, keepdims=True))
        differs = _any_colour(np.abs(change) > ALIKE_STEP).mean(axis=1)
        parts[row] = (differs <= ALIKE_PART).sum() / max(int(counted.sum()), 1)
    return parts


def _textured(image: Images) -> NDArray[np.bool_]:
    """Whether each pixel differs from one of its neighbours, (H, W)."""
    around = np.ones((3, 3), dtype=np.uint8)
    return _any_colour(cv2.dilate(image, around) != cv2.erode(image, around))


def _any_colour(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether any of the three colours of each pixel is marked; numpy's any() takes ten times as long."""
    return np.asarray(marks[..., 0] | marks[..., 1] | marks[..., 2])


def _blocks(plane: NDArray[Any]) -> NDArray[Any]:
    """Reshape a plane (S, S, …) to (BLOCKS, s, BLOCKS, s, …), without leftovers at right and bottom."""
    side = len(plane) // BLOCKS
    whole = plane[: side * BLOCKS, : side * BLOCKS]
    return whole.reshape(BLOCKS, side, BLOCKS, side, *plane.shape[2:])
