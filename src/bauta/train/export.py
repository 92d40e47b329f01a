"""A trained teacher as an ONNX file."""

import uuid
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bauta.models.onnx import open_session
from bauta.train.resnet import ResNet18

OPSET = 17
BATCH = 256


def export_onnx(network: ResNet18, size: int, out: Path) -> None:
    """Write an ONNX file with the input `views` (N, 1, size, size) and the output `logits` (N, C).

    The kernels of convolutions are kept as float16, which halves the file. They are cast back when it is
    opened, so that the arithmetic is that of float32.

    Args:
        network: In evaluation mode, on the CPU.
        size: Side of a view.
        out: The file.
    """
    partial = out.with_name(f"{out.name}.partial-{uuid.uuid4().hex[:8]}")
    with warnings.catch_warnings():
        # The newer exporter needs another package, onnxscript, and gains nothing here.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (torch.zeros(1, 1, size, size),),
            partial,
            dynamo=False,
            opset_version=OPSET,
            input_names=["views"],
            output_names=["logits"],
            dynamic_axes={"views": {0: "faces"}, "logits": {0: "faces"}},
        )
    onnx.save(_halved(onnx.load(partial)), partial)
    partial.replace(out)


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its convolution kernels as float16, each behind a cast."""
    casts = []
    for weights in model.graph.initializer:
        if weights.data_type != TensorProto.FLOAT or len(weights.dims) < 4:
            continue
        name = weights.name
        weights.CopyFrom(
            numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float16), f"{name}.half")
        )
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def predict_logits(path: Path, views: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits float32 (N, C) that an exported file gives to views uint8 (N, size, size)."""
    session = open_session(path)
    found = [
        session.run(None, {"views": views[start : start + BATCH, None].astype(np.float32) / 255.0})[0]
        for start in range(0, len(views), BATCH)
    ]
    return np.concatenate(found)
