"""Files that contain only tensors (safetensors), as written by `bauta convert`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from bauta.models.reason import corrupt

ABOUT = "about"
"""The single entry of the metadata, as JSON, because safetensors writes several in any order."""

BROKEN = (
    SafetensorError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    MemoryError,
)
"""Errors that safetensors and the reader of its notes raise for bytes that are not such a file."""


def load_tensors(path: Path | str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Read tensors by name, on the CPU, and the notes about them.

    Raises:
        ModelError: the file is missing, incomplete or corrupt.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            about = _about(json.loads((file.metadata() or {}).get(ABOUT, "{}")))
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except BROKEN as error:
        raise corrupt(path, "safetensors file", error) from None


def save_tensors(
    tensors: Mapping[str, torch.Tensor], path: Path | str, about: Mapping[str, str] | None = None
) -> None:
    """Write tensors; the same tensors and notes give the same bytes."""
    whole = {name: tensors[name].detach().clone().contiguous() for name in sorted(tensors)}
    save_file(whole, str(path), metadata={ABOUT: json.dumps(dict(about or {}), sort_keys=True)})


def _about(notes: Any) -> dict[str, str]:
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise ValueError(f"expected notes of text, got {str(notes)[:80]!r}")
    return notes
