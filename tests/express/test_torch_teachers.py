"""The torch networks against a second formulation, written down as formulas over the file's tensors."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from formula_tensors import Tensors
from teacher_files import Files, random_state, save_dan, save_emonet
from torch.nn import functional as F

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.dan import DanNetwork, open_dan
from bauta.express.emonet import EmoNet
from bauta.express.emonet_network import EmoNetwork

CONTRACT = CropContract(size=96)


def emonet_block(t, name, x):
    outputs, y = [], x
    for part in "123":
        y = t.conv(f"{name}.conv{part}", t.bn(f"{name}.bn{part}", y).clamp(min=0), padding=1)
        outputs.append(y)
    if f"{name}.downsample.2.weight" in t.state:
        x = t.conv(f"{name}.downsample.2", t.bn(f"{name}.downsample.0", x).clamp(min=0))
    return torch.cat(outputs, 1) + x


def hourglass(t, name, x, level=4):
    low = emonet_block(t, f"{name}.b2_{level}", F.max_pool2d(x, 2))
    low = hourglass(t, name, low, level - 1) if level > 1 else emonet_block(t, f"{name}.b2_plus_1", low)
    low = emonet_block(t, f"{name}.b3_{level}", low)
    up = low.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    return emonet_block(t, f"{name}.b1_{level}", x) + up


def emonet(t, x):
    x = t.bn("bn1", t.conv("conv1", x, stride=2, padding=3)).clamp(min=0)
    x = F.max_pool2d(emonet_block(t, "conv2", x), 2)
    x = emonet_block(t, "conv4", emonet_block(t, "conv3", x))
    y = emonet_block(t, "top_m_0", hourglass(t, "m0", x))
    y = t.bn("bn_end0", t.conv("conv_last0", y)).clamp(min=0)
    first = t.conv("bl0", y)
    y = x + first + t.conv("al0", t.conv("l0", y))
    y = emonet_block(t, "top_m_1", hourglass(t, "m1", y))
    second = t.bn("bn_end1", t.conv("conv_last1", y)).clamp(min=0)
    mask = t.conv("l1", second).sum(1, keepdim=True)
    y = t.conv("conv1x1_input_emo_2", torch.cat([x, first * mask, second * mask], 1))
    for index in (0, 2, 4, 6):
        y = F.max_pool2d(emonet_block(t, f"emo_net_2.{index}", y), 2)
    y = y.mean(dim=(2, 3))
    return t.linear("emo_fc_2.3", t.bn("emo_fc_2.1", t.linear("emo_fc_2.0", y)).clamp(min=0))


def resnet18(t, x, first, norm, layers):
    x = F.max_pool2d(t.bn(norm, t.conv(first, x, 2, 3)).clamp(min=0), 3, 2, 1)
    for number, layer in enumerate(layers):
        for block in "01":
            name, stride = f"{layer}.{block}", 2 if number and block == "0" else 1
            y = t.bn(f"{name}.bn1", t.conv(f"{name}.conv1", x, stride, 1)).clamp(min=0)
            y = t.bn(f"{name}.bn2", t.conv(f"{name}.conv2", y, 1, 1))
            if f"{name}.downsample.0.weight" in t.state:
                x = t.bn(f"{name}.downsample.1", t.conv(f"{name}.downsample.0", x, stride))
            x = (x + y).clamp(min=0)
    return x


def dan(t, x):
    x = resnet18(t, x, "features.0", "features.1", [f"features.{index}" for index in (4, 5, 6, 7)])
    heads = []
    for head in ("cat_head0", "cat_head1", "cat_head2", "cat_head3"):
        narrow = t.bn(f"{head}.sa.conv1x1.1", t.conv(f"{head}.sa.conv1x1.0", x))
        shapes = {"conv_3x3": (1, 1), "conv_1x3": (0, 1), "conv_3x1": (1, 0)}
        seen = sum(
            t.bn(f"{head}.sa.{name}.1", t.conv(f"{head}.sa.{name}.0", narrow, padding=padding))
            for name, padding in shapes.items()
        )
        mean = (x * seen.clamp(min=0).sum(1, keepdim=True)).mean(dim=(2, 3))
        y = t.bn(f"{head}.ca.attention.1", t.linear(f"{head}.ca.attention.0", mean)).clamp(min=0)
        heads.append(mean * torch.sigmoid(t.linear(f"{head}.ca.attention.3", y)))
    heads = torch.stack(heads)
    return t.bn("bn", t.linear("fc", (heads - torch.logsumexp(heads, 0)).sum(0)))


@pytest.mark.parametrize(
    ("network", "formula", "shape"),
    [(EmoNetwork(8), emonet, (1, 3, 256, 256)), (DanNetwork(7), dan, (2, 3, 224, 224))],
    ids=["emonet", "dan"],
)
def test_networks_agree_with_their_formulas(network, formula, shape):
    torch.set_num_threads(1)
    state = random_state(network, 3)
    network.load_state_dict(state)
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = formula(Tensors(state), x)
        got = network.eval()(x)
    assert got.std() > 1e-3
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_emonet_leaves_torch_as_it_is():
    """Trap 22: the official code replaces `InstanceNorm2d` for everybody."""
    code = (
        "from torch import nn\n"
        "before = {name: getattr(nn, name) for name in dir(nn)}\n"
        "from bauta.express.emonet import EmoNet\n"
        "from bauta.express.emonet_network import EmoNetwork\n"
        "EmoNetwork(8)\n"
        "assert {name: getattr(nn, name) for name in dir(nn)} == before\n"
        "assert nn.InstanceNorm2d is not nn.BatchNorm2d\n"
        "assert not [m for m in EmoNetwork(5).modules() if isinstance(m, nn.InstanceNorm2d)]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_emonet_needs_every_weight(tmp_path, caplog):
    save_emonet(tmp_path / "emonet8", 8)
    content = torch.load(tmp_path / "emonet8", weights_only=True)
    torch.save({**content, "module.temporal": torch.zeros(1)}, tmp_path / "emonet8")
    EmoNet(CONTRACT, Files(tmp_path), "emonet8")
    assert "temporal" in caplog.text
    del content["module.m1.b3_2.conv1.weight"]
    torch.save(content, tmp_path / "emonet8")
    with pytest.raises(ModelError, match=r"does not hold the weights of EmoNetwork.*m1\.b3_2\.conv1\.weight"):
        EmoNet(CONTRACT, Files(tmp_path), "emonet8")
    save_emonet(tmp_path / "emonet8", 5)
    with pytest.raises(ModelError, match="size mismatch"):
        EmoNet(CONTRACT, Files(tmp_path), "emonet8")


def test_dan_is_loaded_strictly(tmp_path):
    save_dan(tmp_path / "dan7", 8)
    with pytest.raises(ModelError, match="size mismatch"):
        open_dan(CONTRACT, Files(tmp_path), "dan7")
    torch.save({"weights": {}}, tmp_path / "dan7")
    with pytest.raises(ModelError, match="expected 'model_state_dict'"):
        open_dan(CONTRACT, Files(tmp_path), "dan7")
    torch.save({"model_state_dict": {"extra": torch.zeros(1)}}, tmp_path / "dan7")
    with pytest.raises(ModelError, match="does not hold the weights of DanNetwork"):
        open_dan(CONTRACT, Files(tmp_path), "dan7")


@pytest.mark.parametrize(("make", "save"), [(open_dan, save_dan), (EmoNet, save_emonet)])
def test_the_channels_are_rgb(tmp_path, make, save):
    """A red face is not read as a blue one, nor as a grey one."""
    space = "dan8" if make is open_dan else "emonet8"
    save(tmp_path / space, 8)
    teacher = make(CONTRACT, Files(tmp_path), space)
    crops = np.random.default_rng(0).integers(0, 80, (1, 96, 96, 3), dtype=np.uint8)
    crops[..., 0] += 150
    seen = []
    teacher._network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    teacher.predict(crops)
    means = seen[0].mean(dim=(2, 3))[0]
    assert means[0] > means[1] + 0.2
    assert means[0] > means[2] + 0.2
