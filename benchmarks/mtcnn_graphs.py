"""MTCNN's three networks as ONNX graphs with facenet-pytorch's weights: the files in `detect/mtcnn_weights`.

    python benchmarks/mtcnn_graphs.py src/bauta/detect/mtcnn_weights

They were written once, so that no job has to import torch to detect faces. A test makes them again.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
IMAGES, SCORES = "images", "scores"

TRUNKS = {
    "pnet": ("conv1", "prelu1", "pool2", "conv2", "prelu2", "conv3", "prelu3"),
    "rnet": ("conv1", "prelu1", "pool3", "conv2", "prelu2", "pool3", "conv3", "prelu3", "dense4", "prelu4"),
    "onet": (
        *("conv1", "prelu1", "pool3", "conv2", "prelu2", "pool3", "conv3", "prelu3", "pool2", "conv4"),
        *("prelu4", "dense5", "prelu5"),
    ),
}
"""Layers of each network in their order; the number of a pooling is the side of its window."""

HEADS = {
    "pnet": {SCORES: "conv4_1", "offsets": "conv4_2"},
    "rnet": {SCORES: "dense5_1", "offsets": "dense5_2"},
    "onet": {SCORES: "dense6_1", "offsets": "dense6_2", "points": "dense6_3"},
}
"""Outputs of each network and the layers that compute them."""


def graph(name: str, weights: Mapping[str, Any]) -> bytes:
    """Write a network.

    It takes `images`, float32 (N, H, W, 3) RGB from 0 to 255, and returns `scores`, the probabilities of a
    face, (N,), and the regressions, (N, C); the first network, which slides over the images, returns
    (N, H', W') and (N, C, H', W').

    Args:
        name: `pnet`, `rnet` or `onet`.
        weights: Arrays by name of the layer and of its parameter.

    Returns:
        The ONNX file.
    """
    nodes = _Nodes(name, weights)
    values = nodes.add("Sub", IMAGES, nodes.constant(np.float32(127.5)))
    values = nodes.add("Mul", values, nodes.constant(np.float32(0.0078125)))
    values = nodes.add("Transpose", values, perm=[0, 3, 1, 2])
    for called in TRUNKS[name]:
        values = nodes.layer(called, values)
    for output, called in HEADS[name].items():
        if output == SCORES:
            both = nodes.add("Softmax", nodes.layer(called, values), axis=1)
            nodes.add("Gather", both, nodes.constant(np.int64(1)), out=output, axis=1)
        else:
            nodes.layer(called, values, out=output)
    images = helper.make_tensor_value_info(IMAGES, TensorProto.FLOAT, ("images", "rows", "columns", 3))
    nodes.model.graph.input.append(images)
    nodes.model.graph.output.extend(
        helper.make_tensor_value_info(output, TensorProto.FLOAT, None) for output in HEADS[name]
    )
    return bytes(nodes.model.SerializeToString(deterministic=True))


class _Nodes:
    """A graph to which nodes are added; they are named after their place in it."""

    def __init__(self, name: str, weights: Mapping[str, Any]) -> None:
        self.model = ModelProto(ir_version=IR_VERSION, producer_name="bauta")
        self.model.opset_import.append(helper.make_opsetid("", OPSET))
        self.model.graph.name = name
        self._weights, self._flat = weights, False

    def constant(self, value: Any) -> str:
        called = f"constant{len(self.model.graph.initializer)}"
        self.model.graph.initializer.append(numpy_helper.from_array(np.array(value, order="C"), called))
        return called

    def add(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        called = out or f"{kind.lower()}{len(self.model.graph.node)}"
        self.model.graph.node.append(helper.make_node(kind, inputs, [called], **attributes))
        return called

    def layer(self, called: str, values: str, out: str = "") -> str:
        """Add a layer with its weights."""
        if called.startswith("pool"):
            return self.add(
                "MaxPool", values, kernel_shape=[int(called[4:])] * 2, strides=[2, 2], ceil_mode=1
            )
        if called.startswith("prelu"):
            slopes = self._weights[f"{called}.weight"]
            return self.add("PRelu", values, self.constant(slopes.reshape(-1, *[1, 1] * (not self._flat))))
        parameters = [self.constant(self._weights[f"{called}.{each}"]) for each in ("weight", "bias")]
        if called.startswith("conv"):
            return self.add("Conv", values, *parameters, out=out)
        if not self._flat:
            # Columns before rows, the order of Caffe, from which the weights come.
            values, self._flat = self.add("Flatten", self.add("Transpose", values, perm=[0, 3, 2, 1])), True
        return self.add("Gemm", values, *parameters, out=out, transB=1)


def main() -> None:
    """Write the three files into a folder."""
    from facenet_pytorch import MTCNN  # noqa: PLC0415 (torch)

    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("folder", type=Path)
    folder, networks = options.parse_args().folder, MTCNN()
    for name in TRUNKS:
        weights = {key: value.numpy() for key, value in getattr(networks, name).state_dict().items()}
        (folder / f"{name}.onnx").write_bytes(graph(name, weights))


if __name__ == "__main__":
    main()
