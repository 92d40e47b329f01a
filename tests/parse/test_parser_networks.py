"""The parsers' networks against second formulations, their files, classes and sides."""

import numpy as np
import pytest
import torch
from parser_files import Files, Thresholds, random_state, save_parser
from skimage.data import astronaut
from torch.nn import functional as F

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.mtcnn import Mtcnn
from bauta.errors import ModelError
from bauta.labels import PARSING_CLASSES
from bauta.parse.bisenet import BiSeNetwork, bisenet
from bauta.parse.classes import COUNTERPARTS, to_parsing_classes
from bauta.parse.farl import farl_celebm, farl_lapa
from bauta.parse.head_segmentation import HeadNetwork, head_segmentation
from bauta.parse.light_unet import LightUNetwork, light_unet

CONTRACT = CropContract()
ID = {name: index for index, name in enumerate(PARSING_CLASSES)}


class Tensors:
    """The tensors of a state dict as layers by name."""

    def __init__(self, state):
        self.state = state

    def bn(self, name, x):
        parts = ("running_mean", "running_var", "weight", "bias")
        mean, var, weight, bias = (self.state[f"{name}.{part}"].reshape(1, -1, 1, 1) for part in parts)
        return (x - mean) / torch.sqrt(var + 1e-5) * weight + bias

    def conv(self, name, x, stride=1, padding=0):
        weight, bias = self.state[f"{name}.weight"], self.state.get(f"{name}.bias")
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)

    def cbr(self, name, x, padding=1, conv="conv", bn="bn"):
        return self.bn(f"{name}.{bn}", self.conv(f"{name}.{conv}", x, padding=padding)).clamp(min=0)

    def resnet(self, name, x, depths):
        """All features of a ResNet with basic blocks: after the first convolution, then after each layer."""
        features = [self.bn(f"{name}.bn1", self.conv(f"{name}.conv1", x, 2, 3)).clamp(min=0)]
        x = F.max_pool2d(features[0], 3, 2, 1)
        for layer, depth in enumerate(depths, 1):
            for block in range(depth):
                own, stride = f"{name}.layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
                y = self.bn(f"{own}.bn1", self.conv(f"{own}.conv1", x, stride, 1)).clamp(min=0)
                y = self.bn(f"{own}.bn2", self.conv(f"{own}.conv2", y, 1, 1))
                if f"{own}.downsample.0.weight" in self.state:
                    x = self.bn(f"{own}.downsample.1", self.conv(f"{own}.downsample.0", x, stride))
                x = (x + y).clamp(min=0)
            features.append(x)
        return features


def twice(x):
    return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)


def mean(x):
    return x.flatten(2).mean(2)[:, :, None, None]


def bisenet_formula(t, x):
    *_, at8, at16, at32 = t.resnet("cp.resnet", x, (2, 2, 2, 2))

    def refine(name, x):
        y = t.cbr(f"{name}.conv", x)
        return y * torch.sigmoid(t.bn(f"{name}.bn_atten", t.conv(f"{name}.conv_atten", mean(y))))

    average = t.cbr("cp.conv_avg", mean(at32), padding=0).expand(-1, -1, *at32.shape[2:])
    y = t.cbr("cp.conv_head32", twice(refine("cp.arm32", at32) + average))
    y = t.cbr("cp.conv_head16", twice(refine("cp.arm16", at16) + y))
    y = t.cbr("ffm.convblk", torch.cat([at8, y], 1), padding=0)
    attention = torch.sigmoid(t.conv("ffm.conv2", t.conv("ffm.conv1", mean(y)).clamp(min=0)))
    y = t.conv("conv_out.conv_out", t.cbr("conv_out.conv", y * (1 + attention)))
    return F.interpolate(y, scale_factor=8, mode="bilinear", align_corners=True)


def head_formula(t, x):
    *skips, x = t.resnet("encoder", x, (3, 4, 6, 3))
    for step in range(5):
        x = twice(x)
        if step < 4:
            x = torch.cat([x, skips[3 - step]], 1)
        for part in ("conv1", "conv2"):
            x = t.cbr(f"decoder.blocks.{step}.{part}", x, conv="0", bn="1")
    return t.conv("segmentation_head.0", x, padding=1)


def light_formula(t, x):
    def block(name, x):
        return t.conv(f"{name}.2", t.conv(f"{name}.0", x, padding=1).clamp(min=0), padding=1).clamp(min=0)

    def up(name, x):
        n, _, h, w = x.shape
        y = torch.einsum("nihw,ioab->nohawb", x, t.state[f"{name}.weight"])
        return y.reshape(n, -1, 2 * h, 2 * w) + t.state[f"{name}.bias"].reshape(1, -1, 1, 1)

    fine = block("enc1", x)
    coarse = block("enc2", F.max_pool2d(fine, 2))
    y = block("bottleneck", F.max_pool2d(coarse, 2))
    y = block("dec1", torch.cat([up("up1", y), coarse], 1))
    return t.conv("out", block("dec2", torch.cat([up("up2", y), fine], 1)))


@pytest.mark.parametrize(
    ("make", "formula"),
    [(BiSeNetwork, bisenet_formula), (HeadNetwork, head_formula), (LightUNetwork, light_formula)],
)
def test_networks_agree_with_their_formulas(make, formula):
    torch.set_num_threads(1)
    network = make()
    state = random_state(network, 3)
    network.load_state_dict(state)
    x = torch.randn((2, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected, got = formula(Tensors(state), x), network.eval()(x)
    assert got.std() > 1e-3
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize(
    ("make", "tensors", "parameters"),
    [(BiSeNetwork, 191, 13_300_416), (HeadNetwork, 278, 29_943_042), (LightUNetwork, 26, 467_123)],
)
def test_networks_are_as_large_as_the_published_ones(make, tensors, parameters):
    network = make()
    assert len(network.state_dict()) == tensors
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize("make", [bisenet, head_segmentation, light_unet])
def test_files_are_loaded_strictly(tmp_path, make):
    name = make.__name__
    save_parser(tmp_path, name)
    content = torch.load(tmp_path / name, weights_only=True)
    state = content.get("state_dict", content)
    last = next(key for key in reversed(state) if not key.startswith("criterion"))
    kept = state.pop(last)
    torch.save(content, tmp_path / name)
    with pytest.raises(ModelError, match="does not hold the weights of"):
        make(CONTRACT, Files(tmp_path))
    state[last], state["extra.weight"] = kept, torch.zeros(1)
    torch.save(content, tmp_path / name)
    with pytest.raises(ModelError, match="does not hold the weights of"):
        make(CONTRACT, Files(tmp_path))


class Callback:
    """Something of Lightning's that only its program has."""


@pytest.mark.parametrize("bare", [False, True])
def test_the_head_segmentation_takes_checkpoints_of_lightning_and_bare_names(tmp_path, bare):
    save_parser(tmp_path, "head_segmentation")
    content = torch.load(tmp_path / "head_segmentation", weights_only=True)
    state = {
        name.removeprefix("neural_net.") if bare else name: value
        for name, value in content["state_dict"].items()
    }
    whole = {**content, "state_dict": state, "callbacks": {Callback: Callback()}}
    torch.save(state if bare else whole, tmp_path / "head_segmentation")
    assert head_segmentation(CONTRACT, Files(tmp_path))


def test_farl_refuses_what_is_no_torchscript(tmp_path):
    (tmp_path / "farl_lapa").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="not a TorchScript file"):
        farl_lapa(CONTRACT, Files(tmp_path))
    torch.jit.script(Thresholds(19)).save(str(tmp_path / "farl_lapa"))
    with pytest.raises(ModelError, match="expected 11 classes, got 19"):
        farl_lapa(CONTRACT, Files(tmp_path)).parse(np.zeros((1, 256, 256, 3), dtype=np.uint8))


@pytest.mark.parametrize("make", [farl_lapa, farl_celebm])
def test_farl_brings_the_classes_back_to_where_they_were(tmp_path, make):
    """The network here reads the class off the red value: what comes back lies where the crop has it."""
    name = make.__name__
    save_parser(tmp_path, name)
    names = list(COUNTERPARTS[name].values())
    nose, skin = names.index("nose"), names.index("skin")
    red = np.full((256, 256), skin / (len(names) - 1) * 255)
    red[120:170, 110:150] = nose / (len(names) - 1) * 255
    crops = np.zeros((2, 256, 256, 3), dtype=np.uint8)
    crops[0, :, :, 0] = np.rint(red)
    face, black = make(CONTRACT, Files(tmp_path)).parse(crops)
    assert (face[123:167, 113:147] == ID["nose"]).all()
    assert (face[60:110, 60:200] == ID["skin"]).all()
    assert not black.any()


def test_names_are_bautas_and_each_class_has_one():
    for parser, counterparts in COUNTERPARTS.items():
        assert set(counterparts.values()) <= set(PARSING_CLASSES), parser
        assert len(set(counterparts.values())) == len(counterparts), parser
    assert len(COUNTERPARTS["farl_lapa"]) == 11
    for parser in ("bisenet", "light_unet", "farl_celebm"):
        assert set(COUNTERPARTS[parser].values()) == set(PARSING_CLASSES)


@pytest.mark.parametrize(
    ("parser", "native", "name"),
    [
        ("bisenet", 17, "hair"),
        ("bisenet", 14, "neck"),
        ("light_unet", 1, "u_lip"),
        ("light_unet", 3, "skin"),
        ("light_unet", 16, "cloth"),
        ("farl_lapa", 8, "mouth"),
        ("farl_celebm", 1, "neck"),
        ("farl_celebm", 13, "u_lip"),
        ("farl_celebm", 12, "l_lip"),
        ("head_segmentation", 1, "skin"),
    ],
)
def test_native_ids(parser, native, name):
    ids = np.full((1, 2, 4), native)
    assert (to_parsing_classes(ids, parser, 1.5) == ID[name]).all()


@pytest.mark.parametrize("parser", ["bisenet", "light_unet", "farl_celebm"])
@pytest.mark.parametrize("part", ["brow", "eye", "ear"])
def test_paired_parts_are_of_the_side_on_which_they_lie(parser, part):
    names = list(COUNTERPARTS[parser].values())
    for native in (names.index(f"l_{part}"), names.index(f"r_{part}")):
        (row,) = to_parsing_classes(np.full((1, 1, 4), native), parser, 1.5)[0]
        assert [PARSING_CLASSES[index] for index in row] == [f"l_{part}"] * 2 + [f"r_{part}"] * 2


@pytest.mark.parametrize(("make", "module"), [(bisenet, "bisenet"), (light_unet, "light_unet")])
def test_the_channels_are_rgb_in_the_range_of_the_training(tmp_path, make, module, monkeypatch):
    monkeypatch.setattr(f"bauta.parse.{module}.SIZE", 64)
    save_parser(tmp_path, module)
    parser = make(CONTRACT, Files(tmp_path))
    crops = np.broadcast_to(np.array([200, 100, 30], dtype=np.uint8), (1, 256, 256, 3)).copy()
    seen = []
    parser._network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    parser.parse(crops)
    mean, std = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]) if make is bisenet else (0.5, 0.5)
    expected = (np.array([200, 100, 30]) / 255 - mean) / std
    np.testing.assert_allclose(seen[0].mean(dim=(2, 3))[0].cpu().numpy(), expected, atol=1e-4)


@pytest.mark.models
def test_the_real_light_unet_finds_the_parts_of_a_face(real_models):
    """Where it finds a part, the part lies where the aligned face has it; it misses eyes and mouths often."""
    image = astronaut()
    models = real_models("light_unet", "mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
    points = Mtcnn(models).detect(image).points[0]
    crop = warp_crop(image, fit_similarity(points, CONTRACT.template()), CONTRACT.size)
    (classes,) = light_unet(CONTRACT, models).parse(crop[None])
    nose, skin = np.argwhere(classes == ID["nose"]), np.argwhere(classes == ID["skin"])
    assert np.linalg.norm(nose.mean(axis=0)[::-1] - CONTRACT.template()[2]) < 20
    assert len(skin) > 0.1 * classes.size
    for side, column in (("l_brow", 0), ("r_brow", 1)):
        brow = np.argwhere(classes == ID[side])
        assert abs(brow.mean(axis=0)[1] - CONTRACT.template()[column, 0]) < 20
