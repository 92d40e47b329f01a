"""CIAGAN: a face of one of 1200 trained identities, generated from a drawing of the landmarks.

Maximov, Elezi, Leal-Taixé, "CIAGAN: Conditional Identity Anonymization Generative Adversarial Networks", CVPR
2020.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import nn

from bauta.anonymize.ciagan.network import IDENTITIES, IdentityGenerator
from bauta.anonymize.ciagan.settings import CiaganSetting
from bauta.anonymize.ciagan.view import (
    Face,
    draw_landmarks,
    face_of,
    loaded,
    saved_by_opencv,
    saved_by_pil,
)
from bauta.anonymize.generator import MANY, channels_first, channels_last, collect, forward, to_bytes
from bauta.anonymize.latents import latent_seeds
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.region import has_landmarks
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats, Images
from bauta.registry import Card

CARD = Card(
    name="ciagan",
    kind="anonymizer",
    implementation="bauta.anonymize.ciagan.anonymizer:ciagan",
    about="A face of one of CIAGAN's 1200 identities, guided by a drawing of the landmarks.",
    files=("ciagan",),
    sees=("surroundings", "landmarks", "subjects"),
    gpu=True,
    settings="bauta.anonymize.ciagan.settings:CiaganSetting",
    source="Maximov, Elezi and Leal-Taixé, CVPR 2020, https://arxiv.org/abs/2005.09544",
)


class Ciagan:
    """Sees the landmarks and the context of the face, and replaces the face below the brows.

    Differences from the official programs, which start from a photograph:
    - dlib's detector is not run; the landmarks are those of the crop, rounded to whole pixels as dlib's are.
    - The crop is aligned, so the head is upright; the official crop is not rotated.
    - The official crop extends farther up and down than bauta's; the last row is repeated there, as in the
      official program at the border of a photograph.
    - The network is in evaluation mode. The official test program leaves it in training mode, in which its
      spectral norms drift from one image to the next.
    - The official result is 128×128. Here it is pasted back inside the mask, resampled to the crop's pixels
      by bicubic interpolation. The seam at the edge of the mask is CIAGAN's.

    Args:
        setting: Assignment of identities.
        contract: Geometry of the crops.
        network: Maps (N, 6, 128, 128) and (N, 1200) to (N, 3, 128, 128).
    """

    def __init__(self, setting: CiaganSetting, contract: CropContract, network: nn.Module) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._network = network

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Pixels of the face that do not influence the network's input, not even through a filter or JPEG."""
        size = self.contract.size
        hidden = np.ones((len(batch), size, size), dtype=np.uint8)
        for row, face in self._faces(batch).items():
            hidden[row] = face.protected()
        return hidden

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Replace the faces of uint8 (N, size, size, 3) crops; a face without landmarks or identity fails.

        Raises:
            DataError: a field that the backend sees is missing.
        """
        if batch.surroundings is None:
            raise DataError(
                "CIAGAN expects the surroundings of each face, got none; let the runner extract them"
            )
        faces = self._faces(batch)
        drawn_for = enumerate(self._identities(batch.face_ids, batch.subjects, seed))
        wanted = {row: identity for row, identity in drawn_for if row in faces and identity is not None}
        failed = {
            row: "it has no landmarks" if row not in faces else "its subject is not known"
            for row in range(len(batch))
            if row not in wanted
        }
        if not wanted:
            return collect(batch, self.contract, {}, failed)
        chosen = {row: faces[row] for row in wanted}
        drawings = [loaded(saved_by_pil(draw_landmarks(face.places))) for face in chosen.values()]
        holes = [
            loaded(saved_by_opencv(face.view.cut(batch.surroundings[row]))) * ~face.mask[..., np.newaxis]
            for row, face in chosen.items()
        ]
        inputs = np.concatenate([channels_first(drawings), channels_first(holes)], axis=1)
        identities = np.eye(IDENTITIES, dtype=np.float32)[list(wanted.values())]
        generated = channels_last(forward(self._network, inputs, identities, batch=MANY))
        done = {
            row: self._paste(batch.surroundings[row], face, output, hole)
            for (row, face), output, hole in zip(chosen.items(), generated, holes, strict=True)
        }
        return collect(batch, self.contract, done, failed)

    def describe(self, faces: FaceLabels, *, seed: int) -> Mapping[str, Any]:
        """Describe the identity of each face, null where there is none."""
        identities = self._identities(faces.face_ids, faces.subjects, seed)
        return {"identity_policy": self.setting.identities, "identities": identities}

    def _identities(self, face_ids: Any, subjects: Any, seed: int) -> list[int | None]:
        seeds = latent_seeds(self.setting.identities, face_ids, subjects, seed, self.setting.identity_seed)
        return [None if found is None else found % IDENTITIES for found in seeds]

    def _faces(self, batch: FaceBatch) -> dict[int, Face]:
        """The view of each face whose landmarks have the eyes side by side, by its position."""
        if batch.landmarks is None:
            raise DataError("CIAGAN expects landmarks, got none; add a model to 'landmarks'")
        rows = np.flatnonzero(has_landmarks(batch, self.contract)).tolist()
        found = {row: face_of(batch.landmarks[row], self.contract.size) for row in rows}
        return {row: face for row, face in found.items() if face is not None}

    def _paste(
        self, crop: Images, face: Face, generated: Floats, hole: Floats
    ) -> tuple[Images, NDArray[np.uint8]]:
        whole = to_bytes(np.where(face.mask[..., np.newaxis], generated, hole) * np.float32(255.0))
        edited = face.edited.astype(np.uint8)
        left, top, width, height = cv2.boundingRect(edited)
        pasted = crop.copy()
        if width > 0:
            here = np.s_[top : top + height, left : left + width]
            picture = face.view.in_crop(whole, (left, top, width, height), cv2.INTER_CUBIC)
            np.copyto(pasted[here], picture, where=face.edited[here][..., np.newaxis])
        return pasted, edited


def ciagan(setting: CiaganSetting, contract: CropContract, models: ModelStore) -> Ciagan:
    """Load the backend with the published weights (1200 identities of CelebA, 128 pixels).

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    (name,) = setting.models
    path = models.path(name)
    return Ciagan(setting, contract, load_strictly(IdentityGenerator(), load_weights(path), path))
