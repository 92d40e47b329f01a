"""The device of a job: the GPU assigned to it, or the CPU with the threads assigned to it.

Nothing here selects a GPU by its number. Slurm, or the user, lists the GPUs of a job in
CUDA_VISIBLE_DEVICES, and CUDA numbers those from 0.
"""

import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

NVIDIA_DRIVER = Path("/proc/driver/nvidia")
VISIBLE, SLURM_JOB, THREADS = "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "OMP_NUM_THREADS"


def why_no_gpu() -> str | None:
    """Why this process must not use a GPU, or None if it may.

    A Slurm job without a GPU can see the GPUs of other jobs if the cluster does not hide them; in that case
    CUDA_VISIBLE_DEVICES is not set.
    """
    given = os.environ.get(VISIBLE)
    if given is None and SLURM_JOB in os.environ:
        return f"Slurm gave job {os.environ[SLURM_JOB]} none ({VISIBLE} is not set)"
    if given is not None and given.split(",")[0].strip() in ("", "-1", "NoDevFiles"):
        return f"{VISIBLE} is '{given}'"
    if not NVIDIA_DRIVER.exists():
        told = "" if given is None else f"{VISIBLE} is '{given}', but "
        return f"{told}this machine has no NVIDIA driver"
    return None


def job_threads() -> int:
    """CPU threads of this process; Snakemake passes the threads of a job in OpenMP's variable."""
    value = os.environ.get(THREADS, "")
    return int(value) if value.isdecimal() and int(value) > 0 else 1


def take_all_cores() -> None:
    """Let the networks of a command that is run by hand use every core, unless the user has said how many.

    To be called before torch, OpenCV or ONNX Runtime is imported. Jobs of Snakemake are told their threads.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ.setdefault(THREADS, str(allowed or 1))


def describe() -> str:
    """One line for a job's log: machine, threads, GPU."""
    reason = why_no_gpu()
    gpu = f"GPU {os.environ.get(VISIBLE, 'any')}" if reason is None else f"the CPU, no GPU: {reason}"
    slurm = f", Slurm job {os.environ[SLURM_JOB]}" if SLURM_JOB in os.environ else ""
    return f"on {socket.gethostname()}{slurm}, threads: {job_threads()}, computes on {gpu}"


def torch_device() -> "torch.device":
    """The GPU if this process may use one and PyTorch can, else the CPU; the choice is logged.

    On a GPU only deterministic algorithms are used, in float32.
    """
    # Imported here because every job calls `describe`, and most jobs do not need PyTorch.
    import torch  # noqa: PLC0415

    reason = why_no_gpu()
    if reason is None and not torch.cuda.is_available():
        reason = "PyTorch finds no GPU that it can use"
        log.warning("PyTorch computes on the CPU: %s", reason)
    elif reason is not None:
        log.info("PyTorch computes on the CPU: %s", reason)
    if reason is not None:
        return torch.device("cpu")
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    # TF32 keeps 10 bits of a product's factors, so embeddings would differ from the CPU's in the third digit.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    log.info("PyTorch computes on %s", torch.cuda.get_device_name())
    return torch.device("cuda")
