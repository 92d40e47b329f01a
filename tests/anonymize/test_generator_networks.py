"""Keys, shapes and parameter counts of the generators, and their layers against other formulations."""

import math

import pytest
import torch
from backends import seeded
from torch import nn
from torch.nn import functional

from bauta.anonymize.ciagan.network import IdentityGenerator, SpectralConv
from bauta.anonymize.deepprivacy.network import MsgGenerator
from bauta.anonymize.deepprivacy2.layers import Conv, convolve, zeros_between
from bauta.anonymize.deepprivacy2.network import StyleGanUnet, fdf128, fdf256
from bauta.anonymize.ganonymization.network import UNetGenerator


def shapes_of(make):
    """Name → shape of every tensor of a network that has no memory."""
    with torch.device("meta"):
        network = make()
    parameters = sum(tensor.numel() for tensor in network.parameters())
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}, parameters


def unet_shapes():
    down = [(64, 3), (128, 64), (256, 128), (512, 256), *[(512, 512)] * 4]
    up = [(512, 512), *[(1024, 512)] * 3, (1024, 256), (512, 128), (256, 64)]
    shapes = {f"down{i}.model.0.weight": (*pair, 4, 4) for i, pair in enumerate(down, 1)}
    shapes |= {f"up{i}.model.0.weight": (*pair, 4, 4) for i, pair in enumerate(up, 1)}
    return shapes | {"final.2.weight": (3, 128, 4, 4), "final.2.bias": (3,)}


def spectral(name, inputs, outputs, kernel):
    return {
        f"{name}.conv2d.bias": (outputs,),
        f"{name}.conv2d.weight_orig": (outputs, inputs, kernel, kernel),
        f"{name}.conv2d.weight_u": (outputs,),
        f"{name}.conv2d.weight_v": (inputs * kernel * kernel,),
    }


def norm(name, channels):
    return {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}


def ciagan_shapes():
    shapes = {}
    for i, (a, b) in enumerate([(6, 32), (32, 64), (64, 128), (128, 256), (256, 256)]):
        shapes |= spectral(f"conv{i}.conv_r1", a, b, 3) | spectral(f"conv{i}.conv_r2", b, b, 3)
        shapes |= spectral(f"conv{i}.conv_l", a, b, 1) | norm(f"in{i}_e", b)
    shapes |= spectral("embed.0", 512, 256, 3) | norm("embed.1", 256)
    for i in range(1, 5):
        for j in (1, 2):
            shapes |= spectral(f"res{i}.conv{j}", 256, 256, 3) | norm(f"res{i}.in{j}", 256)
    for i, (a, b) in zip(
        range(4, -1, -1), [(256, 256), (256, 128), (128, 64), (64, 32), (32, 16)], strict=True
    ):
        name = f"deconv{i}"
        shapes |= norm(f"{name}.norm_r1", a) | spectral(f"{name}.conv_r1", a, b, 3)
        shapes |= norm(f"{name}.norm_r2", b) | spectral(f"{name}.conv_r2", b, b, 3)
        shapes |= spectral(f"{name}.conv_l", a, b, 1) | norm(f"in{i}_d", b)
    shapes |= {"conv_end.0.weight": (3, 16, 3, 3), "conv_end.0.bias": (3,)}
    widths = [1200, 256, 256, 256, 256, 512, 512, 512]
    for i in range(7):
        shapes |= {f"encode_one_hot.{2 * i}.weight": (widths[i + 1], widths[i])}
        shapes |= {f"encode_one_hot.{2 * i}.bias": (widths[i + 1],)}
    for i, (a, b) in zip((0, 3, 6), [(32, 64), (64, 128), (128, 256)], strict=True):
        shapes |= spectral(f"encode_noise.{i}", a, b, 3) | norm(f"encode_noise.{i + 2}", b)
    return shapes


def stylegan_shapes(encoder, decoder):
    """From the channels (in, out) of each block."""
    wide, last = encoder[0][0], len(decoder) - 1
    shapes = {"style_net.w_avg": (512,)}
    for i in (0, 1):
        shapes |= {f"style_net.fc{i}.weight": (512, 512), f"style_net.fc{i}.bias": (512,)}
    shapes |= {"from_rgb.weight": (wide, 4, 1, 1), "from_rgb.bias": (wide,)}
    shapes |= {"to_rgb.weight": (3, wide, 1, 1), "to_rgb.bias": (3,)}
    for i, (a, b) in enumerate(encoder):
        shapes |= {f"encoder.{i}.conv0.weight": (b, a, 3, 3), f"encoder.{i}.conv0.bias": (b,)}
        shapes |= {f"encoder.{i}.conv1.weight": (b, b, 3, 3), f"encoder.{i}.conv1.bias": (b,)}
        shapes[f"encoder.{i}.skip.weight"] = (b, a, 1, 1)
        if i >= 1:
            shapes |= dict.fromkeys([f"encoder.{i}.{n}.resample_filter" for n in ("conv0", "skip")], (4, 4))
    for i, (a, b) in enumerate(decoder):
        for conv, inputs in (("conv0", a), ("conv1", b)):
            shapes |= {f"decoder.{i}.{conv}.weight": (b, inputs, 3, 3), f"decoder.{i}.{conv}.bias": (b,)}
            for affine in ("affine", "affine_beta"):
                shapes[f"decoder.{i}.{conv}.{affine}.weight"] = (inputs, 512)
                shapes[f"decoder.{i}.{conv}.{affine}.bias"] = (inputs,)
        shapes[f"decoder.{i}.skip.weight"] = (b, a, 1, 1)
        if i < last:
            shapes |= dict.fromkeys([f"decoder.{i}.{n}.resample_filter" for n in ("conv1", "skip")], (4, 4))
        if i >= 1:
            shapes |= {f"unet_block{i}.weight": (a, a, 1, 1), f"unet_block{i}.bias": (a,)}
    return shapes


FDF256 = stylegan_shapes(
    [(64, 128), (128, 256), (256, 512), *[(512, 512)] * 3],
    [*[(512, 512)] * 3, (512, 256), (256, 128), (128, 64)],
)
FDF128 = stylegan_shapes(
    [(128, 256), (256, 512), *[(512, 512)] * 3], [*[(512, 512)] * 3, (512, 256), (256, 128)]
)


def msg_shapes():
    encoder = {128: (128, 256), 64: (256, 512), **dict.fromkeys((32, 16, 8, 4), (512, 512))}
    decoder = {4: (560, 512), **dict.fromkeys((8, 16, 32), (512, 512)), 64: (512, 256), 128: (256, 128)}
    shapes = {"from_rgb.0.weight": (128, 5, 1, 1), "from_rgb.0.bias": (128,)}
    for part, widths in (("encoder", encoder), ("decoder", decoder)):
        for side, (a, b) in widths.items():
            name = f"{part}.basic_block{side}.layers"
            shapes |= {f"{name}.0.weight": (a, a, 3, 3), f"{name}.0.bias": (a,)}
            shapes |= {f"{name}.3.weight": (b, a, 3, 3), f"{name}.3.bias": (b,)}
    for side, (a, b) in decoder.items():
        shapes |= {f"rgb_convolutions.{side}.weight": (3, b, 1, 1), f"rgb_convolutions.{side}.bias": (3,)}
        if side > 4:
            name = f"decoder.skip_connection{side}.conv.layers.0"
            shapes |= {f"{name}.weight": (a, 2 * a, 1, 1), f"{name}.bias": (a,)}
    for i, (a, b) in ((1, (14, 128)), (3, (128, 256))):
        for name in ("", "linear."):
            place = f"decoder.pose_fcnn.pose_preprocessor.{i}.{name}"
            shapes |= {f"{place}weight": (b, a), f"{place}bias": (b,)}
    return shapes


@pytest.mark.parametrize(
    ("make", "expected", "tensors", "parameters"),
    [
        (UNetGenerator, unet_shapes(), 17, 54_404_099),
        (IdentityGenerator, ciagan_shapes(), 248, 11_801_123),
        (fdf256, FDF256, 147, 43_131_523),
        (fdf128, FDF128, 123, 42_569_987),
        (MsgGenerator, msg_shapes(), 80, 47_387_586),
    ],
    ids=["ganonymization", "ciagan", "fdf256", "fdf128", "deepprivacy"],
)
def test_keys_shapes_and_parameters_are_the_published_ones(make, expected, tensors, parameters):
    shapes, count = shapes_of(make)
    assert shapes == expected
    assert (len(shapes), count) == (tensors, parameters)


@pytest.mark.parametrize(("shapes", "size"), [(FDF256, 172_529_420), (FDF128, 170_283_020)])
def test_bytes_of_the_stylegan_files(shapes, size):
    assert 4 * sum(math.prod(shape) for shape in shapes.values()) == size


# --- DeepPrivacy2: resampling


def noise(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def low_pass():
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64)
    return torch.outer(taps, taps) / 64


def filter_all(x, kernel):
    """Each channel filtered apart, by shifting and adding; only where the filter fits."""
    rows, columns = x.shape[2] - 3, x.shape[3] - 3
    return sum(kernel[i, j] * x[:, :, i : i + rows, j : j + columns] for i in range(4) for j in range(4))


def test_up_sampling_correlates_with_the_flipped_kernel():
    x, weight, kernel = noise(2, 3, 8, 8), noise(5, 3, 3, 3, seed=1), low_pass()
    got = convolve(x, weight, kernel, "up")
    spread = torch.zeros(2, 3, 16, 16, dtype=torch.float64)
    spread[:, :, ::2, ::2] = x
    smooth = filter_all(functional.pad(spread, (2, 1, 2, 1)), 4 * kernel)
    expected = functional.conv2d(smooth, weight.flip(2, 3), padding=1)
    inside = (..., slice(3, -3), slice(3, -3))
    torch.testing.assert_close(got[inside], expected[inside])
    wrong = functional.conv2d(smooth, weight, padding=1)
    assert not torch.allclose(got[inside], wrong[inside])


def test_up_sampling_a_skip_is_bilinear_inside():
    x, weight = noise(1, 4, 8, 8), noise(2, 4, 1, 1, seed=1)
    got = convolve(x, weight, low_pass(), "up")
    thin = torch.einsum("oc,nchw->nohw", weight[:, :, 0, 0], x)
    expected = functional.interpolate(thin, scale_factor=2, mode="bilinear")
    assert got.shape == (1, 2, 16, 16)
    torch.testing.assert_close(got[..., 2:-2, 2:-2], expected[..., 2:-2, 2:-2])


@pytest.mark.parametrize("side", [3, 1])
def test_down_sampling_filters_and_then_takes_every_second(side):
    x, weight, kernel = noise(2, 3, 8, 8), noise(5, 3, side, side, seed=1), low_pass()
    got = convolve(x, weight, kernel, "down")
    smooth = filter_all(functional.pad(x, (2, 2, 2, 2)), kernel)
    full = functional.conv2d(smooth, weight)
    expected = full[:, :, ::2, ::2] if side == 3 else full[:, :, 1::2, 1::2]
    assert got.shape == (2, 5, 4, 4)
    torch.testing.assert_close(got, expected)


def test_zeros_come_after_each_pixel():
    spread = zeros_between(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert spread[0, 0].tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]


def test_a_modulated_layer_in_the_order_of_the_description():
    conv = seeded(Conv(3, 4, 3, norm=True, style=6, gain=0.5))
    x, w = noise(2, 3, 8, 8).float(), noise(2, 6, seed=3).float()
    scale = conv.affine.weight / math.sqrt(6)
    shift = conv.affine_beta.weight / math.sqrt(6)
    styled = x * (w @ scale.T + conv.affine.bias)[..., None, None]
    styled = styled + (w @ shift.T + conv.affine_beta.bias)[..., None, None]
    y = functional.conv2d(styled, conv.weight / math.sqrt(27), padding=1)
    y = (y - y.mean(dim=(2, 3), keepdim=True)) / (y.var(dim=(2, 3), keepdim=True, correction=0) + 1e-5).sqrt()
    y = y + conv.bias[:, None, None]
    y = torch.where(y > 0, y, 0.2 * y) * math.sqrt(2) * 0.5
    torch.testing.assert_close(conv(x, w), y.clamp(-128, 128))


def test_values_are_limited_to_256_times_the_gain_but_not_in_skips():
    x = torch.full((1, 1, 4, 4), 1e6)
    limited = seeded(Conv(1, 1, 1, gain=0.5, activate=False))
    free = seeded(Conv(1, 1, 1, gain=0.5, activate=False, clamp=False, bias=False))
    assert limited(x).abs().max() == 128
    assert free(x).abs().max() > 1000


def test_the_picture_round_the_hole_passes_and_the_hole_does_not_depend_on_what_was_there():
    network = seeded(StyleGanUnet(32, channels=4, most=2))
    mask = torch.ones(1, 1, 32, 32)
    mask[..., 8:20, 10:22] = 0
    picture, w = noise(1, 3, 32, 32).float(), noise(1, 512, seed=2).float()
    out = network(picture * mask, mask, w)
    kept = mask.expand_as(out) == 1
    assert torch.equal(out[kept], picture[kept])
    assert not torch.equal(out, network(picture * mask, mask, w + 1))


# --- CIAGAN and the first DeepPrivacy


def test_spectral_norm_is_that_of_torch_in_evaluation():
    reference = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 8, 3)).eval()
    conv = SpectralConv(3, 8, 3)
    norm_ = reference.parametrizations.weight[0]
    conv.load_state_dict(
        {
            "weight_orig": reference.parametrizations.weight.original,
            "bias": reference.bias,
            "weight_u": norm_._u,
            "weight_v": norm_._v,
        }
    )
    x = torch.randn(1, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(conv(x), reference(x))


def test_linear_layers_of_the_first_deepprivacy_ignore_their_second_copy():
    pose = seeded(MsgGenerator().decoder["pose_fcnn"])
    points = torch.rand(2, 7, 2, generator=torch.Generator().manual_seed(0))
    layers = pose.pose_preprocessor
    x = functional.leaky_relu(
        functional.linear(points.flatten(1) * 2 - 1, layers[1].weight / math.sqrt(14), layers[1].bias), 0.2
    )
    x = functional.leaky_relu(functional.linear(x, layers[3].weight / math.sqrt(128), layers[3].bias), 0.2)
    torch.testing.assert_close(pose(points), x.view(2, 16, 4, 4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "inputs", "side"),
    [
        (UNetGenerator, [(3, 256, 256)], 256),
        (UNetGenerator, [(3, 512, 512)], 512),
        (IdentityGenerator, [(6, 128, 128), (1200,)], 128),
        (fdf256, [(3, 256, 256), (1, 256, 256), (512,)], 256),
        (fdf128, [(3, 128, 128), (1, 128, 128), (512,)], 128),
        (MsgGenerator, [(3, 128, 128), (1, 128, 128), (7, 2), (512,)], 128),
    ],
    ids=["ganonymization 256", "ganonymization 512", "ciagan", "fdf256", "fdf128", "deepprivacy"],
)
def test_a_full_size_forward_pass(make, inputs, side):
    network = seeded(make())
    generator = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        out = network(*(torch.rand(1, *shape, generator=generator) for shape in inputs))
    assert out.shape == (1, 3, side, side)
    assert out.isfinite().all()
    assert out.std() > 0
