"""DeepPrivacy2: a face painted into a rectangular hole.

Hukkelås & Lindseth, "DeepPrivacy2: Towards Realistic Full-Body Anonymization", WACV 2023; its two face
generators.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.anonymize.deepprivacy.fill import Gap, HoleFiller
from bauta.anonymize.deepprivacy.hole import Box, simple_expansion, square_expansion
from bauta.anonymize.deepprivacy2.network import LATENT, StyleGanUnet, fdf128, fdf256
from bauta.anonymize.deepprivacy2.settings import DeepPrivacy2Setting
from bauta.anonymize.generator import FEW, forward
from bauta.anonymize.latents import described_latents, normal_latent, seeds_of
from bauta.anonymize.reader import FaceLabels
from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.torch_network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats
from bauta.registry import Card

CARD = Card(
    name="deepprivacy2",
    kind="anonymizer",
    implementation="bauta.anonymize.deepprivacy2.anonymizer:deepprivacy2",
    about="A face that DeepPrivacy2 paints into a rectangular hole.",
    files=("deepprivacy2_fdf256", "deepprivacy2_fdf128"),
    sees=("surroundings", "landmarks", "subjects"),
    gpu=True,
    settings="bauta.anonymize.deepprivacy2.settings:DeepPrivacy2Setting",
    source="Hukkelås and Lindseth, WACV 2023, https://arxiv.org/abs/2211.09454",
)


CENTRES = "w_centers"
"""Key of the cluster centres of styles in a converted file, beside the network's."""


class DeepPrivacy2:
    """Sees the context of a box around the face, and fills the box.

    Differences from the official program, which starts from a photograph:
    - DSFD is not run; the box is computed from the landmarks of the crop, see `face_box`.
    - The square is black beyond the crop, as it is beyond the border of a photograph in the official program.
      FDF128's square stays inside the image, here inside the crop.
    - The network runs in single precision; the official command runs it with automatic mixed precision.
    - Latents are drawn from the run's seed and the face or its subject, with DeepPrivacy2's random number
      generator; the official command draws a new one each time unless it tracks faces.

    At truncation 0, the official default, all faces share the mean style and the latents have no effect.

    Args:
        setting: Truncation and latents.
        contract: Geometry of the crops.
        network: The generator.
        centres: float32 (K, 512) styles to truncate to, or None if the file has none.
    """

    def __init__(
        self,
        setting: DeepPrivacy2Setting,
        contract: CropContract,
        network: StyleGanUnet,
        centres: Floats | None = None,
    ) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._network = network
        self._centres = centres
        square = _square128 if setting.weights == "fdf128" else _square256
        self._filler = HoleFiller(contract, network.size, square)

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
        options = {"truncation": self.setting.truncation, "multi_modal": self.setting.multi_modal}
        return described_latents(self.setting, faces, seed) | options

    def _generate(self, conditions: Floats, masks: Floats, gaps: Sequence[Gap]) -> Floats:
        seeds = [gap.seed for gap in gaps]
        return forward(self._network, conditions, masks, self._styles(seeds), batch=FEW)

    def _styles(self, seeds: Sequence[int]) -> Floats:
        """Styles float32 (N, 512), between the mean style or a centre and the style of each seed's latent."""
        if self._centres is not None:
            anchors = self._centres[[seed % len(self._centres) for seed in seeds]]
        else:
            anchors = np.tile(self._network.style_net.w_avg.cpu().numpy(), (len(seeds), 1))
        latents = np.stack([normal_latent(seed, LATENT) for seed in seeds])
        styles = forward(self._network.style_net, latents, batch=FEW)
        return anchors + np.float32(self.setting.truncation) * (styles - anchors)


def _square256(box: Box, _: int) -> Box:
    return simple_expansion(box)


def _square128(box: Box, size: int) -> Box:
    return square_expansion(box, size)


def deepprivacy2(setting: DeepPrivacy2Setting, contract: CropContract, models: ModelStore) -> DeepPrivacy2:
    """Load the backend with the published weights.

    Raises:
        ModelError: the file is missing, is not the expected one, holds another network, or lacks the centres
            that the setting requires.
    """
    (name,) = setting.models
    path = models.path(name)
    tensors, _ = load_tensors(path)
    centres = tensors.pop(CENTRES, None)
    if setting.multi_modal and centres is None:
        raise ModelError(f"{path} has no cluster centres of styles: use multi_modal: false")
    network = fdf128() if setting.weights == "fdf128" else fdf256()
    load_strictly(network, tensors, path)
    return DeepPrivacy2(
        setting, contract, network, centres.numpy() if centres is not None and setting.multi_modal else None
    )
