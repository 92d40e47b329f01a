"""DeepPrivacy: a face painted into a rectangular hole, with seven keypoints.

Hukkelås, Mester & Lindseth, "DeepPrivacy: A Generative Adversarial Network for Face Anonymization", ISVC
2019; the generator as DeepPrivacy2 packages it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from bauta.anonymize.deepprivacy_fill import Gap, HoleFiller
from bauta.anonymize.deepprivacy_hole import Hole, square_expansion
from bauta.anonymize.deepprivacy_network import LATENT, SIZE, MsgGenerator
from bauta.anonymize.generator import FEW, forward
from bauta.anonymize.latents import latent_seeds, normal_latent
from bauta.anonymize.reader import FaceLabels
from bauta.anonymize.settings import DeepPrivacySetting
from bauta.contract import CropContract
from bauta.express.network import load_strictly
from bauta.landmarks.ibug import LEFT_EYE, NOSE_TIP, RIGHT_EYE
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats

SHOULDERS = ((1.0, 1.0), (0.0, 1.0))
"""Left and right shoulder in parts of the square."""


class DeepPrivacy:
    """Sees the surroundings of a box round the face and seven keypoints, and fills the box.

    What differs from the official program, which starts from a photograph:
    - DSFD and Keypoint R-CNN are not run: the box, nose, eyes and ears come from the landmarks of the crop
      (the ends of the jaw line stand for the ears). Shoulders are not in a crop; they are put into the lower
      corners of the square, to which the official program moves keypoints that lie outside it.
    - The square stays in the crop, not in the photograph.
    - The network runs in single precision, and latents are drawn as in `DeepPrivacy2`.

    Args:
        setting: Truncation and latents.
        contract: Geometry of the crops.
        network: From conditions, masks, keypoints and latents to pictures.
    """

    def __init__(self, setting: DeepPrivacySetting, contract: CropContract, network: nn.Module) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._network = network
        self._filler = HoleFiller(contract, SIZE, square_expansion)

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Pixels of the box that the network gets nothing of, not even through a resize."""
        return self._filler.protected(batch)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Fill the boxes in uint8 (N, size, size, 3) crops; a face without landmarks or subject fails.

        Raises:
            DataError: a field that it sees is missing.
        """
        seeds = self._seeds(batch.face_ids, batch.subjects, seed)
        return self._filler.fill(batch, seeds, self._generate)

    def describe(self, faces: FaceLabels, *, seed: int) -> Mapping[str, Any]:
        """The seed of each face's latent, null where there is none."""
        seeds = self._seeds(faces.face_ids, faces.subjects, seed)
        return {
            "latent_policy": self.setting.latents,
            "latent_seeds": seeds,
            "truncation": self.setting.truncation,
        }

    def _generate(self, conditions: Floats, masks: Floats, gaps: Sequence[Gap]) -> Floats:
        keypoints = np.stack([keypoints_in(gap.hole, gap.points) for gap in gaps])
        latents = np.stack([normal_latent(gap.seed, LATENT) for gap in gaps])
        latents *= np.float32(self.setting.truncation)
        return forward(self._network, conditions, masks, keypoints, latents, batch=FEW)

    def _seeds(self, face_ids: Any, subjects: Any, seed: int) -> list[int | None]:
        return latent_seeds(self.setting.latents, face_ids, subjects, seed, self.setting.latent_seed)


def keypoints_in(hole: Hole, points: Floats) -> Floats:
    """Nose, eyes, ears and shoulders, the person's left before the right: (7, 2) in parts of the square.

    Args:
        hole: Where the face is.
        points: float32 (68, 2) iBUG landmarks in crop pixels.
    """
    face = np.stack(
        [
            points[NOSE_TIP],
            points[RIGHT_EYE].mean(axis=0),
            points[LEFT_EYE].mean(axis=0),
            points[16],
            points[0],
        ]
    )
    parts = (face - np.array(hole.square[:2])) / hole.side
    return np.concatenate([parts, np.array(SHOULDERS)]).clip(0.0, 1.0).astype(np.float32)


def deepprivacy(setting: DeepPrivacySetting, contract: CropContract, models: ModelStore) -> DeepPrivacy:
    """The backend with the published weights.

    Raises:
        ModelError: the file is missing, is not the one that is expected, or holds another network.
    """
    (name,) = setting.models
    path = models.path(name)
    tensors, _ = load_tensors(path)
    return DeepPrivacy(setting, contract, load_strictly(MsgGenerator(), tensors, path))
