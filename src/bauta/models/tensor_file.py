"""Files of tensors and nothing else (safetensors), as `bauta convert` writes them."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from bauta.errors import ModelError

ABOUT = "about"
"""The one entry of the metadata, as JSON: safetensors writes several in any order."""


def load_tensors(path: Path | str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors by name, on the CPU, and what is noted of them.

    Raises:
        ModelError: the file is missing or is no whole safetensors file.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            about = json.loads((file.metadata() or {}).get(ABOUT, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"{path} is no whole safetensors file ({reason}): convert it again") from None


def save_tensors(
    tensors: Mapping[str, torch.Tensor], path: Path | str, about: Mapping[str, str] | None = None
) -> None:
    """Write tensors; the same tensors and notes give the same bytes."""
    whole = {name: tensors[name].detach().clone().contiguous() for name in sorted(tensors)}
    save_file(whole, str(path), metadata={ABOUT: json.dumps(dict(about or {}), sort_keys=True)})
