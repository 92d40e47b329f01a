"""Extraction of the generator's tensors from each kind of official checkpoint."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from bauta.errors import ModelError

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Extracted:
    """The part of a checkpoint that is kept.

    Attributes:
        tensors: Tensors by their names in bauta's network.
        about: Notes for users of the tensors.
    """

    tensors: Tensors
    about: dict[str, str] = field(default_factory=dict)


def ganonymization(checkpoint: Any) -> Extracted:
    """Extract the 17 tensors `generator.*` of a Lightning checkpoint, and its training image size."""
    state = _part(checkpoint, "state_dict")
    tensors = {
        name.removeprefix("generator."): tensor
        for name, tensor in state.items()
        if name.startswith("generator.")
    }
    settings = checkpoint.get("hyper_parameters")
    about = {"epoch": checkpoint.get("epoch")}
    if isinstance(settings, Mapping):
        about["img_size"] = settings.get("img_size")
    return Extracted(tensors, {name: str(value) for name, value in about.items() if isinstance(value, int)})


def deepprivacy2(checkpoint: Any) -> Extracted:
    """Extract the averaged generator, and the cluster centres of styles as `w_centers` if there are any."""
    tensors = _averaged(checkpoint)
    inner = tensors.pop("style_net.w_centers", None)
    centres = checkpoint.get("w_centers", inner)
    if isinstance(centres, torch.Tensor):
        tensors["w_centers"] = centres.float()
    return Extracted(tensors)


def deepprivacy(checkpoint: Any) -> Extracted:
    """Extract the averaged generator of the first DeepPrivacy; convert old tensor names to new ones."""
    tensors = _averaged(checkpoint)
    old = any(".basic_block0." in name for name in tensors)
    renamed = {}
    for name, tensor in tensors.items():
        if not name.startswith("decoder.to_rgb"):
            renamed[_present_name(name) if old else name] = tensor
    return Extracted(renamed)


def _present_name(name: str) -> str:
    """Convert the number of a block in old files to the side of the image in new ones: i → 4 · 2^i."""
    name = name.replace("encoder.from_rgb.conv.layers.0.", "from_rgb.0.")
    name = name.replace("from_rgb.conv.layers.0.", "from_rgb.0.")
    return re.sub(
        r"(basic_block|skip_connection)(\d+)\.", lambda found: f"{found[1]}{4 * 2 ** int(found[2])}.", name
    )


def _averaged(checkpoint: Any) -> Tensors:
    """The running average of the generator's weights, under either of its names."""
    for name in ("EMA_generator", "running_average_generator"):
        if isinstance(checkpoint, Mapping) and name in checkpoint:
            state = checkpoint[name]
            inner = state.get("parameters", state) if isinstance(state, Mapping) else state
            return _tensors(inner, name)
    raise ModelError(
        f"expected a checkpoint with 'EMA_generator', got {_keys(checkpoint)}: it is another file"
    )


def _part(checkpoint: Any, name: str) -> Tensors:
    if not isinstance(checkpoint, Mapping) or name not in checkpoint:
        raise ModelError(f"expected a checkpoint with '{name}', got {_keys(checkpoint)}: it is another file")
    return _tensors(checkpoint[name], name)


def _tensors(state: Any, name: str) -> Tensors:
    if not isinstance(state, Mapping):
        raise ModelError(f"expected tensors in '{name}', got {type(state).__name__}: it is another file")
    return {str(key): value for key, value in state.items() if isinstance(value, torch.Tensor)}


def _keys(checkpoint: Any) -> str:
    if not isinstance(checkpoint, Mapping):
        return type(checkpoint).__name__
    return ", ".join(map(str, list(checkpoint)[:8])) or "an empty one"


EXTRACTORS: Mapping[str, Callable[[Any], Extracted]] = {
    "ganonymization": ganonymization,
    "deepprivacy": deepprivacy,
    "deepprivacy2": deepprivacy2,
}
"""Kind of checkpoint, `ModelCard.extract`, → function that extracts its generator."""
