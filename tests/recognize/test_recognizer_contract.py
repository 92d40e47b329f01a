"""What every recognizer must do, on files that are built here with the keys and shapes of the real ones."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from bauta.contract import CropContract
from bauta.recognize import RECOGNIZERS
from bauta.recognize.adaface import BLOCKS_50, PREFIX, AdaFaceTrunk
from bauta.recognize.inception_resnet import InceptionResnetV1
from bauta.recognize.mobilefacenet_casia import MobileFaceNet
from bauta.testing.recognizer_contract import CHECKS, RecognizerCase
from bauta.testing.samples import sample_crops

CONTRACT = CropContract()
DIMENSIONS = {
    "adaface_ir50": 512,
    "arcface_glint": 512,
    "arcface_mbf": 512,
    "arcface_r50": 512,
    "facenet_casia": 512,
    "facenet_vggface2": 512,
    "mobilefacenet": 128,
    "mobilefacenet_casia": 256,
}


class Files:
    """A store that finds every model in one file."""

    def __init__(self, path):
        self._path = path

    def path(self, name):
        return self._path


def save_graph(path, dimensions):
    """A random linear map of the coarse image."""
    weights = np.random.default_rng(0).standard_normal((3 * 7 * 7, dimensions)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "embedder",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 112, 112])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", dimensions])],
        [numpy_helper.from_array(weights, "w")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def randomize(module):
    """Batch norms as after training, so that they are not the identity."""
    generator = torch.Generator().manual_seed(0)
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            layer.running_mean.normal_(0, 0.1, generator=generator)
            layer.running_var.uniform_(0.5, 1.5, generator=generator)
    return module.eval()


def save(name, path):
    torch.manual_seed(0)
    if name == "adaface_ir50":
        weights = randomize(AdaFaceTrunk(BLOCKS_50)).state_dict()
        head = {"head.kernel": torch.zeros(512, 2)}
        torch.save({"state_dict": {PREFIX + key: value for key, value in weights.items()} | head}, path)
    elif name.startswith("facenet"):
        logits = {"logits.weight": torch.zeros(2, 512), "logits.bias": torch.zeros(2)}
        torch.save(randomize(InceptionResnetV1()).state_dict() | logits, path)
    elif name == "mobilefacenet_casia":
        torch.save({"epoch": 68, "net_state_dict": randomize(MobileFaceNet()).state_dict()}, path)
    else:
        save_graph(path, DIMENSIONS[name])


@pytest.fixture(scope="module", params=sorted(DIMENSIONS))
def recognizer(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "weights"
    save(request.param, path)
    network = RECOGNIZERS.load(request.param)(CONTRACT, Files(path))
    path.unlink()
    assert network.dimensions == DIMENSIONS[request.param]
    return network


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_keeps_the_contract(recognizer, check):
    check(RecognizerCase(recognizer, sample_crops(CONTRACT)))
