"""GANonymization: a head drawn from the face mesh alone.

Hellmann et al., "GANonymization: A GAN-based Face Anonymization Framework for Preserving Emotional
Expressions", ACM TOMM 21(1), 2025.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from torch import nn

from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.quantized import Conditions, QuantizedGenerator
from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.ganonymization.drawing import Letterbox, network_inputs
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.ganonymization.settings import GanonymizationSetting, TrainedGanonymizationSetting
from bauta.anonymize.generator import MANY, channels_last, collect, forward, to_bytes
from bauta.anonymize.witness import within_reach
from bauta.contract import CropContract
from bauta.errors import DataError
from bauta.inference.closing import closing
from bauta.inference.torch_network import load_strictly
from bauta.landmarks import LANDMARKERS
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch, Images
from bauta.registry import Card

CARD = Card(
    name="ganonymization",
    kind="anonymizer",
    implementation="bauta.anonymize.ganonymization.anonymizer:ganonymization",
    about="A head that is drawn from the face mesh.",
    files=("ganonymization_25", "ganonymization_50", "avatar", "mediapipe_face_landmarker"),
    sees=("mesh", "landmarks", "posteriors"),
    gpu=True,
    settings="bauta.anonymize.ganonymization.settings:GanonymizationSetting",
    source="Hellmann et al., ACM TOMM 21(1), 2025, https://arxiv.org/abs/2305.02143",
)

log = logging.getLogger(__name__)

MESH = "mediapipe478"


class Ganonymization:
    """Sees the 478 points of the face mesh, and no pixel of the image.

    The whole crop is replaced by the head on black, as the official program writes it, at the position of the
    face.

    Differences from the official program, which starts from a photograph:
    - RetinaFace is not run; its box is computed from the mesh, see `drawing.BOX_MARGINS`. The crop is already
      upright, whereas the official program rotates the box about its centre.
    - The mesh is found in the aligned crop with MediaPipe's task; the official one is found in the
      letterboxed box with the older solution.
    - A face without a mesh fails. The official network then draws an average face from an empty canvas.
    - Grey levels are rounded; the official program truncates them.

    Args:
        setting: The file of weights, and the size S of the network's input.
        contract: Geometry of the crops.
        network: Maps drawings (N, 3, S, S) to heads, both in [-1, 1].
    """

    def __init__(
        self,
        setting: GanonymizationSetting | TrainedGanonymizationSetting,
        contract: CropContract,
        network: nn.Module,
    ) -> None:
        self.setting = setting
        self.contract = contract
        self.sees = frozenset({"mesh"})
        self._network = network

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Draw a head for each mesh; a face without one fails. `seed` has no effect.

        Raises:
            DataError: the batch has no meshes.
        """
        if batch.mesh is None:
            raise DataError("GANonymization expects the face mesh, got none; add mediapipe478 to 'landmarks'")
        found = within_reach(batch.mesh, self.contract)
        failed = dict.fromkeys(np.flatnonzero(~found).tolist(), "it has no face mesh")
        boxes = {row: Letterbox.of(batch.mesh[row]) for row in np.flatnonzero(found).tolist()}
        if not boxes:
            return collect(batch, self.contract, {}, failed)
        side = self.setting.size
        inputs = network_inputs([batch.mesh[row] for row in boxes], list(boxes.values()), side)
        heads = to_bytes(
            channels_last((forward(self._network, inputs, batch=MANY) + 1.0) * np.float32(127.5))
        )
        everywhere = np.ones((self.contract.size, self.contract.size), dtype=np.uint8)
        done = {
            row: (replace(box, side=side).paste(head, self.contract.size), everywhere)
            for (row, box), head in zip(boxes.items(), heads, strict=True)
        }
        return collect(batch, self.contract, done, failed)


def ganonymization(
    setting: GanonymizationSetting, contract: CropContract, models: ModelStore
) -> Ganonymization | QuantizedGenerator:
    """Load the backend with the published weights.

    Raises:
        ModelError: the file is missing, is not the expected one, or holds another network.
    """
    path = models.path(setting.models[0])
    tensors, about = load_tensors(path)
    trained = about.get("img_size", "not said")
    log.info("%s: trained at %s, shown %d pixels", path.name, trained, setting.size)
    backend = Ganonymization(setting, contract, load_strictly(UNetGenerator(), tensors, path))
    if setting.quantize is None:
        return backend
    book = AvatarBook.read(models.path("avatar"))
    return QuantizedGenerator(backend, Quantizer(book, setting.quantize, contract), meshes(contract, models))


def meshes(contract: CropContract, models: ModelStore) -> Conditions:
    """Return what finds the meshes of drawings with MediaPipe."""

    def found(names: Sequence[str], drawings: Images) -> FaceBatch:
        with closing(LANDMARKERS.load(MESH)(contract, models)) as landmarker:
            return FaceBatch(list(names), mesh=landmarker.locate(drawings))

    return found
