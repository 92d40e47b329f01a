"""Exporting a trained teacher to an ONNX file and importing it again."""

import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from bauta.errors import ModelError
from bauta.inference.onnx_session import open_session
from bauta.models.onnx_container import check_onnx, read_onnx
from bauta.train.resnet import ResNet18

OPSET = 17
BATCH = 256


def export_onnx(network: nn.Module, size: int, out: Path) -> None:
    """Write an ONNX file with the input `views` (N, 1, size, size) and the output `logits` (N, C).

    Convolution kernels are stored as float16, which halves the file. They are cast back when it is opened, so
    that the arithmetic is done in float32.

    Args:
        network: The network, in evaluation mode, on the CPU.
        size: Side of a view in pixels.
        out: The file to write.
    """
    partial = out.with_name(f"{out.name}.partial-{uuid.uuid4().hex[:8]}")
    with warnings.catch_warnings():
        # The newer exporter needs a further package, onnxscript, and has no advantage here.
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
    onnx.save(halved(onnx.load(partial)), partial)
    partial.replace(out)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with its convolution kernels as float16, each followed by a cast."""
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
    """Predict logits float32 (N, C) for views uint8 (N, size, size) with an exported file."""
    session = open_session(path)
    found = [
        session.run(None, {"views": views[start : start + BATCH, None].astype(np.float32) / 255.0})[0]
        for start in range(0, len(views), BATCH)
    ]
    return np.concatenate(found)


def import_onnx(path: Path | str, recipe: Mapping[str, Any]) -> ResNet18:
    """Load an exported file as a differentiable module in evaluation mode.

    The exporter folds the batch norms into the preceding convolutions, so their scale stays at one and their
    shift takes the convolution's bias.

    Args:
        path: A file written by `export_onnx`.
        recipe: Its training settings, from its card: `width`, `stem` and `mirrored` are read.

    Returns:
        A network that computes the file's logits, up to rounding.

    Raises:
        ModelError: the file holds a network other than the recipe's.
    """
    check_onnx(path)
    network = ResNet18(recipe["width"], stem=recipe["stem"], mirrored=recipe["mirrored"]).eval()
    graph = read_onnx(path).graph
    arrays = {
        weights.name.removesuffix(".half"): numpy_helper.to_array(weights).astype(np.float32)
        for weights in graph.initializer
    }
    modules = dict(network.named_modules())
    convolutions = [name for name, module in modules.items() if isinstance(module, nn.Conv2d)]
    # A mirrored network runs twice; the names of the second pass end in "_1".
    found = {_module_name(node.name): node for node in graph.node if node.op_type == "Conv"}
    try:
        with torch.no_grad():
            for name in convolutions:
                weights, bias = (torch.from_numpy(arrays[key].copy()) for key in found[name].input[1:3])
                _set(modules[name].weight, weights)
                norm = modules[_norm_of(name)]
                norm.running_var.fill_(1.0 - norm.eps)
                _set(norm.bias, bias)
            _set(network.head.weight, torch.from_numpy(arrays["head.weight"].copy()))
            _set(network.head.bias, torch.from_numpy(arrays["head.bias"].copy()))
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path} does not hold its card's network ({error}): download it again") from None
    return network


def _set(parameter: torch.Tensor, values: torch.Tensor) -> None:
    if parameter.shape != values.shape:
        raise ValueError(f"expected a tensor {tuple(parameter.shape)}, got {tuple(values.shape)}")
    parameter.copy_(values)


def _module_name(node: str) -> str:
    """`/stages/stages.2/shortcut/shortcut.0/Conv` → `stages.2.shortcut.0`."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    return ".".join(parts)


def _norm_of(convolution: str) -> str:
    """Name of the batch norm that follows a convolution."""
    parent, _, last = convolution.rpartition(".")
    return f"{parent}.{int(last) + 1}" if last.isdigit() else f"{parent}.{last.replace('conv', 'norm')}"
