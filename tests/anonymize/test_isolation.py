"""Trap 22: no module changes what another finds in torch, and a forward pass leaves its switches alone."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from backends import Drawn, seeded

from bauta.anonymize.generator import FEW, MANY, forward

EVERYTHING = """
import torch
from bauta.anonymize import ANONYMIZERS
from bauta.anonymize.ciagan.network import IdentityGenerator

modules = (torch.nn, torch.nn.functional, torch.nn.modules.instancenorm, torch.nn.init)
before = [dict(vars(module)) for module in modules]
network = torch.nn.InstanceNorm2d(3, affine=True)

for name in ANONYMIZERS:
    ANONYMIZERS.load(name)
from bauta.express import TEACHERS
from bauta.recognize import RECOGNIZERS
from bauta.parse import PARSERS
for registry in (TEACHERS, RECOGNIZERS, PARSERS):
    for name in registry:
        registry.load(name)

ignored = {"__warningregistry__", "__builtins__"}
for module, names in zip(modules, before):
    for name, value in names.items():
        if name not in ignored and not name.startswith("_"):
            now = getattr(module, name)
            assert now is value or now == value, f"{module.__name__}.{name} was replaced"
norms = [layer for layer in IdentityGenerator().modules() if "Norm" in type(layer).__name__]
assert norms and all(type(layer) is type(network) for layer in norms)
"""


def test_trap_22_importing_every_model_leaves_torch_as_it_was():
    done = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def switches():
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.benchmark, cudnn.deterministic, torch.is_grad_enabled()


def test_a_forward_pass_leaves_the_switches_as_they_were():
    before = switches()
    forward(seeded(Drawn()), np.zeros((3, 3, 16, 16), np.float32), batch=MANY)
    assert switches() == before


@pytest.mark.parametrize("batch", [FEW, MANY])
@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_a_batch_is_filled_up_and_only_the_asked_samples_come_back(count, batch):
    shapes = []

    class Doubled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.place = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x, y):
            shapes.append((len(x), len(y)))
            return x + y[:, :, None, None]

    x = np.random.default_rng(0).normal(size=(count, 2, 4, 4)).astype(np.float32)
    y = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    out = forward(Doubled(), x, y, batch=batch)
    np.testing.assert_allclose(out, x + y[:, :, None, None])
    assert set(shapes) == {(batch["cpu"], batch["cpu"])}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_a_face_comes_out_the_same_in_any_company():
    network = seeded(Drawn()).to("cuda")
    x = np.random.default_rng(0).normal(size=(21, 3, 64, 64)).astype(np.float32)
    whole = forward(network, x, batch=MANY)
    order = np.random.default_rng(1).permutation(len(x))
    np.testing.assert_array_equal(whole[order], forward(network, x[order], batch=MANY))
    np.testing.assert_array_equal(whole[:1], forward(network, x[:1], batch=MANY))
