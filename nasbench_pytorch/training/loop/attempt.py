"""One training from its first step to its last, with the evaluations in between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from nasbench_pytorch.records import RunStatus, check_accuracies
from nasbench_pytorch.training.loop.data import training_batches
from nasbench_pytorch.training.loop.evaluation import evaluate_all
from nasbench_pytorch.training.loop.prefetch import BatchSource, batch_source
from nasbench_pytorch.training.loop.seeds import BATCHES_STREAM, derived_seed
from nasbench_pytorch.training.loop.step import Trainer
from nasbench_pytorch.training.output.checkpointer import Checkpointer
from nasbench_pytorch.training.output.checkpoints import TrainingState
from nasbench_pytorch.training.output.reporters import Reporter
from nasbench_pytorch.training.runtime.device import sum_dtype, synchronize
from nasbench_pytorch.training.runtime.interrupts import Interrupted, StopRequest
from nasbench_pytorch.training.task import Task

# Reading the loss waits for the device, so the loop reads it once for several steps.
STEPS_BETWEEN_READS = 10


class NanLossError(Exception):
    """The loss is NaN or infinite."""


def evaluation_steps(recipe_points: tuple[float, ...], steps_at: Callable[[float], int]) -> list[int]:
    """Return the steps after which the network is evaluated, ascending; point 0 is after the first step."""
    return [max(1, steps_at(point)) for point in recipe_points]


class Attempt:
    """One try of a training with one set of initial weights, from the state's step to the end.

    Args:
        trainer: network, optimiser and process group, at the same step as `state`.
        task: what to train, by the trainer's recipe; its data lie on the network's device.
        state: progress of the training, updated while it runs.
        checkpointer: writes the checkpoints.
        reporter: shows progress.
        stop: checked before every step; a signal to one process stops all of them after the same step.
        prefetch: prepare the next batch during the current step.
    """

    def __init__(
        self,
        trainer: Trainer,
        task: Task,
        state: TrainingState,
        checkpointer: Checkpointer,
        reporter: Reporter,
        stop: StopRequest,
        *,
        prefetch: bool = False,
    ) -> None:
        self.trainer = trainer
        self.process_group = trainer.process_group
        self.recipe = trainer.recipe
        self.data = task.data
        self.state = state
        self.checkpointer = checkpointer
        self.reporter = reporter
        self.stop = stop
        self.prefetch = prefetch
        self._signal_number = 0
        self.ends = evaluation_steps(
            self.recipe.evaluation_points, lambda point: self.recipe.steps_at(point, len(self.data.train))
        )
        weight = next(trainer.network.parameters())
        self.device = weight.device
        seed = derived_seed(task.seed, state.attempt, BATCHES_STREAM)
        self.batches = training_batches(self.data.train, self.recipe, seed, weight.dtype)

    def check_state(self) -> None:
        """Check that the state, from a checkpoint, can be one of this training.

        Raises:
            ValueError: a number is out of range, or the evaluations do not belong to the step.
        """
        state = self.state
        if not 1 <= state.attempt <= self.recipe.max_attempts:
            raise ValueError(f"attempt {state.attempt} of {self.recipe.max_attempts}")
        done, ends = len(state.evaluations), [0, *self.ends]
        if done > len(self.ends) or not ends[done] <= state.step <= self.ends[min(done, len(self.ends) - 1)]:
            raise ValueError(f"step {state.step} after {done} evaluations")
        if not 0 <= state.loss_count <= state.step or not math.isfinite(state.loss_sum):
            raise ValueError(f"a sum of {state.loss_sum} over {state.loss_count} losses")
        for name in ("training_time_s", "earlier_time_s"):
            if not 0 <= getattr(state, name) < math.inf:
                raise ValueError(f"{name} is {getattr(state, name)}")
        for number, evaluation in enumerate(state.evaluations):
            check_accuracies(evaluation, f"evaluations[{number}]")

    def run(self) -> RunStatus:
        """Train to the end, or to the time limit.

        Raises:
            NanLossError: the loss became NaN or infinite.
            Interrupted: a signal asked to stop; the state is saved.
        """
        self._warm_up()
        with batch_source(self.batches, ahead=self.prefetch) as source:
            while len(self.state.evaluations) < len(self.ends):
                segment = len(self.state.evaluations)
                if not self._train_segment(segment, source):
                    self._evaluate(self._epochs())
                    return "truncated"
                self._evaluate(self.recipe.evaluation_points[segment] * self.recipe.epochs)
                self.save()
        return "complete"

    def _warm_up(self) -> None:
        """Pay the one-off costs of a first step: paged-in memory, CUDA libraries, compilation."""
        self.trainer.warm_up(*self.batches.batch(0, 0))
        synchronize(self.device)

    def save(self) -> None:
        """Write a checkpoint of the current state."""
        self.checkpointer.save(self.state, self.trainer)

    def _train_segment(self, segment: int, source: BatchSource) -> bool:
        """Train to the segment's end; return False if the time limit came first."""
        while self.state.step < self.ends[segment]:
            if self._out_of_time():
                return False
            self._train(segment, min(self.ends[segment], self._next_read()), source)
            if self._signal_number:
                with self.process_group.same_error_everywhere():  # torchrun ends every process when the first exits
                    self.save()
                raise Interrupted(f"stopped after step {self.state.step}", self._signal_number)
            self.checkpointer.save_if_due(self.state, self.trainer)
        return True

    def _agree(self, training_time_s: float) -> float:
        """Share signals and training time among the processes; return the longest time, which all of them use."""
        number, agreed_s = self.process_group.all_reduce_max(self.stop.signal_number or 0, training_time_s)
        self._signal_number = int(number)
        return agreed_s

    def _next_read(self) -> int:
        return (self.state.step // STEPS_BETWEEN_READS + 1) * STEPS_BETWEEN_READS

    def _out_of_time(self) -> bool:
        limit = self.recipe.train_seconds
        return limit is not None and self.state.training_time_s >= limit

    def _epochs(self) -> float:
        return self.state.step / self.trainer.total_steps * self.recipe.epochs

    def _train(self, segment: int, end: int, source: BatchSource) -> None:
        """Take the segment's steps up to `end`, or fewer after a signal; then read and record the loss."""
        began_s = time.monotonic()
        first = self.state.step
        start = self.ends[segment - 1] if segment else 0
        loss_sum = torch.zeros((), dtype=sum_dtype(self.device), device=self.device)
        rate, images = 0.0, 0
        while self.state.step < end:
            elapsed_s = self._agree(self.state.training_time_s + time.monotonic() - began_s)
            if self._signal_number:
                break
            more = self.state.step + 1 < self.ends[segment]
            batch, labels = source(segment, self.state.step - start, more)
            result = self.trainer.step(batch, labels, elapsed_s)
            loss_sum += result.loss
            rate = result.learning_rate
            images += len(labels)
            self.state.step += 1
        synchronize(self.device)
        before_s = self.state.training_time_s
        self.state.training_time_s = self._agree(before_s + time.monotonic() - began_s)
        elapsed_s = self.state.training_time_s - before_s
        self.state.loss_sum += loss_sum.item()
        self.state.loss_count += self.state.step - first
        if not math.isfinite(self.state.loss_sum):
            raise NanLossError
        if self.state.step == end:
            self._record(rate, images / max(elapsed_s, 1e-9))

    def _record(self, rate: float, images_per_s: float) -> None:
        """Add a line to the history and report it."""
        state = self.state
        loss = state.loss_sum / state.loss_count
        state.loss_sum, state.loss_count = 0.0, 0
        state.history.append(
            {
                "step": state.step,
                "epochs": self._epochs(),
                "loss": loss,
                "learning_rate": rate,
                "images_per_s": images_per_s,
                "training_time_s": state.training_time_s,
            }
        )
        self.reporter.step(state.step, loss, rate, images_per_s)

    def _evaluate(self, epochs: float) -> None:
        self.reporter.evaluating()
        self.process_group.broadcast(list(self.trainer.network.buffers()))
        evaluation = evaluate_all(
            self.trainer.network,
            self.data,
            self.recipe,
            epochs=epochs,
            steps=self.state.step,
            training_time_s=self.state.training_time_s,
            bfloat16=self.recipe.precision == "bfloat16",
            process_group=self.process_group,
        )
        self.state.evaluations.append(evaluation)
        self.reporter.evaluated(evaluation)
