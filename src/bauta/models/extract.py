"""The generator's tensors out of each kind of official checkpoint."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from bauta.errors import ModelError

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Extracted:
    """What is kept of a checkpoint.

    Attributes:
        tensors: By the names of bauta's network.
        about: What a user of them must know.
    """

    tensors: Tensors
    about: dict[str, str] = field(default_factory=dict)


def ganonymization(checkpoint: Any) -> Extracted:
    """The 17 tensors `generator.*` of a Lightning checkpoint, and the size that it was trained at."""
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
    """The averaged generator, and the styles' cluster centres as `w_centers` where there are some."""
    tensors = _averaged(checkpoint)
    inner = tensors.pop("style_net.w_centers", None)
    centres = checkpoint.get("w_centers", inner)
    if isinstance(centres, torch.Tensor):
        tensors["w_centers"] = centres.float()
    return Extracted(tensors)


def deepprivacy(checkpoint: Any) -> Extracted:
    """The averaged generator of the first DeepPrivacy; older names become the present ones."""
    tensors = _averaged(checkpoint)
    old = any(".basic_block0." in name for name in tensors)
    renamed = {}
    for name, tensor in tensors.items():
        if not name.startswith("decoder.to_rgb"):
            renamed[_present_name(name) if old else name] = tensor
    return Extracted(renamed)


def _present_name(name: str) -> str:
    """Old files count blocks where present ones have the side of the picture: i → 4 · 2^i."""
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
"""Kind of checkpoint, `ModelCard.extract`, → what takes the generator out of it."""
