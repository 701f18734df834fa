"""Acts of the processes in `test_distributed.py`, in a module that a new process imports quickly."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, Trainer
from nasbench_pytorch.training.output import checkpointer
from nasbench_pytorch.training.runtime.distributed import DistributedProcessGroup
from tests.golden.goldens import batch, golden_cell
from tests.golden.runs import CELLS_AND_RUNS, RUNS, record_run, run_errors
from tests.helpers.tiny_training import tiny_recipe, train_tiny

if TYPE_CHECKING:
    from nasbench_pytorch.training.runtime.process_group import ProcessGroup

# The largest of the three takes longer than all other acts.
TWO_SHARD_CELLS = [name for name, run in CELLS_AND_RUNS if run == "shard2" and name != "best_nasbench"]
STOP_STEP = 7
_LIMIT_S = 100.0
SILENCE_S = 5.0
"""Wait for a process that does not answer; both must have joined the group within this time."""


def golden_steps(group: ProcessGroup, folder: Path) -> dict[str, Any]:
    """Take ten steps in float64, and compare with the original's two TPU shards."""
    result = {}
    for name in TWO_SHARD_CELLS:
        cell, run = golden_cell(name), RUNS["shard2"]
        record = record_run(cell, run, change=lambda trainer: setattr(trainer, "process_group", group))
        result[name] = record.losses, record.variables[10], run_errors(cell, run, record) if group.rank == 0 else []
    return result


def first_float32_step(group: ProcessGroup, folder: Path) -> tuple[float, list[torch.Tensor]]:
    network = golden_cell("inception_readme").build(dtype=torch.float32)
    trainer = Trainer(network, RUNS["shard2"].recipe, 10, process_group=group)
    loss = trainer.step(*batch(0, torch.float32)).loss.item()
    return loss, [parameter.grad for parameter in network.parameters() if parameter.grad is not None]


def whole_run(group: ProcessGroup, folder: Path) -> Any:
    run = train_tiny(out=folder / "whole" if group.rank == 0 else folder / "never", world=group)
    assert run.network is not None
    return run.result, run.network.state_dict()


def restarts(group: ProcessGroup, folder: Path) -> Any:
    recipe = tiny_recipe(learning_rate=1e30, zero_rate_first_step=False, max_attempts=2)
    result = train_tiny(recipe, world=group).result
    return result.status, result.attempts


def stopped_run(group: ProcessGroup, folder: Path) -> Any:
    """Send a signal to the second process only, in the middle of a step."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == STOP_STEP and group.rank == 1:
            signal.raise_signal(signal.SIGTERM)
        return result

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted) as stop:
        patch.setattr(Trainer, "step", step)
        train_tiny(out=folder / "parts", world=group, prefetch=True)
    if group.rank == 0:
        os.link(folder / "parts" / "checkpoint.pt", folder / "copy.pt")
    return str(stop.value), stop.value.signal_number


def resumed_run(group: ProcessGroup, folder: Path) -> Any:
    run = train_tiny(out=folder / "parts", resume=True, world=group)
    assert run.network is not None
    return run.network.state_dict()


def refusals(group: ProcessGroup, folder: Path) -> dict[str, InputError]:
    """Raise errors in all processes, and in one of them."""
    (folder / "used").mkdir(exist_ok=True)
    (folder / "used" / "results.json").touch()

    def one_fails(rank: int) -> None:
        with group.same_error_everywhere():
            if group.rank == rank:
                raise InputError("no such file")

    acts: dict[str, Any] = {
        "shards": lambda: train_tiny(tiny_recipe(batch_norm_shards=1), world=group, out=folder / "refused"),
        "folder": lambda: train_tiny(world=group, out=folder / "used"),
        "rank 0": lambda: one_fails(0),
        "rank 1": lambda: one_fails(1),
    }
    result = {}
    for name, act in acts.items():
        with pytest.raises(InputError) as error:
            act()
        result[name] = error.value.with_traceback(None)
        error.value.__cause__ = error.value.__context__ = None
    return result


def full_disk(group: ProcessGroup, folder: Path) -> None:
    """Fail in the first process only, in the middle of a training."""

    def save(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpointer, "save_checkpoint", save)
        train_tiny(world=group, out=folder / "full")


def silence(group: ProcessGroup, folder: Path) -> None:
    """Let the second process not answer until the first one has given up."""
    assert isinstance(group, DistributedProcessGroup)
    if group.rank == 1:
        group._store.wait(["given up"], timedelta(seconds=_LIMIT_S))
        return
    try:
        group.all_reduce_max(1.0)
    finally:
        group._store.set("given up", "")


def death(group: ProcessGroup, folder: Path) -> None:
    """Kill the second process in the middle of a training."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        if self.steps_done == STOP_STEP and group.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return take_step(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        train_tiny(world=group, out=folder / "death")


ACTS: dict[str, tuple[Any, float]] = {
    "golden_steps": (golden_steps, _LIMIT_S),
    "first_float32_step": (first_float32_step, _LIMIT_S),
    "whole_run": (whole_run, _LIMIT_S),
    "restarts": (restarts, _LIMIT_S),
    "stopped_run": (stopped_run, _LIMIT_S),
    "resumed_run": (resumed_run, _LIMIT_S),
    "refusals": (refusals, _LIMIT_S),
    "full_disk": (full_disk, _LIMIT_S),
    "silence": (silence, SILENCE_S),
    "death": (death, _LIMIT_S),
}
"""Acts in their order, with time limits; the last act ends one of the two processes."""
