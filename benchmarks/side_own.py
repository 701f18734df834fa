"""This package's side of the comparisons: the steps of `nasbench train`."""

from __future__ import annotations

import contextlib
import gc
import itertools
import time
from collections import deque
from typing import Any

import torch
from ways_to_step import replay_difference, stepper
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
state: dict[str, Any] = {"device": CPU}
kept = contextlib.ExitStack()


def build(  # noqa: PLR0913 - the fields of a request
    matrix: list[list[int]],
    ops: list[str],
    batch_size: int,
    threads: int,
    precision: Any,
    *,
    device: str = "cpu",
    way: str = "channels-last",
    shards: int = 2,
    skeleton: dict[str, int] | None = None,
) -> int:
    """Make a network and take a step that is not timed; return the number of parameters. It replaces an earlier one."""
    torch.set_num_threads(threads)
    target = torch.device(device)
    _forget(target)
    machine.apply_precision(precision, target)
    recipe = Recipe(batch_size=batch_size, batch_norm_shards=shards, precision=precision)
    workload = Workload(ModelSpec(matrix, ops), Skeleton(**(skeleton or {})), recipe, target)
    batch = workload.batches.batch(0, 0)
    state.update(workload=workload, batch=batch, step=stepper(way, workload, batch))
    take_memory()
    return sum(parameter.numel() for parameter in workload.network.parameters())


def _forget(device: torch.device) -> None:
    """Drop the earlier network, and reset the peak memory of a GPU."""
    state.clear()
    state["device"] = device
    gc.collect()
    if device.type == "cuda":
        torch.cuda.set_device(device.index or 0)  # streams and graphs belong to the current device
    give_memory_back()
    machine.reset_peak_memory(device)


def take_memory() -> None:
    """Take a step that pages in the memory of the next ones, which the process keeps, as in `run_training`."""
    kept.enter_context(memory_kept_for_reuse(state["device"]))
    steps(1)


def give_memory_back() -> None:
    """Return the memory for the side that has the next turn."""
    kept.close()
    if state["device"].type == "cuda":
        torch.cuda.empty_cache()


def steps(count: int) -> float:
    """Return the seconds of `count` steps on the prepared batch."""
    step = state["step"]
    machine.synchronize(state["device"])
    began_s = time.perf_counter()
    for _ in range(count):
        step()
    machine.synchronize(state["device"])
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
            "replay_difference": lambda: replay_difference(state["workload"].trainer, state["step"], state["batch"]),
            "peak_memory_bytes": lambda: machine.peak_memory_bytes(state["device"]),
            "limit": limit,
            "open_loader": open_loader,
            "batches": batches,
            "describe": describe,
        }
    )
