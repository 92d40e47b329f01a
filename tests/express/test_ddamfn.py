"""DDAMFN++ against its formulas, and against what the official code made of the same weights."""

import hashlib

import numpy as np
import pytest
import torch
from formula_tensors import Tensors
from skimage.transform import SimilarityTransform
from teacher_files import Files, ddamfn_state, save_ddamfn

from bauta.contract import ARCFACE_TEMPLATE, CropContract
from bauta.errors import ModelError
from bauta.express.ddamfn import FRONTAL_BOX, FRONTAL_TEMPLATE, UNUSED, open_ddamfn
from bauta.express.ddamfn_network import DdamfnNetwork

CONTRACT = CropContract(size=96)


def conv_bn(t, name, x, stride=1, padding=0):
    groups = x.shape[1] // t[f"{name}.conv.weight"].shape[1]
    return t.bn(f"{name}.bn", t.conv(f"{name}.conv", x, stride, padding, groups))


def conv_block(t, name, x, stride=1):
    padding = t[f"{name}.conv.weight"].shape[-1] // 2
    return t.prelu(f"{name}.prelu", conv_bn(t, name, x, stride, padding))


def gates(t, name, rows, columns):
    """One gate for each row times one for each column, from their features side by side."""
    seen = []
    for part in (rows[..., 0], columns[..., 0, :]):
        y = t.bn(f"{name}.bn1", t.conv(f"{name}.conv1", part[..., None]))
        seen.append(y * (y + 3).clamp(0, 6) / 6)
    down = torch.sigmoid(t.conv(f"{name}.conv2", seen[0]))[..., 0]
    right = torch.sigmoid(t.conv(f"{name}.conv3", seen[1]))[..., 0]
    return torch.einsum("nch,ncw->nchw", down, right)


def mixed(t, name, x, stride):
    y, parts = conv_block(t, f"{name}.conv", x), []
    number, start = 0, 0
    while f"{name}.conv_dw.mixed_depthwise_conv.{number}.weight" in t.state:
        own = f"{name}.conv_dw.mixed_depthwise_conv.{number}"
        width, size = t[f"{own}.weight"].shape[0], t[f"{own}.weight"].shape[-1]
        parts.append(t.conv(own, y[:, start : start + width], stride, size // 2, width))
        number, start = number + 1, start + width
    y = torch.cat(parts, 1)
    y = y * gates(t, f"{name}.CA", y.mean(3, keepdim=True), y.mean(2, keepdim=True))
    y = conv_bn(t, f"{name}.project", y)
    return x + y if stride == 1 else y


def ddamfn(t, x):
    x = conv_block(t, "features.1", conv_block(t, "features.0", x, 2))
    for halved, stage, blocks in ((2, 3, 9), (4, 5, 16), (6, 7, 6)):
        x = mixed(t, f"features.{halved}", x, 2)
        for block in range(blocks):
            x = mixed(t, f"features.{stage}.model.{block}", x, 1)
    x = conv_block(t, "features.8", x)
    heads = []
    for name in ("cat_head0.CoordAtt", "cat_head1.CoordAtt"):
        heads.append(gates(t, name, conv_bn(t, f"{name}.Linear_h", x), conv_bn(t, f"{name}.Linear_w", x)))
    y = conv_bn(t, "Linear", x * torch.stack(heads).amax(0))
    return t.linear("fc", y[..., 0, 0])


@pytest.fixture(scope="module")
def answers():
    """The weights, two images, and the logits."""
    torch.set_num_threads(1)
    network = DdamfnNetwork(7)
    state = ddamfn_state(network, 3)
    network.load_state_dict(state)
    x = torch.rand((2, 3, 112, 112), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return state, x, network.eval()(x)


def test_the_network_agrees_with_its_formulas(answers):
    state, x, got = answers
    with torch.inference_mode():
        expected = ddamfn(Tensors(state), x)
    assert got.std() > 1e-3
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


OFFICIAL = [
    [1.310287, 0.015455, 0.526433, 0.227650, 0.637848, -1.051149, -0.573948],
    [1.198280, 0.086584, 0.505272, 0.273217, 0.657388, -1.070862, -0.592149],
]
"""Logits of the official code, DDAMFN at cebfe5c5, with the same weights and images."""

KEYS = (969, "e6d12101b0fc7df268e18627ed4c5708e507bdd2341cbfd7e9faf248566db3c2")
"""Number of the tensors that the official code uses, and the SHA-256 of their names and shapes."""


def test_the_official_code_makes_the_same_of_the_same_weights(answers):
    np.testing.assert_allclose(answers[2].numpy(), OFFICIAL, atol=1e-4)


def test_names_and_shapes_are_those_of_the_official_code(answers):
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in answers[0].items())
    assert (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()) == KEYS
    assert not [name for name in answers[0] if UNUSED.fullmatch(name)]


def test_the_view_is_the_frontal_template_of_the_official_alignment():
    """Without the rotation, which is a quarter of a degree."""
    found = SimilarityTransform.from_estimate(np.array(FRONTAL_TEMPLATE), np.array(ARCFACE_TEMPLATE))
    assert abs(np.degrees(found.rotation)) < 0.3
    (centre,) = found(np.array([[55.5, 55.5]]))
    half = 56 * found.scale
    np.testing.assert_allclose(FRONTAL_BOX, [*(centre - half), *(centre + half)], atol=0.01)


def test_the_file_is_read_strictly(tmp_path):
    save_ddamfn(tmp_path / "ddamfn_rafdb", 8)
    with pytest.raises(ModelError, match=r"does not hold the weights of DdamfnNetwork.*size mismatch"):
        open_ddamfn(CONTRACT, Files(tmp_path), "ddamfn_rafdb")
    save_ddamfn(tmp_path / "ddamfn_rafdb", 7, strange=torch.zeros(1))
    with pytest.raises(ModelError, match="does not hold the weights of DdamfnNetwork"):
        open_ddamfn(CONTRACT, Files(tmp_path), "ddamfn_rafdb")
    for content in ({"weights": {}}, {"model_state_dict": torch.zeros(1)}):
        torch.save(content, tmp_path / "ddamfn_rafdb")
        with pytest.raises(ModelError, match="expected 'model_state_dict'"):
            open_ddamfn(CONTRACT, Files(tmp_path), "ddamfn_rafdb")


def test_the_channels_are_rgb_with_imagenet_statistics(tmp_path):
    save_ddamfn(tmp_path / "ddamfn_affectnet8", 8)
    teacher = open_ddamfn(CONTRACT, Files(tmp_path), "ddamfn_affectnet8")
    crops = np.broadcast_to(np.array([200, 100, 30], dtype=np.uint8), (1, 96, 96, 3)).copy()
    seen = []
    teacher._network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    teacher.predict(crops)
    expected = (np.array([200, 100, 30]) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(seen[0][0, :, 56, 56], expected, atol=1e-4)
    assert seen[0].shape == (1, 3, 112, 112)
