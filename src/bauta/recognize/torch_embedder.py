"""Recognizers that are a PyTorch module: strict weights, inference without gradients, flipped views."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from bauta.contract import CropContract
from bauta.device import torch_device
from bauta.errors import ModelError
from bauta.protocols import Floats, Images
from bauta.recognize.views import FaceView, embed_batches


@dataclass(frozen=True)
class TorchInput:
    """What a module is given.

    Attributes:
        view: Part of the crop.
        mean: Taken off the pixel values, 0 to 255.
        std: What they are then divided by.
        bgr: Whether the channels are blue, green, red.
        flipped: Whether the mirrored view is embedded as well and put behind the vector, as some authors do
            when they test.
    """

    view: FaceView
    mean: float
    std: float
    bgr: bool = False
    flipped: bool = False


class TorchEmbedder:
    """Embeds views with a module, on a GPU if there is one.

    A vector depends on its batch by less than 1e-5 in each entry, as PyTorch may choose other kernels for
    other batch sizes.

    Args:
        contract: Geometry of the crops.
        module: From float32 (B, 3, height, width) to (B, D).
        given: What it is given.
        dimensions: D.

    Attributes:
        dimensions: D, or 2D where the mirrored view is embedded as well.
        module: The network, in evaluation mode and on the device.
        given: What it is given.
    """

    def __init__(self, contract: CropContract, module: nn.Module, given: TorchInput, dimensions: int) -> None:
        self.dimensions = 2 * dimensions if given.flipped else dimensions
        self._device = torch_device()
        # Convolutions on a CPU are up to twice as fast in this layout.
        self.module = module.eval().to(self._device).to(memory_format=torch.channels_last)
        self._contract, self.given = contract, given

    def embed(self, crops: Images) -> Floats:
        """Unit vectors float32 (N, dimensions) of uint8 (N, size, size, 3) RGB crops.

        Raises:
            DataError: the crops do not have the contract's shape or are not uint8.
        """
        return embed_batches(
            crops, self._contract, self.given.view, self._forward, dimensions=self.dimensions
        )

    @torch.inference_mode()
    def _forward(self, views: Images) -> Floats:
        given = self.given
        pixels = views[..., ::-1].copy() if given.bgr else views
        # NHWC in memory is what PyTorch calls channels_last; nothing is copied.
        batch = torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2).float()
        batch = batch.sub_(given.mean).div_(given.std)
        vectors = self.module(batch)
        if given.flipped:
            vectors = torch.cat([vectors, self.module(batch.flip(3))], dim=1)
        return np.asarray(vectors.cpu().numpy(), dtype=np.float32)


def load_strictly(module: nn.Module, weights: Mapping[str, torch.Tensor], name: str) -> nn.Module:
    """Put weights into a module; every key and every shape must be the module's.

    Raises:
        ModelError: a tensor is missing, unknown or of another shape.
    """
    try:
        module.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise ModelError(
            f"model '{name}': the file holds other tensors than the network ({reason[:300]}): get it again"
        ) from None
    return module
