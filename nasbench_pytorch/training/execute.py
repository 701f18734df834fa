"""The stages of one training: check, prepare, train, write."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import torch

from nasbench_pytorch.records import RunResult, RunStatus
from nasbench_pytorch.space.spec import hash_or_none
from nasbench_pytorch.training.loop.restarts import train_with_restarts
from nasbench_pytorch.training.loop.sample_metrics import measure_sample
from nasbench_pytorch.training.loop.step import check_shards
from nasbench_pytorch.training.output.checkpointer import Checkpointer
from nasbench_pytorch.training.output.checkpoints import TrainingState
from nasbench_pytorch.training.output.reporters import ProgressStyle, Reporter, make_reporter
from nasbench_pytorch.training.output.run_folder import Run, RunFolder
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.compilation import check_compilation
from nasbench_pytorch.training.runtime.device import (
    ResolvedPrecision,
    apply_precision,
    describe_environment,
    resolve_precision,
    set_threads,
)
from nasbench_pytorch.training.runtime.join import device_of
from nasbench_pytorch.training.task import Execution, Output, Task

if TYPE_CHECKING:
    from nasbench_pytorch.training.recipe import Recipe


def run_task(
    task: Task,
    execution: Execution | None = None,
    output: Output | None = None,
    reporter: ProgressStyle | Reporter = "auto",
) -> Run:
    """Train and evaluate one task; see `run_training`."""
    execution, output = execution or Execution(), output or Output()
    group, identity = execution.process_group, task.identity()
    set_threads(execution.threads)
    folder = RunFolder(output.folder) if output.folder is not None and group.rank == 0 else None
    with group.same_error_everywhere():
        task.check()
        check_shards(task.recipe, group)
        device, precision = _prepare_device(execution, task.recipe)
        saved = None if folder is None else folder.begin(identity, output)
    saved = group.broadcast_object(saved)
    state = saved.state if saved else TrainingState()
    checkpointer = Checkpointer(folder, identity, output.checkpoint_interval_s, state.earlier_time_s)
    total_steps = task.recipe.total_steps(len(task.data.train))
    task = dataclasses.replace(task, data=task.data.to(device))
    with (
        contextlib.closing(make_reporter(reporter if group.rank == 0 else "none", total_steps)) as active_reporter,
        memory_kept_for_reuse(device),
    ):
        network, status = train_with_restarts(task, execution, saved, state, checkpointer, active_reporter)
    environment = describe_environment(device, precision)
    environment |= {"processes": group.size, "compiled": execution.compile}
    parameters = sum(p.numel() for p in network.parameters())
    result = _result(task, state, status, parameters, checkpointer.total_time_s(), environment)
    run = Run(None if status == "failed" else network.eval(), result)
    if folder is not None:
        _write(folder, run, task, output, state)
    network.plain_()
    return run


def _prepare_device(execution: Execution, recipe: Recipe) -> tuple[torch.device, ResolvedPrecision]:
    """Choose device and precision, and switch the device to that precision."""
    device = device_of(execution.process_group, execution.device)
    precision = resolve_precision(recipe.precision, device)
    apply_precision(precision, device)
    if execution.compile:
        check_compilation(device)
    return device, precision


def _result(
    task: Task,
    state: TrainingState,
    status: RunStatus,
    trainable_parameters: int,
    total_time_s: float,
    environment: dict[str, Any],
) -> RunResult:
    return RunResult(
        spec=task.spec.to_dict(),
        hash=hash_or_none(task.spec),
        skeleton=dict(vars(task.skeleton)),
        recipe=task.recipe.to_dict(),
        data=task.describe_data(),
        seed=task.seed,
        status=status,
        trainable_parameters=trainable_parameters,
        evaluations=state.evaluations,
        attempts=state.attempt,
        training_time_s=state.training_time_s,
        total_time_s=total_time_s,
        environment=environment,
    )


def _write(folder: RunFolder, run: Run, task: Task, output: Output, state: TrainingState) -> None:
    if output.checkpoints_only:
        # Write the history again: a kill between the last checkpoint and its history loses the last lines.
        folder.write_history(state.history)
        return
    if output.with_sample_metrics and run.network is not None:
        folder.write_sample_metrics(measure_sample(run.network, task))
    folder.finish(run.network, run.result, state.history)
