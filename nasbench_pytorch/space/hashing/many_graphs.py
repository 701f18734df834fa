"""Hashing of many cells at once, on all cores. Loads numba when called."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

_SLICE = 4096  # cells per task: small enough to balance the threads, large enough that starting a task is cheap


def hash_columns(
    vertices: npt.NDArray[np.uint8],
    adjacency: npt.NDArray[np.uint32] | npt.NDArray[np.uint64],
    operations: npt.NDArray[np.uint8],
    threads: int | None = None,
) -> npt.NDArray[np.uint64]:
    """Hash N full cells of at most 11 vertices.

    Args:
        vertices: shape (N,): number of vertices of each cell.
        adjacency: shape (N,): bit u + w(w-1)/2 is set where there is an edge u→w.
        operations: shape (N, at least V-2): index of each interior vertex's operation, its label.
        threads: number of threads; None for one per core of this process.

    Returns:
        uint64, shape (N, 2): upper and lower half of each hash.
    """
    from nasbench_pytorch.space.hashing.compiled import hash_many

    hashes = np.empty((len(vertices), 2), dtype=np.uint64)

    def work(start: int) -> None:
        end = start + _SLICE
        bits = adjacency[start:end].astype(np.uint64)
        hash_many(vertices[start:end], bits, operations[start:end], hashes[start:end])

    with ThreadPoolExecutor(threads or available_cores()) as pool:
        list(pool.map(work, range(0, len(vertices), _SLICE)))
    return hashes


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
