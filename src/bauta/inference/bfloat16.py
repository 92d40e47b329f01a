"""Whether a device computes in bfloat16, for trainings that ask for it."""

import platform

import torch


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for bfloat16; without them, products take ten times as long."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def arithmetic(device: torch.device, *, bfloat16: bool) -> str:
    """Name a device for the card of what was trained on it, with the arithmetic of its matrix products.

    Args:
        device: The device.
        bfloat16: Whether the recipe asks for bfloat16, which is used if the device has it.
    """
    name = torch.cuda.get_device_name() if device.type == "cuda" else platform.machine()
    return f"{name}, bfloat16" if bfloat16 and has_bfloat16(device) else name
