"""dlib's network, read without dlib and run in ONNX Runtime, against dlib itself; files that are refused."""

import dataclasses
import subprocess
import sys

import dlib
import numpy as np
import onnx
import pytest
from skimage.data import astronaut

from bauta.contract import CropContract
from bauta.errors import ModelError
from bauta.inference.onnx_session import open_session
from bauta.models.onnx_container import check_onnx
from bauta.models.store import ModelStore
from bauta.recognize.dlib_graph import INPUT, dlib_graph
from bauta.recognize.dlib_network import BLOCKS, read_dlib_network
from bauta.recognize.dlib_resnet import DlibChip

SPECIFIED = range(0x160)
"""The bytes of the file up to the first weights."""

VALUES = (*range(0x11, 0x1D), *range(0x138, 0x14A))
"""Of these, the bytes of numbers that differ from one training to the next."""


@pytest.fixture(scope="module")
def path():
    return ModelStore.default().path("dlib_face_resnet")


@pytest.fixture(scope="module")
def network(path):
    return read_dlib_network(path)


@pytest.fixture(scope="module")
def graph(network):
    return dlib_graph(network)


@pytest.fixture(scope="module")
def embed(graph):
    session = open_session(graph, name="dlib")
    return lambda chips: session.run(None, {INPUT: chips})[0]


@pytest.fixture(scope="module")
def chips():
    """A face, its mirror image, noise, black and white: uint8 (5, 150, 150, 3)."""
    contract = CropContract()
    noise = np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    (face,) = DlibChip().render(astronaut()[None, :256, 96:352], contract)
    plain = [np.full_like(noise, value) for value in (0, 255)]
    return np.stack([face, face[:, ::-1], noise, *plain])


def test_the_vectors_are_dlibs(path, embed, chips):
    """Before they are scaled to unit length, so that a wrong factor shows too."""
    reference = np.array(dlib.face_recognition_model_v1(str(path)).compute_face_descriptor(list(chips)))
    vectors = embed(chips)
    np.testing.assert_allclose(vectors, reference, atol=1e-5)
    cosines = (vectors * reference).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    assert (cosines / np.linalg.norm(reference, axis=1)).min() > 0.999999


def test_mean_and_shapes_are_those_of_dlibs_example(network):
    np.testing.assert_allclose(network.mean, [122.782, 117.001, 104.298], atol=1e-4)
    assert network.stem.weights.shape == (32, 3, 7, 7)
    assert [len(block.second.bias) for block in network.blocks] == [channels for channels, _ in BLOCKS]
    assert [block.first.stride for block in network.blocks] == [1 + halves for _, halves in BLOCKS]
    assert network.head.shape == (256, 128)


def test_the_graph_is_plain_small_and_always_the_same(network, graph, tmp_path):
    assert len(graph) <= 25_000_000
    assert dlib_graph(network) == graph
    (tmp_path / "g.onnx").write_bytes(graph)
    check_onnx(tmp_path / "g.onnx")
    onnx.checker.check_model(graph, full_check=True)


def test_a_wrong_weight_anywhere_shows(network, embed, chips):
    """Every block reaches the vector, so that the comparison with dlib covers all of them."""
    whole = embed(chips[:1])
    for place in range(len(BLOCKS)):
        block = network.blocks[place]
        second = dataclasses.replace(block.second, bias=block.second.bias + 0.1)
        blocks = list(network.blocks)
        blocks[place] = dataclasses.replace(block, second=second)
        other = dlib_graph(dataclasses.replace(network, blocks=tuple(blocks)))
        session = open_session(other, name="dlib")
        assert np.abs(session.run(None, {INPUT: chips[:1]})[0] - whole).max() > 1e-3, place


def refusal(path):
    with pytest.raises(ModelError) as caught:
        read_dlib_network(path)
    line = str(caught.value)
    assert line.startswith(f"{path} is an incomplete or corrupt dlib face recognition model (")
    assert line.isprintable()
    assert len(line) < 500
    return line


def test_incomplete_files_are_refused(path, tmp_path):
    content = path.read_bytes()
    damaged = tmp_path / "f.dat"
    for size in (0, 1, 40, 300, 10_000, len(content) // 2, len(content) - 1):
        damaged.write_bytes(content[:size])
        refusal(damaged)
    damaged.write_bytes(content + b"0")
    assert "1 bytes too many" in refusal(damaged)


def test_every_byte_of_the_structure_is_checked(path, tmp_path):
    content = path.read_bytes()[: 2**16]
    damaged = tmp_path / "f.dat"
    damaged.write_bytes(content)
    whole = refusal(damaged)
    for place in sorted(set(SPECIFIED) - set(VALUES)):
        for flip in (0x01, 0x80):
            changed = bytearray(content)
            changed[place] ^= flip
            damaged.write_bytes(changed)
            assert refusal(damaged) != whole, (place, flip)


def test_other_files_of_dlib_are_refused(tmp_path):
    refusal(ModelStore.default().path("dlib_shape_predictor_68"))
    refusal(tmp_path)
    refusal(tmp_path / "missing.dat")


def test_dlib_is_not_needed():
    code = (
        "import sys\n"
        "sys.modules['dlib'] = None\n"
        "import numpy as np\n"
        "from bauta.contract import CropContract\n"
        "from bauta.models.store import ModelStore\n"
        "from bauta.recognize import RECOGNIZERS\n"
        "recognizer = RECOGNIZERS.load('dlib_resnet')(CropContract(), ModelStore.default())\n"
        "print(recognizer.embed(np.zeros((1, 256, 256, 3), np.uint8)).shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 128) False"
