"""LPIPS (Zhang et al., The Unreasonable Effectiveness of Deep Features, CVPR 2018), AlexNet, version 0.1."""

import lpips
import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.models import alexnet

from bauta.errors import ModelError
from bauta.models.store import ModelStore
from bauta.models.torch_weights import load_weights
from bauta.protocols import Images
from bauta.registry import Card

CARD = Card(
    name="lpips",
    kind="measure",
    implementation="bauta.metrics.lpips_distance:LpipsDistance",
    about="Learned distance of two pictures.",
    files=("lpips_alex", "alexnet_imagenet"),
    source="Zhang et al., CVPR 2018",
)


BATCH = 16

SLICES = ((0, 2), (2, 5), (5, 8), (8, 10), (10, 12))
"""First and last layer of `alexnet().features` in each of the package's five slices."""


class LpipsDistance:
    """The learned distance; its linear weights come with the package, AlexNet from the registry.

    Args:
        models: Store that holds the weights.

    Raises:
        ModelError: a file is missing or is not the expected one.
    """

    def __init__(self, models: ModelStore) -> None:
        path = models.path("alexnet_imagenet")
        backbone = alexnet(weights=None)
        try:
            backbone.load_state_dict(load_weights(path))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{path} lacks AlexNet's weights ({reason}); download it again") from None
        self._distance = lpips.LPIPS(net="alex", pnet_rand=True, pretrained=False, verbose=False).eval()
        self._distance.load_state_dict(load_weights(models.path("lpips_alex")), strict=False)
        for number, (first, last) in enumerate(SLICES, 1):
            part = getattr(self._distance.net, f"slice{number}")
            for layer in range(first, last):
                part[layer - first].load_state_dict(backbone.features[layer].state_dict())

    def __call__(self, originals: Images, others: Images) -> NDArray[np.float64]:
        """Compute distances float64 (N,), 0 if equal, of pairs of uint8 (N, H, W, 3) RGB images."""
        found = [np.zeros(0)]
        with torch.inference_mode():
            for start in range(0, len(originals), BATCH):
                one, other = (
                    torch.from_numpy(side[start : start + BATCH]).permute(0, 3, 1, 2).float() / 127.5 - 1.0
                    for side in (originals, others)
                )
                found.append(self._distance(one, other).flatten().numpy().astype(np.float64))
        return np.concatenate(found)
