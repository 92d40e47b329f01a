"""POSTER++ against its formulas, and against what the official code made of the same weights."""

import hashlib

import numpy as np
import pytest
import torch
from formula_tensors import Tensors
from teacher_files import Files, random_state, save_poster

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.express.poster import UNUSED, open_poster
from bauta.express.poster_network import PosterNetwork

CONTRACT = CropContract(size=96)


def conv_bn(t, name, x, stride=1):
    weight = t[f"{name}.conv.weight"]
    y = t.conv(f"{name}.conv", x, stride, weight.shape[-1] // 2, x.shape[1] // weight.shape[1])
    return t.bn(f"{name}.bn", y)


def conv_block(t, name, x, stride=1):
    return t.prelu(f"{name}.prelu", conv_bn(t, name, x, stride))


def depth_wise(t, name, x, stride=1):
    y = conv_block(t, f"{name}.conv_dw", conv_block(t, f"{name}.conv", x), stride)
    y = conv_bn(t, f"{name}.project", y)
    return y if stride > 1 else x + y


def mobilefacenet(t, x):
    def stage(name, blocks, y):
        for block in range(blocks):
            y = depth_wise(t, f"face_landback.{name}.model.{block}", y)
        return y

    y = conv_block(t, "face_landback.conv2_dw", conv_block(t, "face_landback.conv1", x, 2))
    large = stage("conv_3", 4, depth_wise(t, "face_landback.conv_23", y, 2))
    middle = stage("conv_4", 6, depth_wise(t, "face_landback.conv_34", large, 2))
    last = stage("conv_5", 2, depth_wise(t, "face_landback.conv_45", middle, 2))
    return large, middle, conv_block(t, "face_landback.conv_6_sep", last)


def bottleneck(t, name, x, stride):
    y = t.conv(f"{name}.res_layer.1", t.bn(f"{name}.res_layer.0", x), padding=1)
    y = t.conv(f"{name}.res_layer.3", t.prelu(f"{name}.res_layer.2", y), stride, 1)
    if f"{name}.shortcut_layer.0.weight" in t.state:
        x = t.bn(f"{name}.shortcut_layer.1", t.conv(f"{name}.shortcut_layer.0", x, stride))
    else:
        x = x[:, :, ::stride, ::stride]
    return x + t.bn(f"{name}.res_layer.4", y)


def ir50(t, x):
    y = t.bn("ir_back.input_layer.1", t.conv("ir_back.input_layer.0", x, padding=1))
    y, found = t.prelu("ir_back.input_layer.2", y), []
    for number, blocks in ((1, 3), (2, 4), (3, 14)):
        for block in range(blocks):
            y = bottleneck(t, f"ir_back.body{number}.{block}", y, 1 if block else 2)
        found.append(y)
    return found


def mlp(t, name, x):
    y = t.linear(f"{name}.fc1", x)
    return t.linear(f"{name}.fc2", y * 0.5 * (1 + torch.erf(y / 2**0.5)))


def cross(t, name, x, queries, heads):
    """One head at a time, with the bias of each pair of positions looked up by itself."""
    side, channels = x.shape[1], x.shape[-1]
    width = channels // heads
    both = t.linear(f"{name}.qkv", x.flatten(1, 2))
    keys, values, queries = both[..., :channels], both[..., channels:], queries.flatten(1, 2)
    rows, columns = np.divmod(np.arange(side * side), side)
    down, right = rows[:, None] - rows[None], columns[:, None] - columns[None]
    place = torch.from_numpy((down + side - 1) * (2 * side - 1) + right + side - 1)
    found = []
    for head in range(heads):
        own = slice(head * width, (head + 1) * width)
        scores = torch.einsum("nic,njc->nij", queries[..., own], keys[..., own]) / width**0.5
        bias = t[f"{name}.relative_position_bias_table"][:, head][place]
        found.append(torch.softmax(scores + bias, -1) @ values[..., own])
    return t.linear(f"{name}.proj", torch.cat(found, -1)).reshape(x.shape)


def self_attention(t, name, x):
    parts = t.linear(f"{name}.qkv", x).chunk(3, -1)
    found = []
    for queries, keys, values in zip(*(part.chunk(8, -1) for part in parts), strict=True):
        scores = torch.einsum("nic,njc->nij", queries, keys) / queries.shape[-1] ** 0.5
        found.append(torch.softmax(scores, -1) @ values)
    return t.linear(f"{name}.proj", torch.cat(found, -1))


def poster(t, x):
    small = x[:, :, ::2, ::2]
    large, middle, last = mobilefacenet(t, small)
    landmarks = (large, middle, t.conv("last_face_conv", last, padding=1))
    embeddings = {1: ("embed_q.0", "embed_q.1"), 2: ("embed_k.0",), 3: ()}
    tokens = [t["VIT.cls_token"].expand(len(x), -1, -1)]
    for number, (image, landmark) in enumerate(zip(ir50(t, small), landmarks, strict=True), 1):
        y = t.conv(f"conv{number}", image, 2, 1).permute(0, 2, 3, 1)
        y = t.ln(f"window{number}.norm", y, 1e-5)
        seen = cross(t, f"attn{number}", y, landmark.permute(0, 2, 3, 1), 2**number)
        y = y + t[f"ffn{number}.gamma1"] * seen
        y = y + t[f"ffn{number}.gamma2"] * mlp(t, f"ffn{number}.mlp", t.ln(f"ffn{number}.norm", y, 1e-5))
        y = y.permute(0, 3, 1, 2)
        for name in embeddings[number]:
            y = t.conv(name, y, 2, 1)
        y = y if embeddings[number] else t.conv("embed_v.proj", y)
        tokens.append(y.flatten(2).transpose(1, 2))
    y = torch.cat(tokens, 1) + t["VIT.pos_embed"]
    for block in ("VIT.blocks.0", "VIT.blocks.1"):
        y = y + self_attention(t, f"{block}.attn", t.ln(f"{block}.norm1", y, 1e-6))
        y = y + mlp(t, f"{block}.mlp", t.ln(f"{block}.norm2", y, 1e-6))
    y = t.ln("VIT.norm", y, 1e-6)[:, 0]
    gates = t.linear("VIT.se_block.linear2", t.linear("VIT.se_block.linear1", y).clamp(min=0))
    return t.linear("VIT.head.linear", y / (1 + torch.exp(-gates)))


@pytest.fixture(scope="module")
def answers():
    """The network, its weights, an image, and the logits."""
    torch.set_num_threads(1)
    network = PosterNetwork(7)
    state = random_state(network, 3)
    network.load_state_dict(state)
    x = torch.rand((2, 3, 224, 224), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return state, x, network.eval()(x)


def test_the_network_agrees_with_its_formulas(answers):
    state, x, got = answers
    with torch.inference_mode():
        expected = poster(Tensors(state), x)
    assert got.std() > 1e-3
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


OFFICIAL = [
    [-0.208421, 0.172340, 1.388976, 0.356365, 1.018316, -0.804432, 0.640686],
    [-0.319008, 0.493419, 0.767353, 1.004440, 1.558891, -0.207475, 0.617520],
]
"""Logits of the official code, POSTER_V2 at 18de5591, with the same weights and images."""

KEYS = (708, "69021aba9be40ea52fc41866bcae191ab22b3a6acf2061d584658aaf38d53289")
"""Number of the tensors that the official code uses, and the SHA-256 of their names and shapes."""


def test_the_official_code_makes_the_same_of_the_same_weights(answers):
    np.testing.assert_allclose(answers[2].numpy(), OFFICIAL, atol=1e-4)


def test_names_and_shapes_are_those_of_the_official_code(answers):
    lines = sorted(f"{name} {tuple(tensor.shape)}" for name, tensor in answers[0].items())
    assert (len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()) == KEYS
    assert not [name for name in answers[0] if UNUSED.fullmatch(name)]


def test_the_file_is_read_strictly(tmp_path):
    save_poster(tmp_path / "poster_rafdb", 8)
    with pytest.raises(ModelError, match=r"does not hold the weights of PosterNetwork.*size mismatch"):
        open_poster(CONTRACT, Files(tmp_path), "poster_rafdb")
    save_poster(tmp_path / "poster_rafdb", 7, strange=torch.zeros(1))
    with pytest.raises(ModelError, match="does not hold the weights of PosterNetwork"):
        open_poster(CONTRACT, Files(tmp_path), "poster_rafdb")
    torch.save({"state_dict": {"module.conv1.weight": torch.zeros(1)}}, tmp_path / "poster_rafdb")
    with pytest.raises(ModelError, match="does not hold the weights of PosterNetwork"):
        open_poster(CONTRACT, Files(tmp_path), "poster_rafdb")


def test_the_channels_are_rgb_with_imagenet_statistics(tmp_path):
    save_poster(tmp_path / "poster_affectnet8", 8)
    teacher = open_poster(CONTRACT, Files(tmp_path), "poster_affectnet8")
    crops = np.broadcast_to(np.array([200, 100, 30], dtype=np.uint8), (1, 96, 96, 3)).copy()
    seen = []
    teacher._network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    teacher.predict(crops)
    expected = (np.array([200, 100, 30]) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    np.testing.assert_allclose(seen[0][0, :, 112, 112], expected, atol=1e-4)
    assert seen[0].shape == (1, 3, 224, 224)
