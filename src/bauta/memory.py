"""Batches that do not fit into a GPU's memory: half of them, and half of that."""

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
"""What torch, CUDA's libraries and ONNX Runtime say; the last has no type of its own for it."""

ONNX_ERRORS = "onnxruntime.capi.onnxruntime_pybind11_state"


class GpuMemoryError(BautaError, MemoryError):
    """Not even one image fits into the memory of the GPU."""


class Halving:
    """Calls a function with batches, in as many parts as its memory asks for.

    The size that fits is kept for the batches that follow.

    Args:
        compute: From a batch (B, …) to its results (B, …), for any B.
    """

    def __init__(self, compute: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
        self._compute = compute
        self._fits: int | None = None

    def __call__(self, batch: NDArray[Any]) -> NDArray[Any]:
        """The results of a batch.

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
                log.warning("out of GPU memory with %d images at once: going on with %d", size, self._fits)
                _release()
                continue
            parts.append(part)
            start += size
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _try(self, part: NDArray[Any]) -> NDArray[Any] | None:
        """Results of a part; None where it does not fit, once nothing holds on to the memory any more."""
        try:
            return self._compute(part)
        except _memory_errors() as error:
            if not OUT_OF_MEMORY.search(str(error)):
                raise
            if len(part) <= 1:
                reason = str(error).splitlines()[0]
                raise GpuMemoryError(
                    f"a single image does not fit into the GPU's memory ({reason}): see in nvidia-smi who "
                    "uses it, or run on the CPU with CUDA_VISIBLE_DEVICES=''"
                ) from None
            return None


def _memory_errors() -> tuple[type[Exception], ...]:
    """Types of the errors that may mean it; a library that is not imported has raised none."""
    found: list[type[Exception]] = [RuntimeError]
    if onnx := sys.modules.get(ONNX_ERRORS):
        found += [onnx.RuntimeException, onnx.Fail, onnx.EPFail]
    return tuple(found)


def _release() -> None:
    """Let torch give back what it keeps for later, which is in pieces of the wrong size."""
    if (torch := sys.modules.get("torch")) and torch.cuda.is_available():
        torch.cuda.empty_cache()
