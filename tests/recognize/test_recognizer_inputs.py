"""Channel order and range of what each recognizer's network gets (trap 14), and files that are refused."""

import hashlib

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.face_view import FaceView
from bauta.models.torch_weights import load_lightning
from bauta.recognize import RECOGNIZERS, arcface
from bauta.recognize.adaface import FIRST, PREFIX, trunk_weights
from bauta.recognize.mobilefacenet_casia import MobileFaceNet
from bauta.recognize.onnx_embedder import recognizer_session
from bauta.recognize.torch_embedder import TorchEmbedder, TorchInput, load_strictly

CONTRACT = CropContract()
COLOUR = np.array([250, 150, 30])


class Files:
    def __init__(self, path):
        self._path = path

    def path(self, name):
        return self._path


def save_means(path, *, normalised=False, side=112, batch="n"):
    """A graph that returns the mean of each channel, and 1 so that the direction tells the scale."""
    constants = {"one": np.ones((1, 1), np.float32), "mean": np.float32(127.5), "factor": np.float32(0.01)}
    nodes = []
    if normalised:
        nodes = [
            helper.make_node("Sub", ["x", "mean"], ["d"], name="Sub_0"),
            helper.make_node("Mul", ["d", "factor"], ["z"], name="Mul_1"),
        ]
    nodes += [
        helper.make_node("GlobalAveragePool", ["z" if normalised else "x"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Concat", ["f", "one"], ["y"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, side, side])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 4])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def seen_by(recognizer):
    """The means that the network saw of a crop of one colour."""
    crop = np.broadcast_to(COLOUR.astype(np.uint8), (1, 256, 256, 3))
    vector = recognizer.embed(crop)[0]
    return vector[:3] / vector[3]


@pytest.mark.parametrize("name", ["arcface_r50", "arcface_mbf", "arcface_glint"])
def test_arcface_sees_rgb(name, tmp_path):
    recognizer = RECOGNIZERS.load(name)(CONTRACT, Files(save_means(tmp_path / "m.onnx", batch=1)))
    np.testing.assert_allclose(seen_by(recognizer), (COLOUR - 127.5) / 127.5, atol=1e-4)


def test_arcface_leaves_the_range_to_a_graph_that_normalises(tmp_path):
    path = save_means(tmp_path / "m.onnx", normalised=True, batch=1)
    recognizer = RECOGNIZERS.load("arcface_r50")(CONTRACT, Files(path))
    np.testing.assert_allclose(seen_by(recognizer), (COLOUR - 127.5) * 0.01, atol=1e-4)


def test_mobilefacenet_sees_rgb(tmp_path):
    recognizer = RECOGNIZERS.load("mobilefacenet")(CONTRACT, Files(save_means(tmp_path / "m.onnx", batch=1)))
    np.testing.assert_allclose(seen_by(recognizer), (COLOUR - 127.5) / 128, atol=1e-4)


class Means(torch.nn.Module):
    """As `save_means`, of whatever weights it is given."""

    def __init__(self, *args):
        super().__init__()

    def load_state_dict(self, weights, strict):
        assert strict

    def forward(self, images):
        means = images.mean(dim=(2, 3))
        return torch.cat([means, torch.ones(len(images), 1)], dim=1)


@pytest.mark.parametrize(
    ("name", "module", "content", "expected"),
    [
        (
            "adaface_ir50",
            "adaface.AdaFaceTrunk",
            {"model.x": torch.zeros(1)},
            (COLOUR[::-1] / 255 - 0.5) / 0.5,
        ),
        (
            "adaface_ir101",
            "adaface.AdaFaceTrunk",
            {"model.x": torch.zeros(1)},
            (COLOUR[::-1] / 255 - 0.5) / 0.5,
        ),
        ("facenet_vggface2", "facenet.InceptionResnetV1", {}, (COLOUR - 127.5) / 128),
        ("facenet_casia", "facenet.InceptionResnetV1", {}, (COLOUR - 127.5) / 128),
        (
            "mobilefacenet_casia",
            "mobilefacenet_casia.MobileFaceNet",
            {"net_state_dict": {}},
            (COLOUR - 127.5) / 128,
        ),
    ],
)
def test_modules_see_their_channels(name, module, content, expected, tmp_path, monkeypatch):
    load = RECOGNIZERS.load(name)
    monkeypatch.setattr(f"bauta.recognize.{module}", Means)
    monkeypatch.setattr(f"bauta.recognize.{module.split('.')[0]}.DIMENSIONS", 4)
    torch.save(content, tmp_path / "w.pt")
    np.testing.assert_allclose(seen_by(load(CONTRACT, Files(tmp_path / "w.pt"))), expected, atol=1e-4)


def test_auraface_is_refused_by_its_hash(tmp_path, monkeypatch):
    path = save_means(tmp_path / "glintr100.onnx")
    monkeypatch.setattr(arcface, "AURAFACE_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ModelError, match="AuraFace"):
        RECOGNIZERS.load("arcface_glint")(CONTRACT, Files(path))


def test_graphs_of_other_sizes_are_refused(tmp_path):
    with pytest.raises(ModelError, match="expected views of 112×112"):
        recognizer_session(save_means(tmp_path / "m.onnx", side=96))


def test_missing_and_unknown_tensors_are_refused(tmp_path):
    weights = MobileFaceNet().state_dict()
    weights.pop("linear1.bn.bias")
    torch.save({"net_state_dict": weights}, tmp_path / "w.ckpt")
    with pytest.raises(ModelError, match=r"linear1\.bn\.bias"):
        RECOGNIZERS.load("mobilefacenet_casia")(CONTRACT, Files(tmp_path / "w.ckpt"))
    with pytest.raises(ModelError, match="Unexpected"):
        load_strictly(
            torch.nn.Linear(1, 1, bias=False), {"weight": torch.zeros(1, 1), "more": torch.zeros(1)}, "m"
        )
    torch.save({"state": {}}, tmp_path / "w.ckpt")
    with pytest.raises(ModelError, match="net_state_dict"):
        RECOGNIZERS.load("mobilefacenet_casia")(CONTRACT, Files(tmp_path / "w.ckpt"))


class ModelCheckpoint:
    """A callback of PyTorch Lightning."""


def lightning_1_4(tensors):
    """A checkpoint as of pytorch-lightning 1.4.4: the states of callbacks are keyed by their classes."""
    return {
        "epoch": 25,
        "pytorch-lightning_version": "1.4.4",
        "state_dict": tensors,
        "callbacks": {ModelCheckpoint: {"best_model_score": torch.tensor(0.9), "monitor": "val_acc"}},
        "hyper_parameters": {"callback": ModelCheckpoint()},
    }


@pytest.mark.parametrize("wrap", [lightning_1_4, lambda tensors: {"state_dict": tensors}, dict])
@pytest.mark.parametrize("prefix", [PREFIX, ""])
def test_adaface_takes_checkpoints_of_lightning_their_state_dicts_and_bare_names(tmp_path, wrap, prefix):
    trunk = {FIRST: torch.ones(1), "output_layer.4.weight": torch.zeros(2)}
    head = {"head.kernel": torch.zeros(1)} if prefix else {}
    torch.save(wrap({prefix + name: value for name, value in trunk.items()} | head), tmp_path / "a.ckpt")
    found = trunk_weights(load_lightning(tmp_path / "a.ckpt"), "m")
    assert found.keys() == trunk.keys()
    assert all(torch.equal(found[name], trunk[name]) for name in trunk)


def test_a_file_of_another_network_than_adafaces_is_one_line():
    with pytest.raises(ModelError, match=r"expected tensors like .*got head\.kernel: the file"):
        trunk_weights({"head.kernel": torch.zeros(1)}, "m")


def test_mirrored_view_stands_behind_the_view(tmp_path):
    class Halves(torch.nn.Module):
        def forward(self, images):
            return images.mean(dim=(1, 2)).reshape(len(images), 2, -1).mean(dim=2)

    given = TorchInput(FaceView(), 0.0, 1.0, flipped=True)
    crop = np.zeros((1, 256, 256, 3), np.uint8)
    crop[:, :, 128:] = 200
    vector = TorchEmbedder(CONTRACT, Halves(), given, 2).embed(crop)[0]
    np.testing.assert_allclose(vector, np.array([0, 1, 1, 0]) / np.sqrt(2), atol=0.01)
