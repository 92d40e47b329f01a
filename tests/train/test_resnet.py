import pytest
import torch
from torchvision.models import resnet18

from bauta.train.resnet import ResNet18


def test_at_full_width_it_has_the_parameters_of_torchvisions_resnet18():
    reference = resnet18(num_classes=7)
    reference.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    assert sum(p.numel() for p in ResNet18(64).parameters()) == sum(p.numel() for p in reference.parameters())


@pytest.mark.parametrize("size", [32, 80, 96])
def test_one_logit_a_class_for_views_of_any_size(size):
    assert ResNet18(4)(torch.rand(3, 1, size, size)).shape == (3, 7)


def test_brightness_and_contrast_do_not_matter():
    network = ResNet18(4).eval()
    views = torch.rand(4, 1, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(network(0.5 * views + 0.3), network(views), atol=0.02, rtol=0.02)


def test_constant_views_give_equal_finite_logits():
    network = ResNet18(4).eval()
    with torch.inference_mode():
        black, white = network(torch.zeros(1, 1, 64, 64)), network(torch.ones(1, 1, 64, 64))
    assert torch.isfinite(black).all()
    torch.testing.assert_close(black, white)
