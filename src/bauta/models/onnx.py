"""ONNX Runtime sessions."""

from pathlib import Path

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
)

from bauta.errors import ModelError

ERRORS = 3
"""ONNX Runtime's level for errors: its warnings on old graphs tell a user nothing."""


NVIDIA_DRIVER = Path("/proc/driver/nvidia")
"""ONNX Runtime lists CUDA wherever its build knows it, and complains at length where there is no driver."""


def open_session(path: Path | str, *, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open an ONNX graph, on a GPU if there is one that ONNX Runtime can use.

    Args:
        path: The file.
        threads: CPU threads.

    Raises:
        ModelError: the file is missing or is no ONNX graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS
    providers = ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers() and NVIDIA_DRIVER.exists():
        providers.insert(0, "CUDAExecutionProvider")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise ModelError(
            f"{path} is no ONNX graph ({str(error).splitlines()[0]}): delete it and get it again"
        ) from None
