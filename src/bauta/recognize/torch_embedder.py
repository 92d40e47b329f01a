"""Recognizers that are a PyTorch module: strict loading, inference without gradients, mirrored views."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.device import torch_device
from bauta.inference.face_view import FaceView
from bauta.models.reason import plain
from bauta.protocols import Floats, Images
from bauta.recognize.batches import embed_batches


@dataclass(frozen=True)
class TorchInput:
    """The input of a module.

    Attributes:
        view: Part of the crop.
        mean: Mean subtracted from the pixel values, 0 to 255.
        std: Standard deviation by which they are then divided.
        bgr: Whether the channels are blue, green, red.
        flipped: Whether the mirrored view is embedded as well and its vector appended, as some authors do in
            their evaluation.
    """

    view: FaceView
    mean: float
    std: float
    bgr: bool = False
    flipped: bool = False


class TorchEmbedder:
    """Embeds views with a module, on a GPU if there is one.

    Depending on the batch, an entry of a vector varies by less than 1e-5, because PyTorch may choose other
    kernels for other batch sizes.

    Args:
        contract: Geometry of the crops.
        module: Maps float32 (B, 3, height, width) to (B, D).
        given: Its input.
        dimensions: Output dimensions D of the module.

    Attributes:
        dimensions: D, or 2D where the mirrored view is embedded as well.
        module: The network, in evaluation mode and on the device.
        given: Its input.
    """

    def __init__(self, contract: CropContract, module: nn.Module, given: TorchInput, dimensions: int) -> None:
        self.dimensions = 2 * dimensions if given.flipped else dimensions
        self._device = torch_device()
        # Convolutions on a CPU are up to twice as fast in this layout.
        self.module = module.eval().to(self._device).to(memory_format=torch.channels_last)
        self._contract, self.given = contract, given

    def embed(self, crops: Images) -> Floats:
        """Compute unit vectors float32 (N, dimensions) of uint8 (N, size, size, 3) RGB crops.

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
        # NHWC in memory is PyTorch's channels_last; nothing is copied.
        batch = torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2).float()
        batch = batch.sub_(given.mean).div_(given.std)
        vectors = self.module(batch)
        if given.flipped:
            vectors = torch.cat([vectors, self.module(batch.flip(3))], dim=1)
        return np.asarray(vectors.cpu().numpy(), dtype=np.float32)


def load_strictly(module: nn.Module, weights: Mapping[str, torch.Tensor], name: str) -> nn.Module:
    """Load weights into a module; every key and every shape must match the module's.

    Raises:
        ModelError: a tensor is missing, unknown or of another shape.
    """
    try:
        module.load_state_dict(weights, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = plain(str(error))
        raise ModelError(
            f"model '{name}': the file does not match the network ({reason[:300]}); download it again"
        ) from None
    return module
