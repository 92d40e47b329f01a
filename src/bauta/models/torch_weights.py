"""PyTorch files, read without running what is in them."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from bauta.errors import ModelError

NOT_WHOLE = (OSError, RuntimeError, EOFError, IndexError, KeyError, ValueError, zipfile.BadZipFile)
"""What torch's reader raises for bytes that are no file of it."""


def load_weights(path: Path | str) -> dict[str, Any]:
    """Read a PyTorch file that holds tensors and plain values only.

    Args:
        path: The file.

    Returns:
        What it holds; tensors on the CPU.

    Raises:
        ModelError: the file is missing or damaged, holds no mapping, or needs code to be run to be read.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{path} cannot be read without running what is in it ({reason}): load it with the program that "
            "wrote it, on a machine that may be lost, and save its state_dict() with torch.save"
        ) from None
    except NOT_WHOLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"{path} is no whole PyTorch file ({reason}): get it again") from None
    if not isinstance(content, dict):
        raise ModelError(f"{path}: expected a mapping of names to tensors, got {type(content).__name__}")
    return content
