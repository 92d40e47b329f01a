"""Pictures that are the untouched original of another image: the program mixed its pictures up.

A picture keeps most of what surrounds its face. One that does not look like its own original at all is
compared with those of all other images, which are read for this once, as small copies.
"""

import hashlib
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from bauta.alignment.crop import warp_crop
from bauta.anonymize.external.cutting import Picture, scaled_matrix
from bauta.anonymize.external.places import Face, Places
from bauta.anonymize.external.still_there import shows_original
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.io.images import read_known_image
from bauta.protocols import Images

SIDE = 32
"""Pixels along each side of a small copy."""

NEAR = 4.0
"""Root-mean-square grey levels by which the small copy of an image may change when it is encoded anew.

In 49 photographs of LFW, JPEG with a quality of 10 changes it by at most 3.0; any two of them are at least 41
apart.
"""

FARTHER = 2.0
"""How many times as far from its own original as from another a picture of that other must be."""


class Originals:
    """The originals of a dataset.

    Args:
        places: Where its faces lie.
        contract: Geometry of the crops.
    """

    def __init__(self, places: Places, contract: CropContract) -> None:
        self._places = places
        self._contract = contract
        self._by_hash = {face.sha256: face.image for face in places.faces.values() if face.sha256}

    def other(self, face: Face, picture: Picture, original: Images) -> str | None:
        """The image whose untouched original a picture is, byte for byte or encoded anew; None if it is none.

        Args:
            face: The face whose picture it should be.
            picture: The picture.
            original: uint8 (H, W, 3), its own original.
        """
        whose = self._by_hash.get(hashlib.sha256(picture.content).hexdigest(), face.image)
        if whose != face.image:
            return whose
        small = _small(picture.pixels)
        own = _distance(small, _small(original))
        if own <= NEAR:
            return None
        faces, copies = self._copies
        near = [
            row
            for row, distance in enumerate(_distance(copies, small))
            if distance < min(NEAR, own / FARTHER)
        ]
        return next((faces[row].image for row in near if self._shows(faces[row], face, picture)), None)

    def _shows(self, other: Face, face: Face, picture: Picture) -> bool:
        """Whether a picture of one face shows another one where that is in its own image."""
        if other.image == face.image:
            return False
        original = read_known_image(self._places.root / other.image, other.sha256)
        try:
            matrix = scaled_matrix(other.matrix, original.shape[:2], picture.pixels.shape[:2])
        except DataError:
            return False
        before = warp_crop(original, other.matrix, self._contract.size)
        after = warp_crop(picture.pixels, matrix, self._contract.size)
        shown = shows_original(before, original, after, picture, matrix=matrix, contract=self._contract)
        return shown is not None

    @cached_property
    def _copies(self) -> tuple[list[Face], NDArray[np.float32]]:
        """A face of each image that can be read, and the small copies (N, SIDE, SIDE) of these images."""
        one_each = {face.image: face for face in self._places.faces.values()}
        faces, copies = [], []
        for face in one_each.values():
            try:
                copies.append(_small(read_known_image(self._places.root / face.image, face.sha256)))
            except DataError:
                continue
            faces.append(face)
        return faces, np.array(copies, dtype=np.float32).reshape(-1, SIDE, SIDE)


def _small(image: Images) -> NDArray[np.float32]:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.sqrt(((one - other) ** 2).mean(axis=(-2, -1))))
