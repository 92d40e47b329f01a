"""LPIPS against the formula of the paper, with an AlexNet of random weights."""

from pathlib import Path

import lpips
import numpy as np
import pytest
import torch
from small_networks import store_with
from torch.nn import functional
from torchvision.models import alexnet

from bauta.errors import ModelError
from bauta.metrics.lpips_distance import LpipsDistance

LINEAR = Path(lpips.__file__).parent / "weights/v0.1/alex.pth"
SHIFT = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
SCALE = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
RELU = (1, 4, 7, 9, 11)


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(0)
    return alexnet(weights=None).eval()


@pytest.fixture
def distance(registry, tmp_path, backbone):
    torch.save(backbone.state_dict(), tmp_path / "alexnet.pth")
    (tmp_path / "alex.pth").write_bytes(LINEAR.read_bytes())
    files = {"alexnet_imagenet": tmp_path / "alexnet.pth", "lpips_alex": tmp_path / "alex.pth"}
    return LpipsDistance(store_with(registry, tmp_path, **files))


def by_the_paper(backbone, first, second):
    """Equation 1: unit channels, squared differences, weights, mean over the places, sum over the layers."""
    linear = torch.load(LINEAR, map_location="cpu", weights_only=True)
    inputs = [
        ((torch.from_numpy(side).permute(2, 0, 1)[None].float() / 127.5 - 1) - SHIFT) / SCALE
        for side in (first, second)
    ]
    total = 0.0
    for layer, place in enumerate(RELU):
        one, other = (functional.normalize(backbone.features[: place + 1](side), dim=1) for side in inputs)
        weights = linear[f"lin{layer}.model.1.weight"]
        total += float(((one - other) ** 2 * weights.view(1, -1, 1, 1)).sum(1).mean())
    return total


def test_the_formula_of_the_paper(distance, backbone):
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 3, 64, 64, 3), dtype=np.uint8)
    with torch.inference_mode():
        expected = [by_the_paper(backbone, *pair) for pair in zip(first, second, strict=True)]
    np.testing.assert_allclose(distance(first, second), expected, rtol=1e-4)


def test_equal_images_are_at_distance_0(distance):
    images = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)
    np.testing.assert_allclose(distance(images, images), np.zeros(20), atol=1e-7)


def test_other_weights_are_one_line(registry, tmp_path):
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "alexnet.pth")
    with pytest.raises(ModelError, match="lacks AlexNet's weights") as caught:
        LpipsDistance(store_with(registry, tmp_path, alexnet_imagenet=tmp_path / "alexnet.pth"))
    assert "\n" not in str(caught.value)
