"""dlib's face recognition network as an ONNX graph."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto, helper

from bauta.recognize.dlib_network import CHIP_SIZE, DIMENSIONS, Block, Convolution, DlibNetwork

OPSET, IR_VERSION = 17, 8
INPUT, OUTPUT = "chips", "vectors"

RANGE = np.float32(256)
"""What dlib divides pixels by; a power of two, so that dividing the weights by it rounds nothing."""


def dlib_graph(network: DlibNetwork) -> bytes:
    """Write the graph: from `chips` uint8 (N, 150, 150, 3) RGB to `vectors` float32 (N, 128), of any norm."""
    model = ModelProto(ir_version=IR_VERSION, producer_name="bauta")
    model.opset_import.append(helper.make_opsetid("", OPSET))
    nodes = _Nodes(model.graph)
    stem = Convolution(network.stem.weights / RANGE, network.stem.bias, network.stem.stride)
    pixels = nodes.add("Cast", INPUT, to=TensorProto.FLOAT)
    pixels = nodes.add("Sub", pixels, network.mean)
    features = nodes.add("Transpose", pixels, perm=[0, 3, 1, 2])
    features = nodes.add("Relu", nodes.convolve(features, stem))
    features = nodes.add("MaxPool", features, kernel_shape=[3, 3], strides=[2, 2])
    channels, side = len(stem.bias), _pooled(_convolved(CHIP_SIZE, stem), 3)
    for block in network.blocks:
        features = _add_block(nodes, block, features, channels, side)
        channels = len(block.second.bias)
        side = _sides(block, side)[2]
    means = nodes.add("Flatten", nodes.add("GlobalAveragePool", features))
    nodes.add("MatMul", means, network.head, out=OUTPUT)
    model.graph.name = "dlib_face_recognition_resnet_model_v1"
    chips, vectors = (CHIP_SIZE, CHIP_SIZE, 3), (DIMENSIONS,)
    model.graph.input.append(helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ("faces", *chips)))
    model.graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ("faces", *vectors)))
    return bytes(model.SerializeToString())


class _Nodes:
    """Adds nodes and their constants to a graph in place; the functions of `onnx.helper` copy weights thrice.

    Args:
        graph: The graph.
    """

    def __init__(self, graph: GraphProto) -> None:
        self._graph = graph

    def add(self, kind: str, *inputs: str | NDArray[Any], out: str = "", **attributes: Any) -> str:
        """Add a node, whose inputs are outputs of others or constants, and return the name of its output."""
        name = out or f"{kind.lower()}{len(self._graph.node)}"
        names = [each if isinstance(each, str) else self._constant(each) for each in inputs]
        self._graph.node.append(helper.make_node(kind, names, [name], **attributes))
        return name

    def convolve(self, features: str, convolution: Convolution) -> str:
        """Add a convolution."""
        strides, pads = [convolution.stride] * 2, [convolution.padding] * 4
        return self.add("Conv", features, convolution.weights, convolution.bias, strides=strides, pads=pads)

    def extend(self, features: str, channels: int, sides: int) -> str:
        """Add channels at the end, and rows and columns at the bottom and on the right, all of zeros."""
        if channels == sides == 0:
            return features
        return self.add("Pad", features, np.array([0, 0, 0, 0, 0, channels, sides, sides], dtype=np.int64))

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"constant{len(self._graph.initializer)}"
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        self._graph.initializer.add(name=name, dims=value.shape, data_type=kind, raw_data=value.tobytes())
        return name


def _add_block(nodes: _Nodes, block: Block, features: str, channels: int, side: int) -> str:
    """Add a residual block that gets features of so many channels, rows and columns."""
    computed_side, shortcut_side, out_side = _sides(block, side)
    computed = nodes.convolve(nodes.add("Relu", nodes.convolve(features, block.first)), block.second)
    shortcut = features
    if block.first.stride > 1:
        shortcut = nodes.add("AveragePool", features, kernel_shape=[2, 2], strides=[2, 2])
    computed = nodes.extend(computed, 0, out_side - computed_side)
    shortcut = nodes.extend(shortcut, len(block.second.bias) - channels, out_side - shortcut_side)
    return nodes.add("Relu", nodes.add("Add", computed, shortcut))


def _sides(block: Block, side: int) -> tuple[int, int, int]:
    """Rows and columns after the convolutions of a block, of its shortcut, and of their sum."""
    computed = _convolved(_convolved(side, block.first), block.second)
    shortcut = side if block.first.stride == 1 else _pooled(side, 2)
    return computed, shortcut, max(computed, shortcut)


def _convolved(side: int, convolution: Convolution) -> int:
    return (side + 2 * convolution.padding - convolution.weights.shape[2]) // convolution.stride + 1


def _pooled(side: int, window: int) -> int:
    """Rows after a pooling at every second place."""
    return (side - window) // 2 + 1
