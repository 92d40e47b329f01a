import numpy as np
import pytest
import torch
from teacher_files import convolution, layer, save_keras, small_xception

from bauta.alignment.align import fit_similarity
from bauta.alignment.crop import warp_crop
from bauta.contract import CropContract
from bauta.detect.full_frame import FullFrame
from bauta.errors import ModelError
from bauta.express.keras_graph import read_keras_graph
from bauta.express.xception import big_xception, mini_xception
from bauta.io.images import read_image
from bauta.labels import EXPRESSIONS

CONTRACT = CropContract()


def padded(x, kernel, stride, value=0.0):
    """TensorFlow's `same`: as little as is needed, the odd one at the end. x is (H, W, C)."""
    pads = []
    for side in x.shape[:2]:
        total = max((int(np.ceil(side / stride)) - 1) * stride + kernel - side, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, (*pads, (0, 0)), constant_values=value)


def windows(x, kernel, stride):
    view = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(0, 1))
    return view[::stride, ::stride]


def norm(x, arrays):
    gamma, beta, mean, variance = arrays
    return (x - mean) / np.sqrt(variance + 0.001) * gamma + beta


def logits(image, w):
    """The network of `small_xception` in numpy, channels last as in Keras."""
    x = np.einsum("hwcij,ijco->hwo", windows(image[..., None], 3, 2), w["conv_a"][0])
    x = np.maximum(norm(x, w["norm_a"]), 0)
    shortcut = norm(np.einsum("hwc,co->hwo", x[::2, ::2], w["shortcut"][0][0, 0]), w["norm_s"])
    y = np.einsum("hwcij,ijc->hwc", windows(padded(x, 3, 1), 3, 1), w["separable"][0][..., 0])
    y = norm(y @ w["separable"][1][0, 0], w["norm_b"])
    x = windows(padded(y, 3, 2, -np.inf), 3, 2).max(axis=(3, 4)) + shortcut
    x = np.einsum("hwcij,ijco->hwo", windows(padded(x, 3, 1), 3, 1), w["conv_z"][0]) + w["conv_z"][1]
    return x.mean(axis=(0, 1))


@pytest.mark.parametrize("side", [64, 62])
def test_a_keras_file_agrees_with_its_formulas(tmp_path, side):
    """Sides of 31 and 30 after the first layer: `same` padding of the pooling is even and odd."""
    weights = save_keras(tmp_path / "f.hdf5", small_xception())
    images = np.random.default_rng(5).normal(size=(2, side, side)).astype(np.float32)
    expected = np.stack([logits(image.astype(np.float64), weights) for image in images])
    with torch.inference_mode():
        got = read_keras_graph(tmp_path / "f.hdf5").eval()(torch.from_numpy(images[:, None])).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_what_is_not_known_is_refused(tmp_path):
    path = tmp_path / "f.hdf5"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no plain HDF5 file"):
        read_keras_graph(path)
    start = [layer("InputLayer", "input_1", []), convolution("conv_a", "input_1", 3, 4, 2, "valid")]
    dilated = convolution("conv_a", "input_1", 3, 4, 2, "valid")
    dilated["config"]["dilation_rate"] = [2, 2]
    first = convolution("conv_a", "input_1", 3, 4, 2, "valid")
    first["config"]["data_format"] = "channels_first"
    for odd in (
        [*start, layer("Dropout", "drop", ["conv_a"])],
        [*start, layer("Activation", "act", ["conv_a"], activation="elu")],
        [start[0], dilated],
        [start[0], first],
    ):
        save_keras(path, odd)
        with pytest.raises(ModelError, match=r"(is|are) not (known|supported)|channels_last"):
            read_keras_graph(path)


@pytest.mark.models
@pytest.mark.parametrize(
    ("make", "model"),
    [(mini_xception, "fer2013_mini_xception"), (big_xception, "fer2013_big_xception")],
    ids=["mini", "big"],
)
def test_real_weights_read_fer2013_as_their_author_states(real_models, real_images, make, model):
    """Accuracy 0.66 by the author, 0.65 on all 3,589 images of PublicTest; here on 20 images a class."""
    teacher = make(CONTRACT, real_models(model))
    folder = real_images("fer2013") / "validation"
    crops, labels = [], []
    for index, name in enumerate(EXPRESSIONS):
        for path in sorted((folder / name).iterdir())[:20]:
            image = read_image(path)
            points = FullFrame(None).detect(image).points[0]
            crops.append(warp_crop(image, fit_similarity(points, CONTRACT.template()), CONTRACT.size))
            labels.append(index)
    read = teacher.predict(np.stack(crops)).argmax(axis=1)
    assert (read == labels).mean() > 0.5
