"""Speed of the generators' backends as a ratio to their bare forward passes: part of `make bench`.

Weights come from a seed: the time of a forward pass does not depend on them, and the official files are
seldom at hand. The bare loop gives the network the same inputs in the same batches.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from bauta.anonymize.ciagan.anonymizer import Ciagan
from bauta.anonymize.ciagan.network import IdentityGenerator
from bauta.anonymize.deepprivacy.anonymizer import DeepPrivacy
from bauta.anonymize.deepprivacy.network import MsgGenerator
from bauta.anonymize.deepprivacy2.anonymizer import DeepPrivacy2
from bauta.anonymize.deepprivacy2.network import fdf128, fdf256
from bauta.anonymize.ganonymization.anonymizer import Ganonymization
from bauta.anonymize.ganonymization.network import UNetGenerator
from bauta.anonymize.samples import rendered_faces
from bauta.anonymize.settings import SETTINGS
from bauta.anonymize.visible import visible_to
from bauta.contract import CropContract
from bauta.protocols import Anonymizer, FaceBatch

SUBJECTS, IMAGES = 4, 4


@dataclass(frozen=True)
class Generator:
    """A backend and its network, with weights from a seed."""

    name: str
    backend: Anonymizer
    network: nn.Module


def seeded(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.copy_(0.1 * torch.randn(tensor.shape, generator=generator))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return network.eval().requires_grad_(False).to(device)


def generators(contract: CropContract) -> Iterator[Generator]:
    """One after another, so that only one network is in memory."""
    for name, options, make in (
        ("ganonymization", {"size": 256}, UNetGenerator),
        ("ciagan", {"identities": "per_image"}, IdentityGenerator),
        ("deepprivacy", {"truncation": 1.0}, MsgGenerator),
        ("deepprivacy2", {"weights": "fdf128", "truncation": 1.0}, fdf128),
        ("deepprivacy2", {"truncation": 1.0}, fdf256),
    ):
        setting, network = SETTINGS[name](**options), seeded(make())
        backends: dict[str, Callable[..., Anonymizer]] = {
            "ganonymization": Ganonymization,
            "ciagan": Ciagan,
            "deepprivacy": DeepPrivacy,
            "deepprivacy2": DeepPrivacy2,
        }
        label = f"{name} {options['weights']}" if "weights" in options else name
        yield Generator(label, backends[name](setting, contract, network=network), network)


def faces(contract: CropContract) -> FaceBatch:
    """Rendered faces; what stands for the mesh has its number of points."""
    found = rendered_faces(contract, SUBJECTS, IMAGES)
    points = np.tile(found.landmarks, (1, 8, 1))[:, :478] if found.landmarks is not None else None
    return FaceBatch(**{**vars(found), "mesh": points})


Loops = tuple[str, Callable[[], object], Callable[[], object], int]


def generator_loops(contract: CropContract) -> Iterator[Loops]:
    """Name, backend, bare loop and number of faces of each generator."""
    batch = faces(contract)
    for generator in generators(contract):
        calls: list[tuple[Any, ...]] = []
        hook = generator.network.register_forward_pre_hook(lambda _, args, calls=calls: calls.append(args))
        run = partial(_anonymize, generator.backend, batch)
        run()
        hook.remove()
        yield f"anonymize {generator.name}", run, partial(_again, generator.network, calls), len(batch)


def _anonymize(backend: Anonymizer, batch: FaceBatch) -> object:
    return backend.anonymize(visible_to(backend, batch), seed=0)


@torch.inference_mode()
def _again(network: nn.Module, calls: list[tuple[Any, ...]]) -> None:
    for args in calls:
        network(*args)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
