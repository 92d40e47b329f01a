"""GANonymization: a head drawn from the face mesh alone.

Hellmann et al., "GANonymization: A GAN-based Face Anonymization Framework for Preserving Emotional
Expressions", ACM TOMM 21(1), 2025.
"""

import numpy as np
from torch import nn

from bauta.anonymize.ganonymization_drawing import Letterbox, draw_dots
from bauta.anonymize.ganonymization_network import STRIDE, UNetGenerator
from bauta.anonymize.generator import MANY, channels_first, channels_last, collect, forward, to_bytes
from bauta.anonymize.settings import GanonymizationSetting
from bauta.contract import CropContract
from bauta.errors import ConfigError, DataError
from bauta.express.network import load_strictly
from bauta.models.store import ModelStore
from bauta.models.tensor_file import load_tensors
from bauta.protocols import AnonymizedBatch, FaceBatch, Floats

BOX_MARGINS = (-0.011, 0.142, -0.017, -0.006)
"""Left, top, right and bottom of RetinaFace's box round the mesh, in parts of the mesh.

Medians over 279 photographs of LFW for RetinaFace with MobileNet; the box overlaps its by 0.91 (intersection
over union, mean), two detectors' one another by 0.92: `benchmarks/official_crops.py`.
"""


class Ganonymization:
    """Sees the 478 points of the face mesh, and nothing of the picture.

    The whole crop is replaced: the head on black, as the official program writes it, at the place of the
    face.

    What differs from the official program, which starts from a photograph:
    - RetinaFace is not run: its box is made from the mesh, see `BOX_MARGINS`. The crop is upright already,
      where the official program turns the box about its centre.
    - The mesh is that of the aligned crop, by MediaPipe's task; the official one is found in the letterboxed
      box by the older solution.
    - A face without a mesh fails. The official network then draws an average face of an empty canvas.

    Args:
        setting: Which file, and the size of the drawing.
        contract: Geometry of the crops.
        network: From drawings (N, 3, S, S) to heads, both in [-1, 1].
        side: S.

    Raises:
        ConfigError: S is not a multiple of 256.
    """

    def __init__(
        self, setting: GanonymizationSetting, contract: CropContract, network: nn.Module, side: int
    ) -> None:
        if side % STRIDE != 0 or side < STRIDE:
            raise ConfigError(f"ganonymization.size: expected a multiple of {STRIDE} pixels, got {side}")
        self.setting = setting
        self.contract = contract
        self.sees = setting.sees
        self._network = network
        self._side = side

    def anonymize(self, batch: FaceBatch, *, seed: int) -> AnonymizedBatch:  # noqa: ARG002
        """Draw a head for each mesh; a face without one fails. `seed` has no effect.

        Raises:
            DataError: the batch has no meshes.
        """
        if batch.mesh is None:
            raise DataError("GANonymization expects the face mesh, got none; add mediapipe478 to 'landmarks'")
        found = np.isfinite(batch.mesh).all(axis=(1, 2))
        failed = dict.fromkeys(np.flatnonzero(~found).tolist(), "it has no face mesh")
        boxes = {row: self._letterbox(batch.mesh[row]) for row in np.flatnonzero(found).tolist()}
        if not boxes:
            return collect(batch, self.contract, {}, failed)
        drawings = [draw_dots(box.parts(batch.mesh[row]), self._side) for row, box in boxes.items()]
        inputs = channels_first(drawings) / np.float32(127.5) - np.float32(1.0)
        heads = to_bytes(
            channels_last((forward(self._network, inputs, batch=MANY) + 1.0) * np.float32(127.5))
        )
        everywhere = np.ones((self.contract.size, self.contract.size), dtype=np.uint8)
        done = {
            row: (box.paste(head, self.contract.size), everywhere)
            for (row, box), head in zip(boxes.items(), heads, strict=True)
        }
        return collect(batch, self.contract, done, failed)

    def _letterbox(self, mesh: Floats) -> Letterbox:
        return Letterbox.round(mesh, BOX_MARGINS, self._side)


def ganonymization(
    setting: GanonymizationSetting, contract: CropContract, models: ModelStore
) -> Ganonymization:
    """The backend with the published weights.

    Raises:
        ModelError: the file is missing, is not the one that is expected, or holds another network.
        ConfigError: the file does not say what size it was trained at, and neither does the setting.
    """
    (name,) = setting.models
    path = models.path(name)
    tensors, about = load_tensors(path)
    size = setting.size or int(about.get("img_size", "0"))
    if size == 0:
        raise ConfigError(f"ganonymization.size: {path} does not say what it was trained at; set 256 or 512")
    return Ganonymization(setting, contract, load_strictly(UNetGenerator(), tensors, path), size)
