"""The attempts of one training, and its checkpoints."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

import torch

from nasbench_pytorch.datasets.augmentation import normalise
from nasbench_pytorch.files import write_json
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.records import RunStatus
from nasbench_pytorch.training.loop.attempt import Attempt, NanLossError
from nasbench_pytorch.training.loop.sample_metrics import sample_metrics
from nasbench_pytorch.training.loop.step import Trainer
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpoints import TrainingState, save_checkpoint
from nasbench_pytorch.training.output.reporters import Reporter
from nasbench_pytorch.training.output.run_folder import RunFolder
from nasbench_pytorch.training.runtime.interrupts import stop_on_signals
from nasbench_pytorch.training.task import Execution, Task


class Session:
    """The attempts of one run: each begins with new weights, and ends well or with a loss that is no number.

    Args:
        task: what to train.
        execution: where and how.
        folder: where checkpoints go; None for nowhere.
        own_identity: what a checkpoint says it is of.
        state: how far the training is; changed as it goes.
        reporter: is told.
    """

    def __init__(
        self,
        task: Task,
        execution: Execution,
        folder: RunFolder | None,
        own_identity: dict[str, Any],
        state: TrainingState,
        reporter: Reporter,
    ) -> None:
        self.task, self.execution, self.folder = task, execution, folder
        self.identity, self.state, self.reporter = own_identity, state, reporter
        self._began_s = time.monotonic() - state.earlier_time_s

    def total_time_s(self) -> float:
        """Seconds since the run began, those of earlier processes included."""
        return time.monotonic() - self._began_s

    def run(self, saved: dict[str, Any] | None) -> tuple[Network, RunStatus]:
        """Train until an attempt ends well or all are used up; returns the last one's network."""
        attempts = self.task.recipe.max_attempts
        with stop_on_signals() as stop:
            while True:
                trainer, network = self._begin(saved)
                saved = None
                save = self._saver(network, trainer)
                attempt = Attempt(
                    trainer,
                    self.task.data,
                    derived_seed(self.task.seed, self.state.attempt, 1),
                    self.state,
                    self.reporter,
                    stop,
                    save,
                    self.execution.checkpoint_interval_s,
                    self.execution.prefetch,
                )
                try:
                    return network, attempt.run()
                except NanLossError:
                    self.reporter.note(
                        f"attempt {self.state.attempt} of {attempts}: the loss is no longer a number at step "
                        f"{self.state.step}"
                    )
                if self.state.attempt >= attempts:
                    return network, "failed"
                self._restart()

    def _begin(self, saved: dict[str, Any] | None) -> tuple[Trainer, Network]:
        task, execution = self.task, self.execution
        network = build_network(task.spec, task.skeleton, task.recipe)
        generator = torch.Generator().manual_seed(derived_seed(task.seed, self.state.attempt, 0))
        network.reset_parameters(generator)
        if task.initial_weights is not None:
            network.load_state_dict(task.initial_weights)
        if saved is not None:
            network.load_state_dict(saved["network"])
        network = network.to(device=execution.device).fast_()
        num_images = len(task.data.train)
        trainer = Trainer(
            network,
            task.recipe,
            task.recipe.total_steps(num_images),
            steps_per_epoch=-(-num_images // task.recipe.batch_size),
            compile=execution.compile,
            world=execution.world,
        )
        if saved is not None:
            trainer.optimizer.load_state_dict(saved["optimizer"])
            trainer.steps_done = self.state.step
        return trainer, network

    def _restart(self) -> None:
        fresh = TrainingState(attempt=self.state.attempt + 1)
        vars(self.state).update(vars(fresh))

    def _saver(self, network: Network, trainer: Trainer) -> Callable[[], None]:
        def save() -> None:
            if self.folder is not None:
                self.state.earlier_time_s = self.total_time_s()
                save_checkpoint(self.folder.checkpoint, self.identity, self.state, network, trainer.optimizer)
                self.folder.write_history(self.state.history)

        return save

    def write_sample_metrics(self, network: Network) -> None:
        """Measure the network on the sample images and write that to the folder."""
        assert self.folder is not None
        sample, recipe = self.task.data.sample, self.task.recipe
        images = normalise(sample.images, recipe.pixel_mean, recipe.pixel_std)
        metrics = sample_metrics(network, images, sample.labels, recipe.weight_decay)
        write_json(self.folder.sample_metrics, metrics.to_dict())


def derived_seed(*numbers: int) -> int:
    """A 63-bit seed from several numbers, so that seeds 0, 1, 2 share no random stream."""
    digest = hashlib.sha256(json.dumps(numbers).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
