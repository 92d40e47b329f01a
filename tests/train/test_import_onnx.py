"""A teacher's file becomes the module again that it was made from."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import bauta
from bauta.errors import ModelError
from bauta.train.export import export_onnx, import_onnx, predict_logits
from bauta.train.resnet import ResNet18

SHIPPED = Path(bauta.__file__).parent / "express" / "resnet18_fer2013"


def views(size, count=16):
    return np.random.default_rng(0).integers(0, 256, (count, size, size), dtype=np.uint8)


def logits_of(network, pixels):
    with torch.no_grad():
        return network(torch.from_numpy(pixels)[:, None].float() / 255.0).numpy()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("stem", ["paper", "small"])
def test_its_logits_are_those_of_the_file(tmp_path, stem, mirrored):
    torch.manual_seed(0)
    network = ResNet18(8, stem=stem, mirrored=mirrored).train()
    network(torch.rand(32, 1, 48, 48))
    export_onnx(network.eval(), 48, tmp_path / "weights.onnx")
    again = import_onnx(tmp_path / "weights.onnx", {"width": 8, "stem": stem, "mirrored": mirrored})
    pixels = views(48)
    assert np.allclose(logits_of(again, pixels), predict_logits(tmp_path / "weights.onnx", pixels), atol=1e-4)


def test_the_shipped_teacher_can_be_differentiated():
    recipe = json.loads((SHIPPED / "card.json").read_text())["recipe"]
    network = import_onnx(SHIPPED / "weights.onnx", recipe)
    pixels = views(48)
    assert np.allclose(
        logits_of(network, pixels), predict_logits(SHIPPED / "weights.onnx", pixels), atol=1e-4
    )
    image = torch.rand(1, 1, 48, 48, requires_grad=True)
    network(image).sum().backward()
    assert image.grad.abs().sum() > 0


@pytest.mark.parametrize("recipe", [{"width": 8, "stem": "small"}, {"width": 32, "stem": "paper"}])
def test_a_file_of_another_network_is_refused(recipe):
    with pytest.raises(ModelError, match="does not hold its card's network"):
        import_onnx(SHIPPED / "weights.onnx", {**recipe, "mirrored": True})
