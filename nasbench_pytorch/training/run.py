"""A whole training: from a cell and images to a result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nasbench_pytorch.records import RunResult
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec, hash_or_none
from nasbench_pytorch.training.loop.restarts import Session
from nasbench_pytorch.training.loop.step import check_shards
from nasbench_pytorch.training.network import build_network, identity
from nasbench_pytorch.training.output.checkpoints import TrainingState, check_identity, load_checkpoint
from nasbench_pytorch.training.output.reporters import ProgressStyle, Reporter, SilentReporter, make_reporter
from nasbench_pytorch.training.output.run_folder import Run, RunFolder
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.compilation import check_compilation
from nasbench_pytorch.training.runtime.device import (
    apply_precision,
    describe_environment,
    resolve_precision,
    set_threads,
)
from nasbench_pytorch.training.runtime.distributed import device_of
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, World
from nasbench_pytorch.training.task import Execution, Task, check_data

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData


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
    world: World = SINGLE_PROCESS,
) -> Run:
    """Train a cell's network by a recipe and evaluate it at the recipe's points.

    The same arguments give the same result, bit for bit on a CPU with the same number of threads, whether or not the
    training was stopped and resumed between. The initial weights are drawn on the CPU, so they do not depend on the
    device.

    Args:
        spec: the cell.
        data: images, split as the recipe says; see `load_data`.
        recipe: NAS-Bench-101's if None.
        skeleton: the network around the cell.
        seed: decides initial weights, shuffling, crops and flips.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, …
        threads: CPU threads for torch; None leaves torch's setting.
        out: folder for results.json, history.jsonl (every ten steps: step, epochs, mean loss, learning_rate,
            images_per_s, training_time_s), weights.safetensors, curve.png and, while unfinished, checkpoint.pt; None
            writes nothing.
        resume: continue from the checkpoint in `out`.
        overwrite: replace what `out` holds.
        checkpoints_only: keep nothing in `out` but what is needed to go on (checkpoint.pt) and history.jsonl, also
            at the end, so that who keeps results elsewhere can have this one again until it is safe there.
        with_sample_metrics: also measure the trained network on the 100 sample images (sample_metrics.json).
        progress: how to show it, on stderr, or an object of one's own that is told.
        checkpoint_interval_s: seconds between checkpoints; there is one after every evaluation as well.
        initial_weights: a `state_dict` to begin every attempt from, instead of weights drawn by the seed.
        compile: run the network through torch.compile: minutes before the first step, outside `training_time_s`, and
            results that differ by rounding.
        prefetch: prepare the next batch while one trains: a thread on a CPU, a stream on CUDA; the same results.
        world: the processes that train this one network together, see `join_world`; every one calls this function
            with the same arguments, the first one alone reads and writes files and shows progress, and all return
            the same network and result. The shards of the batch are divided among them, with the same results.

    Returns:
        The trained network in evaluation mode and the result. After `max_attempts` NaN losses the result's status is
        `failed` and the network None; after `train_seconds` it is `truncated`.

    Raises:
        InputError: the arguments do not fit together, the folder is not free, or another process was lost.
        Interrupted: SIGINT or SIGTERM; with `out` the state is saved and `resume` continues.
        OSError: the folder cannot be written.
    """
    recipe = recipe or Recipe()
    set_threads(threads)
    folder = RunFolder(out) if out is not None and world.rank == 0 else None
    saved: dict[str, Any] | None = None
    with world.agreed():
        _check(spec, recipe, skeleton, data)
        check_shards(recipe, world)
        target = device_of(world, device)
        precision = resolve_precision(recipe.precision, target)
        apply_precision(precision, target)
        if compile:
            check_compilation(target)
        facts = _data_facts(data)
        own_identity = identity(spec, skeleton, recipe, seed, facts, initial_weights)
        if folder is not None:
            if resume and folder.checkpoint.exists():
                saved = load_checkpoint(folder.checkpoint)
                check_identity(folder.checkpoint, saved["identity"], own_identity)
            folder.prepare(resume=resume, overwrite=overwrite)
    saved = world.broadcast_object(saved)

    state: TrainingState = saved["progress"] if saved else TrainingState()
    if world.rank > 0:
        reporter: Reporter = SilentReporter()
    elif isinstance(progress, str):
        reporter = make_reporter(progress, recipe.total_steps(len(data.train)))
    else:
        reporter = progress
    training = Session(
        Task(spec, skeleton, recipe, seed, data.to(target), initial_weights),
        Execution(target, compile, prefetch, world, checkpoint_interval_s),
        folder,
        own_identity,
        state,
        reporter,
    )
    try:
        with memory_kept_for_reuse(target):
            network, status = training.run(saved)
    finally:
        reporter.close()
    result = RunResult(
        spec=spec.to_dict(),
        hash=hash_or_none(spec),
        skeleton=dict(vars(skeleton)),
        recipe=recipe.to_dict(),
        data=facts,
        seed=seed,
        status=status,
        trainable_parameters=sum(p.numel() for p in network.parameters()),
        evaluations=state.evaluations,
        attempts=state.attempt,
        training_time_s=state.training_time_s,
        total_time_s=training.total_time_s(),
        environment=describe_environment(target, precision) | {"processes": world.size, "compiled": compile},
    )
    if folder is not None and checkpoints_only:
        # Again, since a kill between the last checkpoint and its history leaves one without its end.
        folder.write_history(state.history)
    elif folder is not None:
        if with_sample_metrics and status != "failed":
            training.write_sample_metrics(network)
        folder.finish(None if status == "failed" else network, result, state.history)
    return Run(None if status == "failed" else network.eval(), result)


def _check(spec: ModelSpec, recipe: Recipe, skeleton: Skeleton, data: ImageData) -> None:
    """Refuse what cannot be trained, before anything is written."""
    with torch.device("meta"):
        build_network(spec, skeleton, recipe)
    check_data(recipe, skeleton, data)


def _data_facts(data: ImageData) -> dict[str, Any]:
    return {
        "name": data.name,
        "source": data.source,
        "train_images": len(data.train),
        "train_evaluation_images": len(data.train_eval),
        "validation_images": len(data.validation),
        "test_images": len(data.test),
    }
