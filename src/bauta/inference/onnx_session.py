"""ONNX Runtime sessions."""

import logging
from pathlib import Path
from typing import Any

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

from bauta.errors import ModelError
from bauta.inference.device import job_threads, why_no_gpu
from bauta.inference.gpu_memory import OUT_OF_MEMORY
from bauta.models.onnx_container import check_onnx
from bauta.models.reason import first_line

log = logging.getLogger(__name__)

ERRORS = 3
"""ONNX Runtime's log level for errors; its warnings about old graphs do not help a user."""

FATAL = 4
"""The level above: errors that it logs about a graph that it cannot open are also in the exception."""

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

SAME_BITS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}
"""CUDA options; by default, convolution algorithms are chosen by timing them, and TF32 is used."""


REFUSED = (
    state.EPFail,
    state.EngineError,
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoModel,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
    RuntimeError,
    ValueError,
    MemoryError,
)
"""Exceptions of ONNX Runtime for a graph that it cannot open, also because of names that are not text."""


def open_session(
    graph: Path | str | bytes, *, name: str = "a graph of bauta", threads: int | None = None
) -> onnxruntime.InferenceSession:
    """Open an ONNX graph on the GPU assigned to this process, or on the CPU; the choice is logged.

    Args:
        graph: The file, or the bytes of a graph that bauta itself has made, which are not checked.
        name: What to call a graph that is not in a file, in the log and in messages.
        threads: CPU threads, those of the job by default.

    Raises:
        ModelError: the file is missing, is not an ONNX graph, or refers to other files.
    """
    called = name
    if not isinstance(graph, bytes):
        check_onnx(graph)
        graph = called = str(graph)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job_threads() if threads is None else threads
    options.inter_op_num_threads = 1
    reason, providers = _providers()
    # The reason why a GPU could not be used is only logged.
    options.log_severity_level = ERRORS if reason is None else FATAL
    options.use_deterministic_compute = reason is None
    try:
        # Falling back prints a paragraph and tries again, which helps only if there is another provider.
        session = onnxruntime.InferenceSession(
            graph, options, providers=providers, enable_fallback=int(len(providers) > 1)
        )
    except REFUSED as error:
        if OUT_OF_MEMORY.search(str(error)) and CUDA in str(providers):
            raise
        raise ModelError(f"{called} is not an ONNX graph ({first_line(error)}); download it again") from None
    name = Path(called).name
    if reason is not None:
        log.info("%s: ONNX Runtime computes on the CPU: %s", name, reason)
    elif CUDA in session.get_providers():
        log.info("%s: ONNX Runtime computes on the GPU", name)
    else:
        log.warning("%s: ONNX Runtime computes on the CPU: it could not use the GPU of this machine", name)
    return session


def _providers() -> tuple[str | None, list[Any]]:
    """The reason why no GPU is used, or None, and the providers in order of preference."""
    reason = why_no_gpu()
    if reason is None and CUDA not in onnxruntime.get_available_providers():
        reason = "it was built without CUDA"
    if reason is not None:
        return reason, [CPU]
    # CUDA's libraries are in Python packages, which ONNX Runtime does not search by itself.
    onnxruntime.preload_dlls()
    return None, [(CUDA, SAME_BITS), CPU]
