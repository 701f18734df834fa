"""`run_training`: the public way to train a network."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

from torch import Tensor

from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.training.execute import run_task
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup
from nasbench_pytorch.training.task import Execution, Output, Task

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.space.spec import ModelSpec
    from nasbench_pytorch.training.output.reporters import ProgressStyle, Reporter
    from nasbench_pytorch.training.output.run_folder import Run


def _run_flat(  # noqa: PLR0913 - the documented keywords of run_training
    spec: ModelSpec,
    data: ImageData,
    recipe: Recipe | None = None,
    *,
    skeleton: Skeleton = NASBENCH101_SKELETON,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    checkpoints_only: bool = False,
    with_sample_metrics: bool = False,
    progress: ProgressStyle | Reporter = "auto",
    checkpoint_interval_s: float = 120.0,
    initial_weights: Mapping[str, Tensor] | None = None,
    compile: bool = False,
    prefetch: bool = False,
    world: ProcessGroup = SINGLE_PROCESS,
) -> Run:
    return run_task(
        Task(spec, data, recipe or Recipe(), skeleton, seed, initial_weights),
        Execution(device, threads, compile, prefetch, world),
        Output(out, resume, overwrite, checkpoints_only, with_sample_metrics, checkpoint_interval_s),
        progress,
    )


@overload
def run_training(
    task: Task,
    execution: Execution | None = None,
    output: Output | None = None,
    reporter: ProgressStyle | Reporter = "auto",
) -> Run: ...
@overload
def run_training(
    spec: ModelSpec,
    data: ImageData,
    recipe: Recipe | None = None,
    *,
    skeleton: Skeleton = NASBENCH101_SKELETON,
    seed: int = 0,
    device: str = "auto",
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    checkpoints_only: bool = False,
    with_sample_metrics: bool = False,
    progress: ProgressStyle | Reporter = "auto",
    checkpoint_interval_s: float = 120.0,
    initial_weights: Mapping[str, Tensor] | None = None,
    compile: bool = False,
    prefetch: bool = False,
    world: ProcessGroup = SINGLE_PROCESS,
) -> Run: ...
@functools.wraps(_run_flat, assigned=())  # help() and notebooks show the keywords
def run_training(*arguments: Any, **settings: Any) -> Run:
    """Train a cell's network by a recipe and evaluate it at the recipe's points.

    The same arguments give the same result, bit for bit on a CPU with the same number of threads, whether or not the
    training was stopped and resumed in between. Initial weights are drawn on the CPU, so they do not depend on the
    device.

    There are two forms: `run_training(task, execution, output, reporter)` takes the records `Task`, `Execution` and
    `Output`, whose attributes are described there; `run_training(spec, data, recipe, …)` takes the same settings as
    keywords, which are listed here.

    Args:
        spec: cell to train.
        data: images, split as the recipe says; see `load_data`.
        recipe: how to train; None means NAS-Bench-101's.
        skeleton: see `Task`.
        seed: see `Task`.
        initial_weights: see `Task`.
        device: see `Execution`.
        threads: see `Execution`.
        compile: see `Execution`.
        prefetch: see `Execution`.
        world: the `process_group` of `Execution`. Every process calls this function with the same arguments and
            returns the same network and result. Only the first one reads and writes files and shows progress. The
            processes divide the batch's shards, with the same results as one process.
        out: the `folder` of `Output`.
        resume: see `Output`.
        overwrite: see `Output`.
        checkpoints_only: see `Output`.
        with_sample_metrics: see `Output`.
        checkpoint_interval_s: see `Output`.
        progress: how to show progress on stderr, or a `Reporter`; the first form calls it `reporter`.

    Returns:
        The trained network in evaluation mode and the result. After `max_attempts` NaN losses the result's status is
        `failed` and the network None; after `train_seconds` the status is `truncated`.

    Raises:
        InputError: the arguments do not fit together, the folder is not free, or another process was lost.
        Interrupted: SIGINT or SIGTERM arrived. With a folder the state is saved, and `resume` continues.
        OSError: the folder cannot be written.
    """
    first = arguments[0] if arguments else settings.get("task")
    return run_task(*arguments, **settings) if isinstance(first, Task) else _run_flat(*arguments, **settings)
