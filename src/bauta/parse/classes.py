"""The mapping of every parser's classes to bauta's parsing classes, in one table."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bauta.labels import PARSING_CLASSES

_PAIRED = ("brow", "eye", "ear")

_CELEBAMASK = {name: name for name in PARSING_CLASSES}

COUNTERPARTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "bisenet": _CELEBAMASK,
        "light_unet": {
            name: name
            for name in (
                *(
                    "background",
                    "u_lip",
                    "l_brow",
                    "skin",
                    "r_ear",
                    "r_eye",
                    "nose",
                    "neck_l",
                    "l_ear",
                    "eye_g",
                ),
                *("l_lip", "r_brow", "hat", "hair", "mouth", "neck", "cloth", "l_eye", "ear_r"),
            )
        },
        "farl_lapa": {
            "background": "background",
            "face": "skin",
            "rb": "l_brow",
            "lb": "r_brow",
            "re": "l_eye",
            "le": "r_eye",
            "nose": "nose",
            "ulip": "u_lip",
            "imouth": "mouth",
            "llip": "l_lip",
            "hair": "hair",
        },
        "farl_celebm": {
            "background": "background",
            "neck": "neck",
            "face": "skin",
            "cloth": "cloth",
            "rr": "l_ear",
            "lr": "r_ear",
            "rb": "l_brow",
            "lb": "r_brow",
            "re": "l_eye",
            "le": "r_eye",
            "nose": "nose",
            "imouth": "mouth",
            "llip": "l_lip",
            "ulip": "u_lip",
            "hair": "hair",
            "eyeg": "eye_g",
            "hat": "hat",
            "earr": "ear_r",
            "neck_l": "neck_l",
        },
        "head_segmentation": {"background": "background", "head": "skin"},
    }
)
"""Each parser's classes in its own order, with their counterparts in `PARSING_CLASSES`.

The head of `head_segmentation` is the whole head with hair and ears; it becomes skin, the one class that all
code that uses a parsing counts as face.
"""


def to_parsing_classes(ids: NDArray[np.integer], parser: str, middle: float) -> NDArray[np.uint8]:
    """Convert a parser's own class ids to ids of `PARSING_CLASSES`.

    Brows, eyes and ears are left or right according to their position. Parsers do not document what they call
    left, and the names do not show it: `l_brow` of the light U-Net is on the right of the image.

    Args:
        ids: Integers (N, H, W), positions in `COUNTERPARTS[parser]`.
        parser: Name of the parser.
        middle: Column of the middle of the face; pixels left of it belong to the left side.

    Returns:
        uint8 (N, H, W).
    """
    names = COUNTERPARTS[parser].values()
    border = int(np.ceil(middle))
    return np.concatenate(
        [_table(names, "l_")[ids[:, :, :border]], _table(names, "r_")[ids[:, :, border:]]], axis=2
    )


def _table(names: Collection[str], side: str) -> NDArray[np.uint8]:
    """Class id of each name, with paired parts assigned to one side."""
    parts = (name.removeprefix("l_").removeprefix("r_") for name in names)
    sided = (side + part if part in _PAIRED else name for part, name in zip(parts, names, strict=True))
    return np.array([PARSING_CLASSES.index(name) for name in sided], dtype=np.uint8)
