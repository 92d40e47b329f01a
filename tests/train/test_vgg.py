import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter
from torchvision.models import vgg11_bn

from bauta.train.export import export_onnx, predict_logits
from bauta.train.vgg import NEIGHBOURHOOD, Vgg, local_contrast


def test_its_convolutions_are_those_of_a_vgg():
    """The first convolutions of the first two stages of torchvision's, with one input channel."""
    reference = [m for m in vgg11_bn(num_classes=7).features if isinstance(m, torch.nn.Conv2d)]
    own = [m for m in Vgg(64).features if isinstance(m, torch.nn.Conv2d)]
    assert [m.out_channels for m in own] == [64, 64, 128, 128, 256, 256, 256, 512, 512, 512]
    assert {m.kernel_size for m in own} == {m.kernel_size for m in reference} == {(3, 3)}


@pytest.mark.parametrize("size", [32, 44, 96])
def test_one_logit_a_class_for_views_of_any_size(size):
    assert Vgg(4)(torch.rand(3, 1, size, size)).shape == (3, 7)


def test_local_contrast_is_that_of_an_independent_filter_inside_the_border():
    image = np.random.default_rng(0).random((30, 30)).astype(np.float32)
    found = local_contrast(torch.from_numpy(image)[None, None])[0, 0].numpy()
    inside = slice(NEIGHBOURHOOD, -NEIGHBOURHOOD)
    centred = image - uniform_filter(image, NEIGHBOURHOOD)
    deviation = np.sqrt(uniform_filter(centred**2, NEIGHBOURHOOD))
    every = np.sqrt(local_contrast_variance(image))
    expected = centred / (np.maximum(deviation, every.mean()) + 1e-3)
    np.testing.assert_allclose(found[inside, inside], expected[inside, inside], atol=2e-3)


def local_contrast_variance(image):
    """Variance round each pixel over the part of its neighbourhood that lies in the image."""
    ones = uniform_filter(np.ones_like(image), NEIGHBOURHOOD, mode="constant")
    mean = uniform_filter(image, NEIGHBOURHOOD, mode="constant") / ones
    return uniform_filter((image - mean) ** 2, NEIGHBOURHOOD, mode="constant") / ones


def test_brightness_contrast_and_slow_shadows_do_not_matter():
    network = Vgg(4).eval()
    views = torch.rand(4, 1, 44, 44)
    shadow = torch.linspace(0.0, 0.4, 44)[None, None, None]
    with torch.inference_mode():
        torch.testing.assert_close(network(0.5 * views + 0.3), network(views), atol=0.02, rtol=0.02)
        torch.testing.assert_close(network(0.5 * views + shadow), network(views), atol=0.1, rtol=0.1)


def test_constant_views_give_equal_finite_logits():
    network = Vgg(4).eval()
    with torch.inference_mode():
        black, white = network(torch.zeros(1, 1, 44, 44)), network(torch.ones(1, 1, 44, 44))
    assert torch.isfinite(black).all()
    torch.testing.assert_close(black, white)


def test_the_exported_file_computes_the_network(tmp_path):
    network = Vgg(4, mirrored=True).eval()
    export_onnx(network, 44, tmp_path / "weights.onnx")
    views = np.random.default_rng(1).integers(0, 256, (5, 44, 44), dtype=np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(views)[:, None].float() / 255).numpy()
    np.testing.assert_allclose(predict_logits(tmp_path / "weights.onnx", views), expected, atol=5e-3)
