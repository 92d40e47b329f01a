"""PyTorch networks for inference: strictly loaded, frozen, on the GPU if there is one."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bauta.errors import ModelError
from bauta.inference.device import torch_device
from bauta.models.reason import plain
from bauta.protocols import Floats


def load_strictly(network: nn.Module, state: Mapping[str, Any], path: Path | str) -> nn.Module:
    """Load weights into a network and prepare it for inference.

    Args:
        network: The structure that the weights belong to.
        state: One tensor for each of its parameters and buffers, and nothing else.
        path: Source of the weights, for the error message.

    Returns:
        The network, in evaluation mode and without gradients.

    Raises:
        ModelError: a tensor is missing, has another shape, or is unknown to the network.
    """
    try:
        network.load_state_dict(state, strict=True)
    except (RuntimeError, TypeError, AttributeError) as error:
        first = plain(str(error))[:200]
        raise ModelError(f"{path} does not hold the weights of {type(network).__name__}: {first}") from None
    return network.eval().requires_grad_(False).to(torch_device())


def without(state: Mapping[str, Any], unused: re.Pattern[str]) -> dict[str, Any]:
    """The tensors of a file without those that its network never uses.

    Args:
        state: Name → tensor.
        unused: Pattern of the whole names of the unused tensors.
    """
    return {name: tensor for name, tensor in state.items() if unused.fullmatch(str(name)) is None}


@torch.inference_mode()
def run(network: nn.Module, inputs: Floats) -> Floats:
    """Output of a network for a batch, both float32 arrays; an empty batch does not run through it."""
    device = next(network.parameters()).device
    output: torch.Tensor = network(torch.from_numpy(inputs).to(device))
    return np.asarray(output.float().cpu().numpy(), dtype=np.float32)
