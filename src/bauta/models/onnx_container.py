"""Checks that ONNX graphs are self-contained and use only standard operators.

ONNX Runtime reads tensors from other files and loads contexts from them (`EPContext`) if a graph says so, and
computes constants of any size while it opens the graph.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    SparseTensorProto,
    TensorProto,
    ValueInfoProto,
)

from bauta.errors import ModelError
from bauta.models.reason import first_line

LARGEST_FILE = 2**31 - 1
"""Maximum size of a protocol buffer, in bytes."""

MOST_NUMBERS = 2**28
"""Most numbers in an input, an output or a constant created while the graph is opened: 1 GiB of float32."""

MOST_SIDES = 16
"""Most dimensions of a tensor; those of the networks have at most 6."""

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})

PER_BYTE = 2
"""Most numbers per byte of a file: those of 4 bits."""

FILLED = frozenset({"ConstantOfShape", "Expand", "Tile", "RandomNormal", "RandomUniform", "Range"})
"""Operators that can create large tensors from small ones."""


def check_onnx(path: Path | str) -> None:
    """Reject a graph that is not self-contained.

    Raises:
        ModelError: it is not an ONNX graph, or has external data, custom operators or functions, or absurd
            sizes.
    """
    model = read_onnx(path)
    try:
        wrong = next(_wrong(model), None)
    except (RecursionError, ValueError) as error:
        wrong = first_line(error)
    if wrong:
        raise ModelError(f"{path}: expected a self-contained ONNX graph, got {wrong}: get it again")


def read_onnx(path: Path | str) -> ModelProto:
    """Parse a graph without reading any other file.

    Raises:
        ModelError: it is not an ONNX graph.
    """
    try:
        if Path(path).stat().st_size > LARGEST_FILE:
            raise ValueError("it is larger than a graph can be")
        model = onnx.load_model(path, format="protobuf", load_external_data=False)
    except (DecodeError, OSError, ValueError, MemoryError) as error:
        raise ModelError(f"{path} is no ONNX graph ({first_line(error)}): get it again") from None
    if not model.HasField("graph") or not model.graph.node:
        raise ModelError(f"{path} is no ONNX graph (it has no nodes): get it again")
    return model


def _wrong(model: ModelProto) -> Iterator[str]:
    """Everything in a graph that is not allowed."""
    if model.functions:
        yield "custom functions"
    if model.training_info:
        yield "training steps"
    for graph in _graphs(model.graph):
        for tensor in _tensors(graph):
            yield from _wrong_tensor(tensor)
        for value in (*graph.input, *graph.output, *graph.value_info):
            yield from _wrong_value(value)
        constants = {tensor.name: tensor for tensor in graph.initializer}
        for node in graph.node:
            yield from _wrong_node(node, constants)


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """A graph and the graphs in its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from _graphs(inner)


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from _parts(sparse)
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.tensors
            if attribute.HasField("t"):
                yield attribute.t
            for sparse in (*attribute.sparse_tensors, *_single_sparse(attribute)):
                yield from _parts(sparse)


def _single_sparse(attribute: AttributeProto) -> list[SparseTensorProto]:
    return [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []


def _parts(sparse: SparseTensorProto) -> Iterator[TensorProto]:
    if _count(sparse.dims) > MOST_NUMBERS:
        raise ValueError(f"a sparse tensor of {list(sparse.dims[:MOST_SIDES])}")
    yield from (sparse.values, sparse.indices)


def _wrong_tensor(tensor: TensorProto) -> Iterator[str]:
    name = tensor.name[:80]
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        yield f"data of the tensor {name!r} in another file"
    if any(side < 0 for side in tensor.dims):
        yield f"the tensor {name!r} of {list(tensor.dims[:MOST_SIDES])}"
    if _count(tensor.dims) > PER_BYTE * tensor.ByteSize():
        yield f"the tensor {name!r} of {list(tensor.dims[:MOST_SIDES])} in {tensor.ByteSize()} bytes"


def _wrong_value(value: ValueInfoProto) -> Iterator[str]:
    if not isinstance(value.name, str):
        yield "an input or output whose name is no text"
    sides = [side.dim_value for side in value.type.tensor_type.shape.dim]
    if any(side < 0 for side in sides) or _count([side or 1 for side in sides]) > MOST_NUMBERS:
        yield f"an input or output {value.name[:80]!r} of {sides[:MOST_SIDES]}"


def _wrong_node(node: NodeProto, constants: dict[str, TensorProto]) -> Iterator[str]:
    if node.domain not in DOMAINS:
        yield f"the operator {node.op_type[:80]!r} of {node.domain[:80]!r}, which is not a standard one"
    if node.op_type not in FILLED:
        return
    shapes = [list(attribute.ints) for attribute in node.attribute if attribute.name == "shape"]
    shapes += [_numbers(constants[name]) for name in node.input if name in constants]
    for shape in shapes:
        if _count([max(side, 1) for side in shape]) > MOST_NUMBERS:
            yield f"the operator {node.op_type} that makes {shape[:8]}"


def _count(sides: Sequence[int]) -> float:
    """Numbers in a tensor; infinite for too many dimensions, whose product would take hours to compute."""
    return math.prod(sides) if len(sides) <= MOST_SIDES else math.inf


def _numbers(tensor: TensorProto) -> list[int]:
    """The values of a short tensor of integers, which may be a shape."""
    if tensor.data_type not in (TensorProto.INT32, TensorProto.INT64) or _count(tensor.dims) > MOST_SIDES:
        return []
    return [int(number) for number in onnx.numpy_helper.to_array(tensor).reshape(-1)]
