"""How fast a cell trains on this machine, and how close that is to what the machine can do."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE, TRAINING_FLOPS, count_flops, count_parameters
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.device import (
    ResolvedPrecision,
    apply_precision,
    describe_environment,
    peak_memory_bytes,
    resolve_device,
    resolve_precision,
    set_threads,
    synchronize,
)
from nasbench_pytorch.training.task import check_shard_size
from nasbench_pytorch.training.throughput.matmul_limit import MatmulLimit
from nasbench_pytorch.training.throughput.profiling import profile_steps
from nasbench_pytorch.training.throughput.workload import Workload

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec


@dataclass(frozen=True)
class Rate:
    """How many images a second, over repeats.

    Attributes:
        images_per_s: median of the repeats.
        repeats: images a second of each.
        flops_per_image: multiply-adds × 2 of convolutions and dense layer.
        share_of_limit: of the matmul limit that the median's FLOP/s reach.
    """

    images_per_s: float
    repeats: list[float]
    flops_per_image: int
    share_of_limit: float


@dataclass(frozen=True)
class Throughput:
    """What `measure_throughput` finds.

    Attributes:
        spec: `{"matrix": …, "ops": …}` of the cell.
        skeleton: the network around it, field by field.
        trainable_parameters: their number.
        batch_size: images a step, and a batch of an evaluation.
        batch_norm_shards: see `Recipe`.
        training: steps of the recipe on augmented batches, the making of the batches included.
        evaluation: the recipe's evaluation.
        matmul_limit_flops_per_s: median rate of square matrix products between the repeats, in the same precision with
            the same threads.
        profile_s: seconds of one training step by kind of work, see `profiling.KINDS`; mean over as many steps as one
            repeat takes, twenty at most.
        peak_memory_bytes: most memory that the process had (CPU), or that torch had on the device (CUDA), up to the
            last training step; None where it cannot be asked for.
        environment: device, precision, threads, hardware and versions.
    """

    spec: dict[str, Any]
    skeleton: dict[str, int]
    trainable_parameters: int
    batch_size: int
    batch_norm_shards: int
    training: Rate
    evaluation: Rate
    matmul_limit_flops_per_s: float
    profile_s: dict[str, float]
    peak_memory_bytes: int | None
    environment: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers, for JSON."""
        return asdict(self)


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
    """Train and evaluate a cell's network for a few seconds on random pictures.

    The first step of each kind is outside the clock. Training, evaluation and matrix products take turns, so that a
    machine that others use as well is as busy for one as for the others.

    Args:
        spec: the cell.
        recipe: NAS-Bench-101's if None; its precision and batch sizes count.
        skeleton: the network around the cell.
        device: `auto`, `cpu`, `cuda`, …
        threads: CPU threads for torch; None leaves torch's setting.
        repeats: how often each is measured.
        repeat_s: seconds that one measurement should take; it is at least one step.

    Raises:
        InputError: the arguments do not fit together, or the batch does not fit into memory.
    """
    recipe = recipe or Recipe()
    _check(skeleton, recipe, threads, repeats, repeat_s)
    with _prepared(recipe, device, threads) as (target, precision):
        workload = Workload(spec, skeleton, recipe, target)
        rates = _take_turns(workload, MatmulLimit(precision, target), repeats, repeat_s)
        memory_bytes = peak_memory_bytes(target)
        step_s = recipe.batch_size / statistics.median(rates["training"])
        # A step alone may be one that the system disturbed; many of them make a long record.
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
    """Images a second that training steps take, on random pictures, the first step outside the clock.

    Args:
        spec: the cell.
        recipe: its precision and batch size count.
        skeleton: the network around the cell.
        device: `auto`, `cpu`, `cuda`, …
        threads: CPU threads for torch; None leaves torch's setting.
        at_least_s: seconds to train for; it is at least one step.

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
    """The device and the precision, set up as for a training; within the block want of memory is the batch's fault."""
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
    """Rates of training and evaluation in images a second, and of matrix products in FLOP/s."""
    actions = {"training": workload.train, "evaluation": workload.evaluate}
    rates: dict[str, list[float]] = {"training": [], "evaluation": [], "limit": []}
    for action in actions.values():
        action()
    for _ in range(repeats):
        for name, action in actions.items():
            rates[name].append(_images_per_s(action, workload.device, repeat_s))
            rates["limit"].append(limit.measure())
    return rates


def _images_per_s(action: Callable[[], int], device: torch.device, at_least_s: float) -> float:
    """Repeat `action` until so many seconds have gone by."""
    images, elapsed_s = 0, 0.0
    synchronize(device)
    began_s = time.perf_counter()
    while elapsed_s < at_least_s or images == 0:
        images += action()
        synchronize(device)
        elapsed_s = time.perf_counter() - began_s
    return images / elapsed_s


def _rate(repeats: list[float], flops_per_image: int, limit_flops_per_s: float) -> Rate:
    median = statistics.median(repeats)
    return Rate(median, repeats, flops_per_image, median * flops_per_image / limit_flops_per_s)


def _check(skeleton: Skeleton, recipe: Recipe, threads: int | None, repeats: int, repeat_s: float) -> None:
    if skeleton.in_channels != 3:
        raise InputError(f"throughput is measured on pictures of 3 channels, the skeleton takes {skeleton.in_channels}")
    check_shard_size(recipe, skeleton, IMAGE_SIZE)
    for name, value in (("threads", threads), ("repeats", repeats)):
        if value is not None and value < 1:
            raise InputError(f"{name} must be at least 1, got {value}")
    if not 0 < repeat_s < float("inf"):
        raise InputError(f"repeat_s must be a positive number of seconds, got {repeat_s}")
