"""Measurement of a cell's training speed on this machine, compared with the machine's limit."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE, TRAINING_FLOPS, count_flops, count_parameters
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.training.loop.attempt import STEPS_BETWEEN_READS
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.device import (
    ResolvedPrecision,
    apply_precision,
    describe_environment,
    peak_memory_bytes,
    reset_peak_memory,
    resolve_precision,
    set_threads,
    synchronize,
)
from nasbench_pytorch.training.task import check_shard_size
from nasbench_pytorch.training.throughput.matmul_limit import MatmulLimit
from nasbench_pytorch.training.throughput.profiling import profile_steps
from nasbench_pytorch.training.throughput.result import Rate, Throughput
from nasbench_pytorch.training.throughput.workload import Workload

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec


def measure_throughput(
    spec: ModelSpec,
    recipe: Recipe | None = None,
    *,
    skeleton: Skeleton = NASBENCH101_SKELETON,
    device: str = "auto",
    threads: int | None = None,
    repeats: int = 5,
    repeat_s: float = 2.0,
) -> Throughput:
    """Train and evaluate a cell's network for a few seconds on random images.

    The first steps of each kind are not timed. Training, evaluation and matrix products take turns, so that the load of
    a shared machine affects all of them alike.

    Args:
        spec: cell to train.
        recipe: precision and batch sizes; None means NAS-Bench-101's.
        skeleton: network around the cell.
        device: `auto`, `cpu`, `cuda`, …
        threads: CPU threads for torch; None leaves torch's setting.
        repeats: number of measurements of each kind.
        repeat_s: minimum seconds of one measurement, which is at least one step.

    Raises:
        InputError: the arguments do not fit together, or the batch does not fit into memory.
    """
    recipe = recipe or Recipe()
    _check(skeleton, recipe, threads, repeats, repeat_s)
    with _prepared(recipe, device, threads) as (target, precision):
        reset_peak_memory(target)
        workload = Workload(spec, skeleton, recipe, target)
        # The optimiser's slots are made at the end of the first step, so the second one has the peak.
        for action in (workload.train, workload.train, workload.evaluate):
            action()
        # The matrices of the limit are not part of a training's memory; on a GPU they have 0.8 GB.
        memory_bytes = peak_memory_bytes(target)
        rates = _take_turns(workload, MatmulLimit(precision, target), repeats, repeat_s)
        step_s = recipe.batch_size / statistics.median(rates["training"])
        # A single step may be disturbed by the system, and many steps make a long record.
        profile_s = profile_steps(workload.train, target, steps=max(1, min(20, round(repeat_s / step_s))))
    limit = statistics.median(rates["limit"])
    forward_flops = count_flops(spec, skeleton)
    return Throughput(
        spec=spec.to_dict(),
        skeleton=dict(vars(skeleton)),
        trainable_parameters=count_parameters(spec, skeleton),
        batch_size=recipe.batch_size,
        batch_norm_shards=recipe.batch_norm_shards,
        training=_rate(rates["training"], TRAINING_FLOPS * forward_flops, limit),
        evaluation=_rate(rates["evaluation"], forward_flops, limit),
        matmul_limit_flops_per_s=limit,
        profile_s=profile_s,
        peak_memory_bytes=memory_bytes,
        environment=describe_environment(target, precision),
    )


def training_images_per_s(
    spec: ModelSpec,
    recipe: Recipe,
    *,
    skeleton: Skeleton = NASBENCH101_SKELETON,
    device: str = "auto",
    threads: int | None = None,
    at_least_s: float = 2.0,
) -> float:
    """Return the images per second of training steps on random images; the first step is not timed.

    Args:
        spec: cell to train.
        recipe: precision and batch size.
        skeleton: network around the cell.
        device: `auto`, `cpu`, `cuda`, …
        threads: CPU threads for torch; None leaves torch's setting.
        at_least_s: minimum seconds of training, which is at least one step.

    Raises:
        InputError: the arguments do not fit together, or the batch does not fit into memory.
    """
    _check(skeleton, recipe, threads, 1, at_least_s)
    with _prepared(recipe, device, threads) as (target, _):
        workload = Workload(spec, skeleton, recipe, target)
        workload.train()
        return _images_per_s(workload.train, target, at_least_s)


@contextlib.contextmanager
def _prepared(recipe: Recipe, device: str, threads: int | None) -> Iterator[tuple[torch.device, ResolvedPrecision]]:
    """Set up device and precision as a training does; report lack of memory within the block as an input error."""
    set_threads(threads)
    target = resolve_device(device)
    precision = resolve_precision(recipe.precision, target)
    apply_precision(precision, target)
    with memory_kept_for_reuse(target):
        try:
            yield target, precision
        except RuntimeError as error:
            if "out of memory" not in str(error) and "allocate memory" not in str(error):
                raise
            raise InputError(
                f"a batch of {recipe.batch_size} images does not fit into the memory of {target}; choose a smaller one"
            ) from None


def _take_turns(workload: Workload, limit: MatmulLimit, repeats: int, repeat_s: float) -> dict[str, list[float]]:
    """Measure training and evaluation in images per second, and matrix products in FLOP/s."""
    actions = {"training": workload.train, "evaluation": workload.evaluate}
    rates: dict[str, list[float]] = {"training": [], "evaluation": [], "limit": []}
    for _ in range(repeats):
        for name, action in actions.items():
            rates[name].append(_images_per_s(action, workload.device, repeat_s))
            rates["limit"].append(limit.measure())
    return rates


def _images_per_s(action: Callable[[], int], device: torch.device, at_least_s: float) -> float:
    """Repeat `action` for at least `at_least_s` seconds; return its images per second."""
    images, elapsed_s = 0, 0.0
    # A training lets the host run ahead of a GPU, and waits for it every few steps.
    at_a_time = 1 if device.type == "cpu" else STEPS_BETWEEN_READS
    synchronize(device)
    began_s = time.perf_counter()
    while elapsed_s < at_least_s or images == 0:
        images += sum(action() for _ in range(at_a_time))
        synchronize(device)
        elapsed_s = time.perf_counter() - began_s
    return images / elapsed_s


def _rate(repeats: list[float], flops_per_image: int, limit_flops_per_s: float) -> Rate:
    median = statistics.median(repeats)
    return Rate(median, repeats, flops_per_image, median * flops_per_image / limit_flops_per_s)


def _check(skeleton: Skeleton, recipe: Recipe, threads: int | None, repeats: int, repeat_s: float) -> None:
    if skeleton.in_channels != 3:
        raise InputError(f"throughput is measured on images of 3 channels, the skeleton takes {skeleton.in_channels}")
    check_shard_size(recipe, skeleton, IMAGE_SIZE)
    for name, value in (("threads", threads), ("repeats", repeats)):
        if value is not None and value < 1:
            raise InputError(f"{name} must be at least 1, got {value}")
    if not 0 < repeat_s < float("inf"):
        raise InputError(f"repeat_s must be a positive number of seconds, got {repeat_s}")
