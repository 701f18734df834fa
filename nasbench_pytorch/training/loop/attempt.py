"""One training from its first step to its last, with the evaluations between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.records import RunStatus
from nasbench_pytorch.training.loop.data import training_batches
from nasbench_pytorch.training.loop.evaluation import evaluate_all
from nasbench_pytorch.training.loop.prefetch import BatchSource, batch_source
from nasbench_pytorch.training.loop.step import Trainer
from nasbench_pytorch.training.output.checkpoints import TrainingState
from nasbench_pytorch.training.output.reporters import Reporter
from nasbench_pytorch.training.runtime.device import sum_dtype, synchronize
from nasbench_pytorch.training.runtime.interrupts import Interrupted, StopRequest

# Reading the loss waits for the device, so it happens once for so many steps.
STEPS_BETWEEN_READS = 10


class NanLossError(Exception):
    """The loss is no longer a number."""


def evaluation_steps(recipe_points: tuple[float, ...], steps_at: Callable[[float], int]) -> list[int]:
    """Steps after which the network is evaluated, ascending; point 0 is after the first step."""
    return [max(1, steps_at(point)) for point in recipe_points]


class Attempt:
    """Trains from where `progress` is to the end.

    Args:
        trainer: holds network, optimiser, recipe and the processes that train together; at the same step as
            `progress`.
        data: on the network's device.
        seed: decides the batches.
        progress: updated as the training goes.
        reporter: is told.
        stop: looked at before every step; a signal to one process stops all of them after the same step.
        save: called to write a checkpoint, with `training_time_s` up to date.
        checkpoint_interval_s: seconds between such calls.
        prefetch: prepare the next batch while one trains.
    """

    def __init__(
        self,
        trainer: Trainer,
        data: ImageData,
        seed: int,
        progress: TrainingState,
        reporter: Reporter,
        stop: StopRequest,
        save: Callable[[], None],
        checkpoint_interval_s: float,
        prefetch: bool = False,
    ) -> None:
        self.trainer = trainer
        self.world = trainer.world
        self.recipe = trainer.recipe
        self.data = data
        self.state = progress
        self.reporter = reporter
        self.stop = stop
        self.save = save
        self.checkpoint_interval_s = checkpoint_interval_s
        self.prefetch = prefetch
        self._signal_number = 0
        self.ends = evaluation_steps(
            self.recipe.evaluation_points, lambda point: self.recipe.steps_at(point, len(data.train))
        )
        weight = next(trainer.network.parameters())
        self.device = weight.device
        self.batches = training_batches(data.train, self.recipe, seed, weight.dtype)

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
        """A first step's one-off costs: memory to be paged in, a CUDA device's libraries, compilation."""
        self.trainer.warm_up(*self.batches.batch(0, 0))
        synchronize(self.device)

    def _train_segment(self, segment: int, source: BatchSource) -> bool:
        """Steps up to the segment's end; False where the time limit came first."""
        saved_at_s = time.monotonic()
        while self.state.step < self.ends[segment]:
            if self._out_of_time():
                return False
            self._train(segment, min(self.ends[segment], self._next_read()), source)
            if self._signal_number:
                with self.world.agreed():  # torchrun ends everybody when the first one leaves
                    self.save()
                raise Interrupted(f"stopped after step {self.state.step}", self._signal_number)
            if time.monotonic() - saved_at_s >= self.checkpoint_interval_s:
                self.save()
                saved_at_s = time.monotonic()
        return True

    def _agree(self, training_time_s: float) -> float:
        """Hear of a signal to any of the processes; returns the time that they all go by, the longest."""
        number, agreed_s = self.world.all_reduce_max(self.stop.signal_number or 0, training_time_s)
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
        """Steps of one segment up to `end`, fewer if asked to stop; then the loss is read and noted."""
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
            self._note(rate, images / max(elapsed_s, 1e-9))

    def _note(self, rate: float, images_per_s: float) -> None:
        progress = self.state
        loss = progress.loss_sum / progress.loss_count
        progress.loss_sum, progress.loss_count = 0.0, 0
        progress.history.append(
            {
                "step": progress.step,
                "epochs": self._epochs(),
                "loss": loss,
                "learning_rate": rate,
                "images_per_s": images_per_s,
                "training_time_s": progress.training_time_s,
            }
        )
        self.reporter.step(progress.step, loss, rate, images_per_s)

    def _evaluate(self, epochs: float) -> None:
        self.world.broadcast(list(self.trainer.network.buffers()))
        evaluation = evaluate_all(
            self.trainer.network,
            self.data,
            self.recipe,
            epochs=epochs,
            steps=self.state.step,
            training_time_s=self.state.training_time_s,
            bfloat16=self.recipe.precision == "bfloat16",
            world=self.world,
        )
        self.state.evaluations.append(evaluation)
        self.reporter.evaluated(evaluation)
