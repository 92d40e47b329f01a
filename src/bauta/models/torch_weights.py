"""PyTorch files of weights: tensors and plain values only."""

from pathlib import Path
from typing import Any

from bauta.errors import ModelError
from bauta.models.reason import first_line
from bauta.models.restricted_pickle import StrictUnpickler, UnknownGlobalError, read_checkpoint, read_torch


def load_weights(path: Path | str) -> dict[str, Any]:
    """Read a PyTorch file that holds tensors and plain values only.

    Args:
        path: The file.

    Returns:
        The content, with tensors on the CPU.

    Raises:
        ModelError: the file is missing or damaged, is not a mapping, or requires code to be executed.
    """
    try:
        content = read_torch(path, StrictUnpickler)
    except UnknownGlobalError as error:
        raise ModelError(
            f"{path} cannot be read without executing code in it (it names {first_line(error)}): load "
            "it with the program that wrote it, on an isolated machine, and save its state_dict() with "
            "torch.save"
        ) from None
    return _mapping(path, content)


def load_lightning(path: Path | str) -> dict[str, Any]:
    """Read the `state_dict` of a PyTorch Lightning checkpoint, or a file that is a `state_dict` itself.

    Lightning stores its callbacks and settings beside the weights, as objects of its classes. They stay
    inert, see `restricted_pickle`.

    Raises:
        ModelError: the file is missing or damaged, or does not contain a mapping of names to tensors.
    """
    content = _mapping(path, read_checkpoint(path))
    return _mapping(path, content.get("state_dict", content))


def _mapping(path: Path | str, content: Any) -> dict[str, Any]:
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise ModelError(f"{path}: expected a mapping of names to tensors, got {type(content).__name__}")
    return content
