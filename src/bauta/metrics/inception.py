"""The Inception network of Clean-FID, loaded from a registered file instead of the package's download."""

import numpy as np
import torch
from cleanfid.inception_torchscript import InceptionV3W
from cleanfid.resize import build_resizer
from numpy.typing import NDArray

from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.protocols import Images

BATCH = 32


class CleanInception:
    """Features of Inception-v3 (Szegedy et al., CVPR 2016) of images resized as Clean-FID does.

    The file is TorchScript, which can be verified by its hash only; `ModelStore` refuses any other file.

    Args:
        models: Store that holds the weights.

    Raises:
        ModelError: the file is missing, is not the expected one, or is not TorchScript.
    """

    def __init__(self, models: ModelStore) -> None:
        path = models.path("inception_fid")
        try:
            # The package appends its own file name to this folder.
            self._network = InceptionV3W(str(path.parent), download=False).eval()
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} is not a TorchScript file ({reason}); download it again") from None
        self._resize = build_resizer("clean")

    def features(self, images: Images) -> NDArray[np.float64]:
        """Extract features float64 (N, 2048) from uint8 (N, H, W, 3) RGB images."""
        found = [np.zeros((0, 2048))]
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                resized = np.stack([self._resize(image) for image in images[start : start + BATCH]])
                batch = torch.from_numpy(resized.transpose(0, 3, 1, 2))
                found.append(self._network(batch).numpy().astype(np.float64))
        return np.concatenate(found)
