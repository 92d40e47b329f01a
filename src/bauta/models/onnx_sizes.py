"""ONNX graphs that declare one image size although their operators take any."""

from pathlib import Path

from bauta.models.onnx_container import read_onnx


def with_free_sides(path: Path) -> bytes:
    """A graph whose only input (1, C, H, W) and whose outputs have no declared height, width or length.

    Whether it computes with other sizes is known only once it has done so.

    Raises:
        ModelError: it is not an ONNX graph.
    """
    model = read_onnx(path)
    for place, value in enumerate([*model.graph.input, *model.graph.output]):
        for axis, side in enumerate(value.type.tensor_type.shape.dim):
            if axis >= (2 if place == 0 else 1) and side.HasField("dim_value") and side.dim_value > 16:
                side.Clear()
                side.dim_param = f"side_{place}_{axis}"
    return model.SerializeToString()
