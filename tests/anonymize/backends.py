"""Every backend at settings to try; the generators of others with small networks of the official form."""

from functools import cache

import numpy as np
import torch
from torch import nn

from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.avatar.book import AvatarBook
from bauta.anonymize.avatar.quantized import QuantizedGenerator
from bauta.anonymize.avatar.quantizer import Quantizer
from bauta.anonymize.ciagan.anonymizer import Ciagan
from bauta.anonymize.deepprivacy.anonymizer import DeepPrivacy
from bauta.anonymize.deepprivacy2.anonymizer import DeepPrivacy2
from bauta.anonymize.deepprivacy2.network import StyleGanUnet
from bauta.anonymize.ganonymization.anonymizer import Ganonymization
from bauta.anonymize.settings import SETTINGS
from bauta.models.store import ModelStore
from bauta.protocols import FaceBatch
from bauta.testing.samples import sample_faces

SETTINGS_TO_TRY = [
    ("identity", {}),
    ("blackout", {}),
    ("prototype", {}),
    ("blur", {"kernel": 9}),
    ("blur", {"kernel": 9, "region": "crop"}),
    ("pixelate", {"block": 8}),
    ("pixelate", {"block": 7, "region": "crop"}),
    ("ksame", {"k": 2}),
    ("ksame", {"k": 2, "region": "hull"}),
    ("ksame_select", {"k": 3}),
    ("ksame_select", {"k": 3, "region": "hull"}),
    ("ksame_select", {"k": 3, "labels": "true"}),
    ("ksame_select", {"k": 3, "teacher": "resnet18"}),
    ("ksame_generated", {"k": 2}),
    ("ksame_generated", {"k": 2, "select": True}),
    ("ksame_generated", {"k": 2, "select": True, "teacher": "resnet18"}),
    ("ksame_generated", {"k": 2, "select": True, "faces": "composite", "look": "in_turn"}),
    ("avatar", {}),
    ("avatar", {"states": 16, "look": "woman_light"}),
    ("avatar_free", {}),
    ("cgan", {"quantize": 16}),
    ("ganonymization", {}),
    ("ganonymization", {"size": 256}),
    ("ganonymization", {"quantize": 7}),
    ("ciagan", {}),
    ("ciagan", {"identities": "per_subject"}),
    ("ciagan", {"identities": "per_image"}),
    ("deepprivacy", {"truncation": 1.0}),
    ("deepprivacy", {"program": "deep_privacy2"}),
    ("deepprivacy2", {}),
    ("deepprivacy2", {"truncation": 1.0}),
    ("deepprivacy2", {"truncation": 0.7, "latents": "per_subject", "multi_modal": True}),
    ("deepprivacy2", {"weights": "fdf128", "truncation": 1.0, "latents": "one"}),
]


class Drawn(nn.Module):
    """A head from a drawing, by one convolution."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 9, padding=4)

    def forward(self, x):
        return torch.tanh(self.conv(x))


class Identified(nn.Module):
    """A face from what surrounds it and an identity: every pixel depends on every pixel."""

    def __init__(self):
        super().__init__()
        self.conv, self.colour = nn.Conv2d(6, 3, 5, padding=2), nn.Linear(1200, 3)

    def forward(self, x, identity):
        mean = x.mean(dim=(1, 2, 3))[:, None, None, None]
        return torch.sigmoid(self.conv(x) + self.colour(identity)[:, :, None, None] + mean)


class Painted(nn.Module):
    """A filled hole from what the first DeepPrivacy's network is given."""

    def __init__(self):
        super().__init__()
        self.conv, self.colour = nn.Conv2d(4, 3, 5, padding=2), nn.Linear(14 + 512, 3)

    def forward(self, condition, mask, keypoints, z):
        everywhere = condition.mean(dim=(2, 3), keepdim=True)
        painted = self.conv(torch.cat([condition, mask], dim=1)) + everywhere
        colour = self.colour(torch.cat([keypoints.flatten(1), z], dim=1))
        return condition * mask + (1 - mask) * torch.tanh(painted + colour[:, :, None, None])


def seeded(network, seed=0):
    """The network with weights from a seed, ready for inference; the filters are the official one."""
    generator = torch.Generator().manual_seed(seed)
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("resample_filter"):
                tensor.copy_(torch.outer(taps, taps) / 64)
            else:
                tensor.copy_(torch.randn(tensor.shape, generator=generator))
    return network.eval().requires_grad_(False)


@cache
def small_network(name):
    """The network of a generator, made once."""
    networks = {"ganonymization": Drawn, "ciagan": Identified, "deepprivacy": Painted}
    return seeded(networks[name]() if name in networks else StyleGanUnet(32, channels=4, most=2))


def quantized(generator, states, contract):
    """A generator that is given the mesh of a rendered face, moved by how bright the state's drawing is."""

    def meshes(names, drawings):
        moved = drawings.reshape(len(drawings), -1).mean(axis=1)[:, None, None] % 1
        mesh = sample_faces(1, 1).mesh * (contract.size / 64)
        return FaceBatch(list(names), mesh=(mesh + moved).astype(np.float32))

    book = AvatarBook.read(ModelStore.default().path("avatar"))
    return QuantizedGenerator(generator, Quantizer(book, states, contract), meshes)


def make_backend(name, options, contract):
    """A backend that needs no file but those that come with bauta."""
    setting = SETTINGS[name](**options)
    if name == "ganonymization":
        generator = Ganonymization(setting, contract, small_network(name))
        return generator if setting.quantize is None else quantized(generator, setting.quantize, contract)
    if name == "ciagan":
        return Ciagan(setting, contract, small_network(name))
    if name == "deepprivacy":
        return DeepPrivacy(setting, contract, small_network(name))
    if name == "deepprivacy2":
        centres = torch.randn((5, 512), generator=torch.Generator().manual_seed(1)).numpy()
        return DeepPrivacy2(setting, contract, small_network(name), centres if setting.multi_modal else None)
    if setting.models:
        return ANONYMIZERS.load(name)(setting, contract, ModelStore.default())
    return ANONYMIZERS.load(name)(setting, contract)
