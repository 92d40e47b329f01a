"""ONNX Runtime sessions."""

import logging
from pathlib import Path
from typing import Any

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
)

from bauta.device import job_threads, why_no_gpu
from bauta.errors import ModelError

log = logging.getLogger(__name__)

ERRORS = 3
"""ONNX Runtime's level for errors: its warnings on old graphs tell a user nothing."""

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

SAME_BITS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}
"""Options of CUDA: by default the convolutions are those that were the fastest in a race, in TF32."""


def open_session(path: Path | str, *, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open an ONNX graph, on the GPU that this process was given, or on the CPU; which one is logged.

    Args:
        path: The file.
        threads: CPU threads, those of the job by default.

    Raises:
        ModelError: the file is missing or is no ONNX graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job_threads() if threads is None else threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS
    reason, providers = _providers()
    options.use_deterministic_compute = reason is None
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise ModelError(
            f"{path} is no ONNX graph ({str(error).splitlines()[0]}): delete it and get it again"
        ) from None
    name = Path(path).name
    if reason is not None:
        log.info("%s: ONNX Runtime computes on the CPU: %s", name, reason)
    elif CUDA in session.get_providers():
        log.info("%s: ONNX Runtime computes on the GPU", name)
    else:
        log.warning("%s: ONNX Runtime computes on the CPU: it could not use the GPU that is there", name)
    return session


def _providers() -> tuple[str | None, list[Any]]:
    """Why no GPU is used, if none is, and the providers, the preferred one first."""
    reason = why_no_gpu()
    if reason is None and CUDA not in onnxruntime.get_available_providers():
        reason = "it was built without CUDA"
    if reason is not None:
        return reason, [CPU]
    # CUDA's libraries are in Python packages, where ONNX Runtime does not look by itself.
    onnxruntime.preload_dlls()
    return None, [(CUDA, SAME_BITS), CPU]
