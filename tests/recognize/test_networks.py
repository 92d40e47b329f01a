"""The networks against a second formulation: facenet-pytorch's, and torch.nn.functional."""

import pytest
import torch
import torch.nn.functional as F
from facenet_pytorch import InceptionResnetV1 as Reference

from bauta.recognize.adaface import BLOCKS_50, BLOCKS_101, AdaFaceTrunk
from bauta.recognize.inception_resnet import InceptionResnetV1


def seeded(module):
    generator = torch.Generator().manual_seed(0)
    for name, tensor in module.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.is_floating_point() and tensor.ndim == 1:
            tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    return module.eval()


@torch.inference_mode()
def test_inception_resnet_is_facenet_pytorchs():
    reference, ours = seeded(Reference()), InceptionResnetV1().eval()
    ours.load_state_dict(reference.state_dict(), strict=True)
    images = torch.rand(2, 3, 160, 160, generator=torch.Generator().manual_seed(1)) * 2 - 1
    torch.testing.assert_close(F.normalize(ours(images)), reference(images), atol=1e-5, rtol=1e-4)


def test_inception_resnet_has_the_tensors_of_the_files():
    module = InceptionResnetV1()
    assert len(module.state_dict()) == 714
    assert sum(parameter.numel() for parameter in module.parameters()) == 23_482_624


@pytest.mark.parametrize(("blocks", "millions"), [(BLOCKS_50, 43.59), (BLOCKS_101, 65.15)])
def test_adaface_has_as_many_parameters_as_the_paper_says(blocks, millions):
    with torch.device("meta"):
        module = AdaFaceTrunk(blocks)
    assert sum(parameter.numel() for parameter in module.parameters()) / 1e6 == pytest.approx(
        millions, abs=0.01
    )
    assert len(module.body) == sum(blocks)


def functional_adaface(weights, images, blocks):
    def norm(x, name):
        return F.batch_norm(
            x,
            weights[f"{name}.running_mean"],
            weights[f"{name}.running_var"],
            weights.get(f"{name}.weight"),
            weights.get(f"{name}.bias"),
        )

    x = F.conv2d(images, weights["input_layer.0.weight"], padding=1)
    x = F.prelu(norm(x, "input_layer.1"), weights["input_layer.2.weight"])
    first = {sum(blocks[:stage]) for stage in range(len(blocks))}
    for index in range(sum(blocks)):
        name, stride = f"body.{index}", 2 if index in first else 1
        y = F.conv2d(norm(x, f"{name}.res_layer.0"), weights[f"{name}.res_layer.1.weight"], padding=1)
        y = F.prelu(norm(y, f"{name}.res_layer.2"), weights[f"{name}.res_layer.3.weight"])
        y = norm(
            F.conv2d(y, weights[f"{name}.res_layer.4.weight"], stride=stride, padding=1),
            f"{name}.res_layer.5",
        )
        x = x[:, :, ::stride, ::stride]
        if f"{name}.shortcut_layer.0.weight" in weights:
            x = norm(F.conv2d(x, weights[f"{name}.shortcut_layer.0.weight"]), f"{name}.shortcut_layer.1")
        x = x + y
    x = norm(x, "output_layer.0").flatten(1)
    x = F.linear(x, weights["output_layer.3.weight"], weights["output_layer.3.bias"])
    return norm(x, "output_layer.4")


@torch.inference_mode()
def test_adaface_agrees_with_its_formula():
    torch.manual_seed(0)
    blocks = (1, 2, 1, 1)
    module = seeded(AdaFaceTrunk(blocks))
    images = torch.rand(2, 3, 112, 112) * 2 - 1
    torch.testing.assert_close(
        module(images), functional_adaface(module.state_dict(), images, blocks), atol=1e-4, rtol=1e-4
    )
