"""Restarts of a training with new weights after a NaN loss."""

from __future__ import annotations

import torch

from nasbench_pytorch.model.network import Network
from nasbench_pytorch.records import RunStatus
from nasbench_pytorch.training.loop.attempt import Attempt, NanLossError
from nasbench_pytorch.training.loop.optimizer_slots import restore_slots
from nasbench_pytorch.training.loop.seeds import WEIGHTS_STREAM, derived_seed
from nasbench_pytorch.training.loop.step import Trainer
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpointer import Checkpointer
from nasbench_pytorch.training.output.checkpoints import Checkpoint, TrainingState, fitting_checkpoint
from nasbench_pytorch.training.output.reporters import Reporter
from nasbench_pytorch.training.runtime.interrupts import stop_on_signals
from nasbench_pytorch.training.task import Execution, Task


def train_with_restarts(
    task: Task,
    execution: Execution,
    saved: Checkpoint | None,
    state: TrainingState,
    checkpointer: Checkpointer,
    reporter: Reporter,
) -> tuple[Network, RunStatus]:
    """Train, and restart with new weights after a NaN loss, up to the recipe's `max_attempts`.

    Args:
        task: what to train; its data lie on the device that trains.
        execution: how to train.
        saved: checkpoint to continue from; None starts with the first attempt.
        state: progress of the training, updated while it runs.
        checkpointer: writes the checkpoints.
        reporter: shows progress.

    Returns:
        The network of the last attempt and its status.

    Raises:
        Interrupted: a signal asked to stop; the state is saved.
    """
    attempts = task.recipe.max_attempts
    with stop_on_signals() as stop:
        while True:
            network = _initial_network(task, state.attempt, saved)
            trainer = _trainer(network, task, execution)
            if saved is not None:
                with fitting_checkpoint():
                    restore_slots(trainer.optimizer, saved.optimizer)
                trainer.steps_done = state.step
            attempt = Attempt(trainer, task, state, checkpointer, reporter, stop, prefetch=execution.prefetch)
            if saved is not None:
                with fitting_checkpoint():
                    attempt.check_state()
                saved = None
            try:
                return network, attempt.run()
            except NanLossError:
                reporter.note(
                    f"attempt {state.attempt} of {attempts}: the loss is NaN or infinite at step {state.step}"
                )
            if state.attempt >= attempts:
                return network, "failed"
            state.begin_next_attempt()


def _initial_network(task: Task, attempt: int, saved: Checkpoint | None) -> Network:
    """Build the attempt's network on the device of the data, with its initial or saved weights."""
    network = build_network(task.spec, task.skeleton, task.recipe)
    network.reset_parameters(torch.Generator().manual_seed(derived_seed(task.seed, attempt, WEIGHTS_STREAM)))
    if task.initial_weights is not None:
        network.load_state_dict(task.initial_weights)
    if saved is not None:
        with fitting_checkpoint():
            network.load_state_dict(saved.network)
    device = task.data.train.images.device
    return network.to(device=device).fast_()


def _trainer(network: Network, task: Task, execution: Execution) -> Trainer:
    num_images = len(task.data.train)
    return Trainer(
        network,
        task.recipe,
        task.recipe.total_steps(num_images),
        steps_per_epoch=-(-num_images // task.recipe.batch_size),
        compile=execution.compile,
        process_group=execution.process_group,
    )
