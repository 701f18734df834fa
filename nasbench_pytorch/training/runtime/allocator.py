"""Settings of the C library's memory allocator for trainings on a CPU."""

from __future__ import annotations

import contextlib
import ctypes
import platform
from collections.abc import Iterator

import torch

# Parameters of glibc's mallopt, from malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_NEVER = -1
_DEFAULT_MMAP_MAX = 65536
# glibc raises both thresholds as large blocks are freed, until the first call of mallopt, whatever that sets. These are
# the highest values that it reaches by itself.
_HIGHEST_MMAP_THRESHOLD_BYTES, _HIGHEST_TRIM_THRESHOLD_BYTES = 32 * 2**20, 64 * 2**20


@contextlib.contextmanager
def memory_kept_for_reuse(device: torch.device) -> Iterator[None]:
    """Keep freed memory in the process for the next allocation, within the block.

    An activation of a NAS-Bench-101 network has 33 MB. glibc maps blocks above 32 MB one by one and unmaps them when
    they are freed, so each of the thousand activations of a step is paged in again: 0.2 GB/s instead of memory speed,
    a fifth of a float32 step's time. At the end of the block free memory returns to the system, and glibc then
    behaves as in a process that has used large blocks. On other devices, and with other C libraries, the block has no
    effect.
    """
    if device.type != "cpu" or platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        libc.mallopt(_MMAP_MAX, _DEFAULT_MMAP_MAX)
        libc.mallopt(_MMAP_THRESHOLD, _HIGHEST_MMAP_THRESHOLD_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, _HIGHEST_TRIM_THRESHOLD_BYTES)
        libc.malloc_trim(0)
