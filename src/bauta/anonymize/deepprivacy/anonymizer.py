"""DeepPrivacy: a face painted into a rectangular hole, with seven keypoints.

Hukkelås, Mester & Lindseth, "DeepPrivacy: A Generative Adversarial Network for Face Anonymization", ISVC
2019; the generator as DeepPrivacy2 packages it.

Two official programs run this generator. DeepPrivacy's own gives it a latent of zeros, or one without large
values, and resizes with OpenCV's cubic filter. DeepPrivacy2's, with `configs/anonymizers/deep_privacy1.py`,
never uses its `truncation_value`: each call draws a latent from the normal distribution, and images are
resized as for DeepPrivacy2.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from bauta.anonymize.deepprivacy.fill import Gap, HoleFiller
from bauta.anonymize.deepprivacy.hole import Hole, OriginalHole, square_expansion
from bauta.anonymize.deepprivacy.network import LATENT, SIZE, MsgGenerator
from bauta.anonymize.deepprivacy.settings import DeepPrivacySetting
from bauta.anonymize.generator import FEW, forward
from bauta.anonymize.latents import described_latents, normal_latent, seeds_of, truncated_latent
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract
from bauta.inference.torch_network import load_strictly
from bauta.landmarks.ibug import LEFT_EYE, NOSE_TIP, RIGHT_EYE
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats
from bauta.registry import Card

CARD = Card(
    name="deepprivacy",
    kind="anonymizer",
    implementation="bauta.anonymize.deepprivacy.anonymizer:deepprivacy",
    about="A face that the first DeepPrivacy paints into a rectangular hole.",
    files=("deepprivacy",),
    sees=("surroundings", "landmarks", "subjects"),
    gpu=True,
    settings="bauta.anonymize.deepprivacy.settings:DeepPrivacySetting",
    source="Hukkelås, Mester and Lindseth, ISVC 2019, https://arxiv.org/abs/1909.04538",
)


SHOULDERS = ((1.0, 1.0), (0.0, 1.0))
"""Left and right shoulder as fractions of the square."""


class DeepPrivacy:
    """Sees the context of a box around the face and seven keypoints, and fills the box.

    Differences from the official program, which starts from a photograph:
    - DSFD and Keypoint R-CNN are not run; the box, nose, eyes and ears come from the landmarks of the crop
      (the ends of the jaw line serve as ears). Shoulders are not in a crop; they are placed in the lower
      corners of the square, where the official program moves keypoints that lie outside it.
    - The square stays in the crop, not in the photograph.
    - The network runs in single precision, and latents are drawn from the run's seed and the face or its
      subject. At truncation 0, the default of DeepPrivacy's program, they have no effect.
    - The context of the box is left unchanged; DeepPrivacy's program resizes it to 256×256 pixels and back.
    - Grey levels are rounded; DeepPrivacy's program truncates them.

    Args:
        setting: Official program to follow, truncation and latents.
        contract: Geometry of the crops.
        network: Maps conditions, masks, keypoints and latents to images.
    """

    def __init__(self, setting: DeepPrivacySetting, contract: CropContract, network: nn.Module) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._network = network
        self._original = setting.program == "original"
        hole = OriginalHole if self._original else Hole
        self._filler = HoleFiller(contract, SIZE, square_expansion, hole)

    def protected(self, batch: FaceBatch) -> NDArray[np.uint8]:
        """Pixels of the box that do not influence the network's input, not even through a resize."""
        return self._filler.protected(batch)

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:
        """Fill the boxes in uint8 (N, size, size, 3) crops; a face without landmarks or subject fails.

        Raises:
            DataError: a field that the backend sees is missing.
        """
        return self._filler.fill(batch, seeds_of(self.setting, batch, seed), self._generate)

    def describe(self, faces: FaceLabels, *, seed: int) -> Mapping[str, Any]:
        """The seed of each face's latent, null where there is none."""
        options = {
            "program": self.setting.program,
            "truncation": self.setting.truncation if self._original else None,
        }
        return described_latents(self.setting, faces, seed) | options

    def _generate(self, conditions: Floats, masks: Floats, gaps: Sequence[Gap]) -> Floats:
        keypoints = np.stack([keypoints_in(gap.hole, gap.points) for gap in gaps])
        latents = np.stack([self._latent(gap.seed) for gap in gaps])
        return forward(self._network, conditions, masks, keypoints, latents, batch=FEW)

    def _latent(self, seed: int) -> Floats:
        if self._original:
            return truncated_latent(seed, LATENT, self.setting.truncation)
        return normal_latent(seed, LATENT)


def keypoints_in(hole: Hole, points: Floats) -> Floats:
    """Nose, eyes, ears and shoulders, the person's left before the right: (7, 2) as fractions of the square.

    Args:
        hole: Position of the face.
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
    """Load the backend with the published weights.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    (name,) = setting.models
    path = models.path(name)
    tensors, _ = load_tensors(path)
    return DeepPrivacy(setting, contract, load_strictly(MsgGenerator(), tensors, path))
