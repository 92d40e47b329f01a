"""The quantities that estimators read in a face, and the rows of numbers in which they are stored."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from bauta.errors import DataError
from bauta.protocols import Floats
from bauta.registry import nearest

QUANTITIES: Mapping[str, tuple[int, ...]] = {
    "landmarks": (68, 2),
    "pose": (3,),
    "gaze": (2,),
    "openings": (2,),
    "blendshapes": (52,),
    "affect": (2,),
    "action_units": (17,),
    "celeba_attributes": (40,),
    "jaw": (3,),
    "flame_expression": (50,),
    "flame_shape": (100,),
}
"""Quantity → shape of that of one face.

`landmarks` are the iBUG points in crop pixels. `pose` is the rotation vector in radians that turns a frontal
head into the camera's frame: x to the right of the image, y down, z away from the camera. `gaze` has yaw and
pitch in degrees relative to the head, positive to the right of the image and down. `openings` are the aspect
ratios of eyes and mouth (`preserve.openings`). `blendshapes` are MediaPipe's, in [0, 1]. `affect` is valence
and arousal in [−1, 1]. `action_units` are intensities from 0 to 5 in the order of `ACTION_UNITS`.
`celeba_attributes` are the probabilities of `CELEBA_ATTRIBUTES`.
`jaw` is the rotation vector of FLAME's jaw in radians, `flame_expression` and `flame_shape` are coefficients
of FLAME's spaces, in standard deviations.
"""

ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""The units whose intensity OpenFace 2 estimates (Baltrušaitis et al., FG 2018), as FACS numbers them."""


CELEBA_ATTRIBUTES = (
    "5_o_clock_shadow",
    "arched_eyebrows",
    "attractive",
    "bags_under_eyes",
    "bald",
    "bangs",
    "big_lips",
    "big_nose",
    "black_hair",
    "blond_hair",
    "blurry",
    "brown_hair",
    "bushy_eyebrows",
    "chubby",
    "double_chin",
    "eyeglasses",
    "goatee",
    "gray_hair",
    "heavy_makeup",
    "high_cheekbones",
    "male",
    "mouth_slightly_open",
    "mustache",
    "narrow_eyes",
    "no_beard",
    "oval_face",
    "pale_skin",
    "pointy_nose",
    "receding_hairline",
    "rosy_cheeks",
    "sideburns",
    "smiling",
    "straight_hair",
    "wavy_hair",
    "wearing_earrings",
    "wearing_hat",
    "wearing_lipstick",
    "wearing_necklace",
    "wearing_necktie",
    "young",
)
"""The attributes of CelebA (Liu et al., ICCV 2015) in the order of `list_attr_celeba.txt`."""


def width(quantities: Sequence[str]) -> int:
    """Number of numbers in a row that holds these quantities.

    Raises:
        DataError: there is no such quantity.
    """
    return sum(prod(_shape(name)) for name in quantities)


def pack(quantities: Sequence[str], values: Mapping[str, NDArray[np.floating]]) -> Floats:
    """Join quantities to rows; a face that lacks any number lacks all of them.

    Args:
        quantities: The quantities of a row, in order.
        values: Quantity → (N, *shape), NaN where unknown.

    Returns:
        float32 (N, width), rows of NaN for faces that lack a number.

    Raises:
        DataError: there is no such quantity, or a shape is not that of the quantity.
    """
    parts = []
    for name in quantities:
        value = np.asarray(values[name])
        if value.shape[1:] != _shape(name):
            raise DataError(
                f"{name}: expected shape (N, {', '.join(map(str, _shape(name)))}), got {value.shape}"
            )
        parts.append(value.reshape(len(value), prod(value.shape[1:])))
    rows = np.concatenate(parts, axis=1).astype(np.float32)
    rows[~np.isfinite(rows).all(axis=1)] = np.nan
    return rows


def unpack(quantities: Sequence[str], rows: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Split rows (N, width) into quantities, each float64 (N, *shape).

    Raises:
        DataError: there is no such quantity, or the rows have another width.
    """
    if rows.ndim != 2 or rows.shape[1] != width(quantities):
        raise DataError(
            f"expected {width(quantities)} numbers a row for {', '.join(quantities)}, got shape {rows.shape}"
        )
    found, start = {}, 0
    for name in quantities:
        shape = _shape(name)
        found[name] = rows[:, start : start + prod(shape)].reshape(-1, *shape).astype(np.float64)
        start += prod(shape)
    return found


def _shape(name: str) -> tuple[int, ...]:
    if name not in QUANTITIES:
        raise DataError(f"no quantity '{name}': {nearest(name, list(QUANTITIES))}")
    return QUANTITIES[name]
