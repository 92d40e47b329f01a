"""Batches that do not fit into a GPU's memory: half of them, and half of that.

`find_executable_batch_size` of accelerate 1.15 does not do as well: of the five messages that the tests have
from torch, cuBLAS and ONNX Runtime, it understands torch's alone; it calls the whole function again, so that
the parts that fitted are computed twice; and it imports torch into jobs that only run ONNX graphs.
"""

import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bauta.errors import BautaError

log = logging.getLogger(__name__)

OUT_OF_MEMORY = re.compile(r"out of memory|failed to allocate memory|alloc_failed", re.IGNORECASE)
"""Messages of torch, CUDA's libraries and ONNX Runtime, which has no exception type for this error."""

ONNX_ERRORS = "onnxruntime.capi.onnxruntime_pybind11_state"


class GpuMemoryError(BautaError, MemoryError):
    """A single image does not fit into the memory of the GPU."""


class Halving:
    """Calls a function with batches, split into as many parts as the GPU's memory requires.

    The size that fits is kept for the following batches.

    Args:
        compute: Maps a batch (B, …) to its results (B, …), for any B.
    """

    def __init__(self, compute: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
        self._compute = compute
        self._fits: int | None = None

    def __call__(self, batch: NDArray[Any]) -> NDArray[Any]:
        """Compute the results of a batch.

        Raises:
            GpuMemoryError: a single item does not fit.
        """
        parts: list[NDArray[Any]] = []
        start = 0
        while start < len(batch) or not parts:
            size = min(self._fits or len(batch), len(batch) - start)
            part = self._try(batch[start : start + size])
            if part is None:
                self._fits = size // 2
                log.warning("out of GPU memory with %d images at once: continuing with %d", size, self._fits)
                _release()
                continue
            parts.append(part)
            start += size
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _try(self, part: NDArray[Any]) -> NDArray[Any] | None:
        """Results of a part, or None if it does not fit; by then nothing refers to the memory any more."""
        try:
            return self._compute(part)
        except _memory_errors() as error:
            if not OUT_OF_MEMORY.search(str(error)):
                raise
            if len(part) <= 1:
                reason = str(error).splitlines()[0]
                raise GpuMemoryError(
                    f"a single image does not fit into the GPU's memory ({reason}): check in nvidia-smi what "
                    "uses it, or run on the CPU with CUDA_VISIBLE_DEVICES=''"
                ) from None
            return None


def _memory_errors() -> tuple[type[Exception], ...]:
    """Types of errors that can mean out of memory; a library that is not imported has raised none."""
    found: list[type[Exception]] = [RuntimeError]
    if onnx := sys.modules.get(ONNX_ERRORS):
        found += [onnx.RuntimeException, onnx.Fail, onnx.EPFail]
    return tuple(found)


def _release() -> None:
    """Let torch release the memory that it caches, whose blocks have the wrong size."""
    if (torch := sys.modules.get("torch")) and torch.cuda.is_available():
        torch.cuda.empty_cache()
