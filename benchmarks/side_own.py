"""This package's side of the comparisons: the steps of `nasbench train`."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import deque
from typing import Any

import torch
from worker import serve

from nasbench_pytorch.datasets import ImageSet, Normalisation, TrainingBatches
from nasbench_pytorch.datasets.augmentation import CIFAR10_MEAN, CIFAR10_STD
from nasbench_pytorch.space import ModelSpec, Skeleton
from nasbench_pytorch.training import Recipe
from nasbench_pytorch.training.runtime import device as machine
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.throughput.matmul_limit import MatmulLimit
from nasbench_pytorch.training.throughput.workload import Workload

CPU = torch.device("cpu")
state: dict[str, Any] = {}
kept = contextlib.ExitStack()


def build(matrix: list[list[int]], ops: list[str], batch_size: int, threads: int, precision: Any) -> int:
    """Make a network and take a step that is not timed; return the number of parameters."""
    torch.set_num_threads(threads)
    recipe = Recipe(batch_size=batch_size, precision=precision)
    workload = Workload(ModelSpec(matrix, ops), Skeleton(), recipe, CPU)
    state.update(workload=workload, batch=workload.batches.batch(0, 0), precision=precision)
    take_memory()
    return sum(parameter.numel() for parameter in workload.network.parameters())


def take_memory() -> None:
    """Take a step that pages in the memory of the next ones, which the process keeps, as in `run_training`."""
    kept.enter_context(memory_kept_for_reuse(CPU))
    steps(1)


def give_memory_back() -> None:
    """Return the memory for the side that has the next turn."""
    kept.close()


def steps(count: int) -> float:
    """Return the seconds of `count` steps on the prepared batch."""
    began_s = time.perf_counter()
    for _ in range(count):
        state["workload"].trainer.step(*state["batch"])
    return time.perf_counter() - began_s


def limit(precision: machine.ResolvedPrecision, threads: int) -> float:
    """Return the FLOP/s of one matrix product; its matrices would add to the peak memory of a process that trains."""
    torch.set_num_threads(threads)
    if ("limit", precision) not in state:
        state["limit", precision] = MatmulLimit(precision, CPU)
    measured: float = state["limit", precision].measure()
    return measured


def open_loader(batch_size: int, memory_format: str) -> None:
    """Open a stream of training batches over random images, and make the first batch, which is not timed."""
    torch.set_num_threads(1)
    raw = torch.randint(256, (40_000, 3, 32, 32), dtype=torch.uint8)
    images = ImageSet(raw, torch.randint(10, (len(raw),)))
    normalisation = Normalisation(CIFAR10_MEAN, CIFAR10_STD, memory_format=getattr(torch, memory_format))
    stream = TrainingBatches(images, batch_size, 0, normalisation=normalisation)
    state["batches"] = (stream.batch(0, step) for step in itertools.count())
    next(state["batches"])


def batches(count: int) -> dict[str, float]:
    """Return the seconds and the processor time of `count` batches."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    # A training keeps the current batch and the next one.
    deque((next(state["batches"]) for _ in range(count)), maxlen=2)
    return {"seconds": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}


def describe(precision: machine.ResolvedPrecision) -> dict[str, Any]:
    return machine.describe_environment(CPU, precision)


if __name__ == "__main__":
    serve(
        {
            "build": build,
            "take_memory": take_memory,
            "give_memory_back": give_memory_back,
            "steps": steps,
            "peak_memory_bytes": lambda: machine.peak_memory_bytes(CPU),
            "limit": limit,
            "open_loader": open_loader,
            "batches": batches,
            "describe": describe,
        }
    )
