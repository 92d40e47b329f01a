"""The network of dlib's face recognition model, read from its file and written as an ONNX graph.

The structure is `anet_type` of dlib's example `dnn_face_recognition_ex.cpp`: a stem, fourteen residual blocks
(He et al., CVPR 2016) on five levels, an average over the image and a linear map to 128 dimensions. What is
particular to dlib: convolutions and poolings with a stride have no padding, and a sum of two tensors of
different sides has the longer of each, with zeros where one of the two has no value.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bauta.models.dlib_file import DlibFile
from bauta.models.reason import corrupt
from bauta.protocols import Floats

CHIP_SIZE = 150
DIMENSIONS = 128

STEM = 32
"""Channels after the first convolution."""

BLOCKS = (
    *((32, False),) * 3,
    *((64, True), *((64, False),) * 3),
    *((128, True), *((128, False),) * 2),
    *((256, True), *((256, False),) * 2),
    (256, True),
)
"""Channels of each residual block, and whether it halves the sides."""

LAYER, FIRST_LAYER, NAMED = 2, 3, 1
"""Versions that dlib writes for a layer, for the layer after the input, and for a tag or a jump to one."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with the per-channel affine map behind it, as one.

    Attributes:
        weights: float32 (out, in, side, side).
        bias: float32 (out,).
        stride: Step between two of its windows.
    """

    weights: Floats
    bias: Floats
    stride: int = 1

    @property
    def padding(self) -> int:
        """Zeros on each side of its input."""
        return _padding(self.weights.shape[2], self.stride)


@dataclass(frozen=True)
class Block:
    """A residual block: two convolutions and a shortcut, which averages 2×2 values if the first has a stride.

    Attributes:
        first: Followed by a rectifier.
        second: Added to the shortcut.
    """

    first: Convolution
    second: Convolution


@dataclass(frozen=True)
class DlibNetwork:
    """The weights of the network.

    Attributes:
        mean: float32 (3,), taken off the red, green and blue of a pixel, which is then divided by 256.
        stem: The first convolution, before a rectifier and the maximum of 3×3 values at every second place.
        blocks: The residual blocks in their order.
        head: float32 (channels, 128), the linear map at the end.
    """

    mean: Floats
    stem: Convolution
    blocks: tuple[Block, ...]
    head: Floats


def read_dlib_network(path: Path | str) -> DlibNetwork:
    """Read the network from `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
        ModelError: the file cannot be read, is incomplete or corrupt, or holds another network.
    """
    try:
        file = DlibFile(Path(path).read_bytes())
        network = _network(file)
        file.end()
    except (OSError, ValueError, MemoryError) as error:
        raise corrupt(path, "dlib face recognition model", error) from None
    return network


def _network(file: DlibFile) -> DlibNetwork:
    """Read all layers: first the versions from the loss down to the input, then the values from there up."""
    file.expect(1, "loss_metric_2")
    file.number(), file.number()
    file.expect(LAYER, LAYER)
    for _, halves in reversed(BLOCKS):
        shortcut = (LAYER, NAMED, NAMED) if halves else ()
        file.expect(LAYER, LAYER, *shortcut, *(LAYER,) * 5, NAMED)
    file.expect(*(LAYER,) * 3, FIRST_LAYER)
    file.expect("input_rgb_image_sized")
    mean = np.array([file.number() for _ in range(3)], dtype=np.float32)
    file.expect(CHIP_SIZE, CHIP_SIZE)
    stem = _convolution(file, 3, STEM, 7, 2, is_first=True)
    _rectifier(file)
    _pooling(file, "max_pool_2", 3, 2)
    blocks, channels = [], STEM
    for out, halves in BLOCKS:
        blocks.append(_block(file, channels, out, halves=halves))
        channels = out
    _pooling(file, "avg_pool_2", 0, 1)
    return DlibNetwork(mean, stem, tuple(blocks), _head(file, channels))


def _block(file: DlibFile, channels: int, out: int, *, halves: bool) -> Block:
    first = _convolution(file, channels, out, 3, 2 if halves else 1)
    _rectifier(file)
    second = _convolution(file, out, out, 3, 1)
    if halves:
        _pooling(file, "avg_pool_2", 2, 2)
    file.expect("add_prev_")
    _end_layer(file)
    _rectifier(file)
    return Block(first, second)


def _convolution(
    file: DlibFile, channels: int, out: int, side: int, stride: int, *, is_first: bool = False
) -> Convolution:
    """Read a convolution and the affine map behind it."""
    shape, padding = (out, channels, side, side), _padding(side, stride)
    file.expect("con_4")
    values = file.tensor()
    file.expect(out, side, side, stride, stride, padding, padding)
    kernels, bias = _parts(file, values, shape, (1, out, 1, 1))
    _learning_rates(file)
    _end_layer(file)
    if is_first:
        file.expect(1)  # images made of each image that is given
    file.expect("affine_")
    factor, shift = _parts(file, file.tensor(), (1, out, 1, 1), (1, out, 1, 1))
    file.expect(0)  # the values belong to channels
    _end_layer(file)
    weights = kernels * factor.reshape(out, 1, 1, 1)
    return Convolution(weights, (bias * factor + shift).reshape(out), stride)


def _head(file: DlibFile, channels: int) -> Floats:
    """Read the linear map, which has no bias."""
    file.expect("fc_2", DIMENSIONS, channels)
    (weights,) = _parts(file, file.tensor(), (channels, DIMENSIONS, 1, 1))
    if file.part() != (0, 0, 0, 0):
        raise ValueError("a linear map with a bias")
    file.expect(1)  # it has no bias
    _learning_rates(file)
    _end_layer(file)
    # A copy, as the others are: a view would keep the content of the whole file in memory.
    return weights.reshape(channels, DIMENSIONS).copy()


def _rectifier(file: DlibFile) -> None:
    file.expect("relu_")
    _end_layer(file)


def _pooling(file: DlibFile, name: str, side: int, stride: int) -> None:
    """Read a pooling; a side of 0 stands for that of the image."""
    file.expect(name, side, side, stride, stride, 0, 0)
    _end_layer(file)


def _parts(file: DlibFile, values: Floats, *shapes: tuple[int, int, int, int]) -> list[Floats]:
    """Cut a tensor into its parts, whose sides follow it in the file."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    got = [file.part() for _ in shapes]
    if got != list(shapes) or values.size != sum(sizes):
        raise ValueError(f"parts of {got} of {values.size} values, expected {list(shapes)}")
    pieces = np.split(values.reshape(-1), np.cumsum(sizes)[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _learning_rates(file: DlibFile) -> None:
    """Read how fast the weights and the bias were learnt and how much they decayed."""
    for _ in range(4):
        file.number()


def _end_layer(file: DlibFile) -> None:
    """Read the state of the training behind the values of a layer: three flags and three tensors."""
    for _ in range(3):
        file.flag()
    for _ in range(3):
        file.tensor()


def _padding(side: int, stride: int) -> int:
    """Padding of a convolution, dlib's default."""
    return side // 2 if stride == 1 else 0
