"""FaRL's face parsers (Zheng et al., CVPR 2022), run with their authors' package facer.

facer loads TorchScript files, which contain code as well as weights. They are opened only after `ModelStore`
has verified their SHA-256, or pinned it where none is published, and facer is given the path of that file, so
that it downloads nothing.
"""

import numpy as np
import torch
from facer.face_parsing import FaRLFaceParser
from numpy.typing import NDArray

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.device import torch_device
from bauta.inference.face_view import check_crops
from bauta.inference.gpu_memory import Halving
from bauta.models.store import ModelStore
from bauta.parse.classes import COUNTERPARTS, to_parsing_classes
from bauta.parse.segment import BATCH, middle_of_face
from bauta.protocols import Floats, Images
from bauta.registry import Card

CARDS = (
    Card(
        name="farl_celebm",
        kind="parser",
        implementation="bauta.parse.farl:farl_celebm",
        about="FaRL trained on CelebAMask-HQ, 19 classes.",
        files=("farl_celebm",),
        gpu=True,
        source="Zheng et al., FaRL, CVPR 2022",
    ),
    Card(
        name="farl_lapa",
        kind="parser",
        implementation="bauta.parse.farl:farl_lapa",
        about="FaRL trained on LaPa, 11 classes: no ears, neck, cloth or glasses.",
        files=("farl_lapa",),
        gpu=True,
        source="Zheng et al., FaRL, CVPR 2022",
    ),
)


class Farl:
    """Parses the part of the crop that facer cuts for the five points of the template.

    With LaPa's 11 classes it is warped so that it reaches the crop's borders; with CelebAMask-HQ's 19 it is
    the square that CelebA-HQ was cropped to, and everything outside is background. Depending on the batch, a
    score varies by less than 1e-4 of its value.

    Args:
        contract: Geometry of the crops.
        models: Store that holds the model's file.
        parser: `farl_lapa` or `farl_celebm`, which is also the name of the model.
        configuration: facer's name for it.

    Attributes:
        needs_landmarks: False, because the points of an aligned face are known.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not TorchScript.
    """

    needs_landmarks = False

    def __init__(self, contract: CropContract, models: ModelStore, parser: str, configuration: str) -> None:
        self._contract, self._parser = contract, parser
        self._device = torch_device()
        path = models.path(parser)
        try:
            self._network = FaRLFaceParser(configuration, model_path=str(path), device=self._device)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is not a TorchScript file ({reason}); download it again") from None

    def parse(self, crops: Images, landmarks: Floats | None = None) -> NDArray[np.uint8]:
        """Class ids uint8 (N, size, size) of uint8 (N, size, size, 3) RGB crops; landmarks are not used.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
            GpuMemoryError: a single crop does not fit into the GPU's memory.
            ModelError: the network returns another number of classes.
        """
        del landmarks
        check_crops(crops, self._contract)
        classes = np.empty(crops.shape[:3], dtype=np.uint8)
        ids_of = Halving(self._ids)
        for start in range(0, len(crops), BATCH):
            ids = ids_of(crops[start : start + BATCH])
            middle = middle_of_face(self._contract)
            classes[start : start + BATCH] = to_parsing_classes(ids, self._parser, middle)
        return classes

    def _ids(self, crops: Images) -> NDArray[np.int64]:
        # facer mistakes bytes for values in [0, 1] if none exceeds 1, so it receives such values.
        planes = np.ascontiguousarray(crops.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255.0)
        images = torch.from_numpy(planes).to(self._device)
        points = torch.from_numpy(self._contract.template()).to(self._device)
        faces = {
            "image_ids": torch.arange(len(crops), device=self._device),
            "points": points.expand(len(crops), 5, 2),
        }
        scores = self._network(images, faces)["seg"]["logits"]
        if scores.shape[1] != len(COUNTERPARTS[self._parser]):
            raise ModelError(
                f"parser '{self._parser}': expected {len(COUNTERPARTS[self._parser])} classes, "
                f"got {scores.shape[1]}: its file belongs to another network"
            )
        return scores.argmax(dim=1).cpu().numpy()


def farl_lapa(contract: CropContract, models: ModelStore) -> Farl:
    """Load the parser trained on LaPa, 11 classes: no ears, neck, cloth or glasses."""
    return Farl(contract, models, "farl_lapa", "lapa/448")


def farl_celebm(contract: CropContract, models: ModelStore) -> Farl:
    """Load the parser trained on CelebAMask-HQ, 19 classes."""
    return Farl(contract, models, "farl_celebm", "celebm/448")
