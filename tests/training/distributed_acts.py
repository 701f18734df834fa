"""What the processes of `test_distributed.py` do; a process of its own imports this and little else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Interrupted, Trainer
from nasbench_pytorch.training.loop import restarts as restarts_module
from tests.golden.goldens import batch, golden_cell
from tests.golden.runs import CELLS_AND_RUNS, RUNS, record_run, run_errors
from tests.training.tiny import tiny_recipe, train_tiny

if TYPE_CHECKING:
    from nasbench_pytorch.training.runtime.process_group import World

# Without the largest of the three, which takes longer than all the rest.
TWO_SHARD_CELLS = [name for name, run in CELLS_AND_RUNS if run == "shard2" and name != "best_nasbench"]
STOP_STEP = 7


def golden_steps(world: World, folder: Path) -> dict[str, Any]:
    """Ten steps in float64; errors against the original's two TPU shards."""
    result = {}
    for name in TWO_SHARD_CELLS:
        cell, run = golden_cell(name), RUNS["shard2"]
        record = record_run(cell, run, change=lambda trainer: setattr(trainer, "world", world))
        result[name] = record.losses, record.variables[10], run_errors(cell, run, record) if world.rank == 0 else []
    return result


def first_float32_step(world: World, folder: Path) -> tuple[float, list[torch.Tensor]]:
    network = golden_cell("inception_readme").build(dtype=torch.float32)
    trainer = Trainer(network, RUNS["shard2"].recipe, 10, world=world)
    loss = trainer.step(*batch(0, torch.float32)).loss.item()
    return loss, [parameter.grad for parameter in network.parameters()]


def whole_run(world: World, folder: Path) -> Any:
    run = train_tiny(out=folder / "whole" if world.rank == 0 else folder / "never", world=world)
    assert run.network is not None
    return run.result, run.network.state_dict()


def restarts(world: World, folder: Path) -> Any:
    recipe = tiny_recipe(learning_rate=1e30, zero_rate_first_step=False, max_attempts=2)
    result = train_tiny(recipe, world=world).result
    return result.status, result.attempts


def stopped_run(world: World, folder: Path) -> Any:
    """The second process alone gets a signal, in the middle of a step."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == STOP_STEP and world.rank == 1:
            signal.raise_signal(signal.SIGTERM)
        return result

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted) as stop:
        patch.setattr(Trainer, "step", step)
        train_tiny(out=folder / "parts", world=world, prefetch=True)
    if world.rank == 0:
        os.link(folder / "parts" / "checkpoint.pt", folder / "copy.pt")
    return str(stop.value), stop.value.signal_number


def resumed_run(world: World, folder: Path) -> Any:
    run = train_tiny(out=folder / "parts", resume=True, world=world)
    assert run.network is not None
    return run.network.state_dict()


def refusals(world: World, folder: Path) -> dict[str, InputError]:
    """Errors that all processes make, and errors of one of them."""
    (folder / "used").mkdir(exist_ok=True)
    (folder / "used" / "results.json").touch()

    def one_fails(rank: int) -> None:
        with world.agreed():
            if world.rank == rank:
                raise InputError("no such file")

    acts: dict[str, Any] = {
        "shards": lambda: train_tiny(tiny_recipe(batch_norm_shards=1), world=world, out=folder / "refused"),
        "folder": lambda: train_tiny(world=world, out=folder / "used"),
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


def full_disk(world: World, folder: Path) -> None:
    """The first process alone fails, in the middle of a training."""

    def save(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restarts_module, "save_checkpoint", save)
        train_tiny(world=world, out=folder / "full")


def silence(world: World, folder: Path) -> None:
    """The second process does not answer, until the first one has given up."""
    if world.rank == 1:
        while not (folder / "given up").exists():
            time.sleep(0.05)
        return
    try:
        world.all_reduce_max(1.0)
    finally:
        (folder / "given up").touch()


def death(world: World, folder: Path) -> None:
    """The second process is killed in the middle of a training."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        if self.steps_done == STOP_STEP and world.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return take_step(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        train_tiny(world=world, out=folder / "death")


_LIMIT_S = 100.0
ACTS: dict[str, tuple[Any, float]] = {
    "golden_steps": (golden_steps, _LIMIT_S),
    "first_float32_step": (first_float32_step, _LIMIT_S),
    "whole_run": (whole_run, _LIMIT_S),
    "restarts": (restarts, _LIMIT_S),
    "stopped_run": (stopped_run, _LIMIT_S),
    "resumed_run": (resumed_run, _LIMIT_S),
    "refusals": (refusals, _LIMIT_S),
    "full_disk": (full_disk, _LIMIT_S),
    "silence": (silence, 3.0),
    "death": (death, _LIMIT_S),
}
"""What two processes do one after the other, with time limits; the last act ends one of them."""
