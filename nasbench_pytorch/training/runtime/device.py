"""Precision, threads and description of the machine that trains."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from nasbench_pytorch import __version__
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe_checks import MOST_THREADS

if TYPE_CHECKING:
    from nasbench_pytorch.training.recipe import Precision

ResolvedPrecision = Literal["float32", "tf32", "bfloat16"]


def set_threads(threads: int | None) -> None:
    """Set torch's CPU threads; None leaves them as they are.

    Raises:
        InputError: the number is below 1, or more than any machine has.
    """
    if threads is None:
        return
    if not 1 <= threads <= MOST_THREADS:
        most = "" if threads < 1 else f" and at most {MOST_THREADS:,}"
        raise InputError(f"threads must be at least 1{most}, got {threads}")
    torch.set_num_threads(threads)


def sum_dtype(device: torch.device) -> torch.dtype:
    """Return the type for sums over many batches: float64, or float32 on Apple's GPUs, which have no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


@contextlib.contextmanager
def named_gaps(device: torch.device) -> Iterator[None]:
    """Turn torch's error for an operation that `device` lacks into one line. CPU and CUDA lack none.

    Raises:
        InputError: an operation or dtype is missing within the block.
    """
    try:
        yield
    except (NotImplementedError, TypeError) as error:
        if device.type in ("cpu", "cuda"):
            raise
        reason = " ".join(str(error).partition("\n")[0].split())
        raise InputError(
            f"device '{device}' cannot train this network: {reason}; use --device cpu (on mps, the variable "
            "PYTORCH_ENABLE_MPS_FALLBACK=1 runs missing operations on the CPU)"
        ) from error


def resolve_precision(precision: Precision, device: torch.device) -> ResolvedPrecision:
    """Replace `auto` by the default of `device`: tf32 on CUDA (the original multiplied in bfloat16), else float32.

    Raises:
        InputError: the precision is tf32 and the device not CUDA.
    """
    if precision == "auto":
        return "tf32" if device.type == "cuda" else "float32"
    if precision == "tf32" and device.type != "cuda":
        raise InputError(f"precision tf32 needs a CUDA device, this is '{device}'; choose float32 or bfloat16")
    return precision


def apply_precision(precision: ResolvedPrecision, device: torch.device) -> None:
    """Allow or forbid tf32 in CUDA's convolutions and matrix products; other devices have no such switch."""
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"


def synchronize(device: torch.device) -> None:
    """Wait until `device` has finished all its work, so that elapsed time is correct."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    elif device.type == "xpu":
        torch.xpu.synchronize(device)


def peak_memory_bytes(device: torch.device) -> int | None:
    """Return the peak memory of the process on a CPU, of torch's tensors on CUDA; None if it is unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type != "cpu" or sys.platform == "win32":
        return None
    import resource

    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def reset_peak_memory(device: torch.device) -> None:
    """Begin a new peak of memory on CUDA; the peak of a process on a CPU cannot be reset."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def describe_environment(device: torch.device, precision: ResolvedPrecision) -> dict[str, Any]:
    """Return device, precision, threads, hardware and versions, as plain values."""
    return {
        "device": str(device),
        "device_name": device_name(device),
        "precision": precision,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "nasbench_pytorch": __version__,
    }


def device_name(device: torch.device) -> str:
    """Return the hardware's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _cpu_name() if device.type == "cpu" else f"{device.type} of {_cpu_name()}"


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
