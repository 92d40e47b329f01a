"""The faces of a batch, cut out of pictures that another program anonymized, failing closed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bauta.alignment.crop import warp_crop
from bauta.anonymize.external.cutting import (
    Picture,
    detected_matrix,
    read_picture,
    resized_crop,
    scaled_matrix,
)
from bauta.anonymize.external.mixed_up import Originals
from bauta.anonymize.external.picture_error import PictureError, nameless
from bauta.anonymize.external.places import Face, Places
from bauta.anonymize.external.settings import WholeImageSetting
from bauta.anonymize.external.still_there import edited, is_exact, shows_original, turned
from bauta.anonymize.region import images_of
from bauta.anonymize.run import handed_on
from bauta.contract import CropContract, Status
from bauta.errors import DataError
from bauta.io.images import read_known_image
from bauta.protocols import AnonymizedBatch, FaceBatch, Images

UNKNOWN = "made by another program: attackers learn from its pictures, but none undoes it in closed form"
"""What must be known of the privacy of every such set."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Cut:
    """A face: the anonymized crop uint8 (size, size, 3), and the edited region uint8 (size, size)."""

    image: Images
    mask: Images


class FaceCutter:
    """Cuts faces out of anonymized pictures; remembers the last image, as the faces of one follow each other.

    Args:
        setting: The setting.
        contract: Geometry of the crops.
        places: Where the faces lie.

    Attributes:
        first_failure: Why the first face that failed did, without a name; None if none has.
    """

    def __init__(self, setting: WholeImageSetting, contract: CropContract, places: Places) -> None:
        self._setting = setting
        self._contract = contract
        self._places = places
        self.first_failure: str | None = None
        self._last: tuple[Path, Picture, Images] | None = None
        self._originals = Originals(places, contract)

    def cut(self, batch: FaceBatch, find: Callable[[Face], Path]) -> AnonymizedBatch:
        """Cut the faces of a batch; one whose picture is missing, unusable or not anonymized has failed.

        Args:
            batch: The faces with their clear crops.
            find: Returns the picture of a face; raises a `DataError` that says why there is none.
        """
        originals = images_of(batch)
        images, masks = np.zeros_like(originals), np.zeros(originals.shape[:3], dtype=np.uint8)
        status = np.full(len(batch), Status.FAILED.code, dtype=np.uint8)
        for row, face_id in enumerate(batch.face_ids):
            face = self._places.faces[face_id]
            try:
                done = self._face(face, find(face), originals[row])
            except DataError as error:
                log.warning("face '%s' failed: %s", face_id, error)
                self.first_failure = self.first_failure or nameless(error, face)
                continue
            images[row], masks[row], status[row] = done.image, done.mask, Status.OK.code
        return AnonymizedBatch(images=images, status=status, mask=masks)

    def _face(self, face: Face, path: Path, before: Images) -> _Cut:
        try:
            if self._setting.files == "crops":
                return self._crop(read_picture(path), before)
            return self._image(face, *self._read(face, path), before)
        except DataError as error:
            named = str(path) in str(error)
            raise DataError(str(error) if named else f"{path}: {error}") from error

    def _read(self, face: Face, path: Path) -> tuple[Picture, Images]:
        if self._last is None or self._last[0] != path:
            picture = read_picture(path)
            original = read_known_image(self._places.root / face.image, face.sha256)
            if whose := self._originals.other(face, picture, original):
                reason = "it is the original of {}, not anonymized: the program mixed pictures up"
                raise PictureError(reason.format(whose), reason.format("another image"))
            self._last = (path, picture, original)
        return self._last[1:]

    def _crop(self, picture: Picture, before: Images) -> _Cut:
        size = self._contract.size
        after = resized_crop(picture.pixels, size)
        if picture.exact and len(picture.pixels) == size:
            return _Cut(after, edited(before, after))
        whole = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        matrix = scaled_matrix(whole, (size, size), picture.pixels.shape[:2])
        self._require_changed(before, before, after, picture, matrix)
        return _Cut(after, np.ones_like(before[..., 0]))

    def _image(self, face: Face, picture: Picture, original: Images, before: Images) -> _Cut:
        matrix = scaled_matrix(face.matrix, original.shape[:2], picture.pixels.shape[:2])
        if turned(original, picture.pixels):
            raise DataError("the picture is turned or mirrored: the program ignored its EXIF orientation")
        after = warp_crop(picture.pixels, matrix, self._contract.size)
        if is_exact(original, picture):
            mask = edited(before, after)
        else:
            self._require_changed(before, original, after, picture, matrix)
            mask = np.ones_like(before[..., 0])
        if self._places.detector is None:
            return _Cut(after, mask)
        self._require_not_handed_on(before, after, mask)
        found = detected_matrix(picture.pixels, matrix, self._contract, self._places.detector)
        return _Cut(warp_crop(picture.pixels, found, self._contract.size), np.ones_like(mask))

    def _require_changed(
        self, before: Images, original: Images, after: Images, picture: Picture, matrix: np.ndarray
    ) -> None:
        if reason := shows_original(before, original, after, picture, matrix=matrix, contract=self._contract):
            raise DataError(reason)

    def _require_not_handed_on(self, before: Images, after: Images, mask: Images) -> None:
        """The runner checks the crop where the face was found now; this is the original's place."""
        ok = np.full(1, Status.OK.code, dtype=np.uint8)
        one = AnonymizedBatch(after[np.newaxis], ok, mask[np.newaxis])
        if reason := handed_on(before[np.newaxis], one, self._contract).get(0):
            raise DataError(f"at the original's place it {reason}")
