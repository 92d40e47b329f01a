"""Pictures that another program anonymized, in a folder."""

import logging
from collections.abc import Sequence
from typing import Any

from bauta.anonymize.external.faces import UNKNOWN, FaceCutter
from bauta.anonymize.external.listed import Pictures
from bauta.anonymize.external.places import Face, Places
from bauta.anonymize.external.settings import ExternalSetting
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract
from bauta.errors import ConfigError, InfeasibleError
from bauta.protocols import AnonymizedBatch, FaceBatch
from bauta.registry import Card

CARD = Card(
    name="external",
    kind="anonymizer",
    implementation="bauta.anonymize.external.folder:External",
    about="Pictures that another program anonymized, in a folder.",
    sees=("images",),
    settings="bauta.anonymize.external.settings:ExternalSetting",
)

NAMED = 5
"""Surplus pictures that are named; the others are counted."""

log = logging.getLogger(__name__)


class External:
    """Takes each face from a folder of anonymized images or crops.

    Args:
        setting: The folder, and how its pictures are read.
        contract: Geometry of the crops.
    """

    def __init__(self, setting: ExternalSetting, contract: CropContract) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._places: Places | None = None
        self._pictures: Pictures | None = None
        self._cutter: FaceCutter | None = None

    def locate(self, places: Places) -> None:
        """Receive the faces and images of the dataset, and list the folder.

        Raises:
            ConfigError: there is no folder.
            DataError: it cannot be listed.
        """
        if places.folder is None:
            raise ConfigError("external: expected the folder of the anonymized pictures, got none")
        self._places = places
        self._pictures = Pictures.listed(places.folder, self._wanted(places), self.setting.suffix)
        self._cutter = FaceCutter(self.setting, self.contract, places)

    def describe(self, faces: FaceLabels, *, seed: int) -> dict[str, Any]:  # noqa: ARG002
        """Note what must be known of the set, and the pictures that belong to no image; `seed` has no effect.

        Raises:
            InfeasibleError: no face has a picture.
        """
        places, pictures, _ = self._located
        known = [places.faces[face_id] for face_id in faces.face_ids if face_id in places.faces]
        if not pictures.any_of(map(self._name, known)):
            if known:
                log.warning("%s has no picture %s", pictures.folder, self._name(known[0]))
            raise InfeasibleError(
                f"{pictures.folder.name} has no picture of any of the {len(known)} faces: give it the "
                "relative paths of the dataset, one of which the log names"
            )
        surplus = pictures.surplus(self._wanted(places))
        return {"notes": [UNKNOWN, *([_surplus_note(pictures, surplus)] if surplus else [])]}

    @property
    def first_failure(self) -> str | None:
        """Why the first face that failed did; None if none has."""
        return None if self._cutter is None else self._cutter.first_failure

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Cut uint8 (N, size, size, 3) crops out of the pictures; `seed` has no effect."""
        _, pictures, cutter = self._located
        return cutter.cut(batch, lambda face: pictures.of(self._name(face)))

    @property
    def _located(self) -> tuple[Places, Pictures, FaceCutter]:
        if self._places is None or self._pictures is None or self._cutter is None:
            raise ConfigError("external: it was not told where the faces are")
        return self._places, self._pictures, self._cutter

    def _wanted(self, places: Places) -> Sequence[str]:
        if self.setting.files == "images":
            return places.images
        return [self._name(face) for face in places.faces.values()]

    def _name(self, face: Face) -> str:
        return face.image if self.setting.files == "images" else crop_name(face)


def crop_name(face: Face) -> str:
    """Name of the file of a crop: that of the image, with the number of one of several faces."""
    stem, dot, suffix = face.image.rpartition(".")
    return f"{stem}{face.number}.{suffix}" if dot else f"{face.image}{face.number}"


def _surplus_note(pictures: Pictures, surplus: Sequence[str]) -> str:
    """The note of a row, which is published and names nobody; the log has the names."""
    more = f" and {len(surplus) - NAMED} more" if len(surplus) > NAMED else ""
    note = f"external: {len(surplus)} pictures of {pictures.folder.name} belong to no image of the dataset"
    log.warning("%s: %s%s", note, ", ".join(surplus[:NAMED]), more)
    return f"{note}; the log of anonymize names them"
