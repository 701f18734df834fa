"""The checkpoints that a training writes while it runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.training.output.checkpoints import TrainingState, save_checkpoint

if TYPE_CHECKING:
    from nasbench_pytorch.training.loop.step import Trainer
    from nasbench_pytorch.training.output.run_folder import RunFolder


class Checkpointer:
    """Writer of one training's checkpoints, which also measures its total time.

    Args:
        folder: receives checkpoint and history; None writes nothing.
        identity: see `save_checkpoint`.
        interval_s: seconds between checkpoints.
        earlier_time_s: seconds that earlier processes spent on this training.
    """

    def __init__(
        self, folder: RunFolder | None, identity: dict[str, Any], interval_s: float, earlier_time_s: float = 0.0
    ) -> None:
        self._folder, self._identity, self._interval_s = folder, identity, interval_s
        self._saved_at_s = time.monotonic()
        self._began_s = self._saved_at_s - earlier_time_s

    def total_time_s(self) -> float:
        """Return the seconds since the training began, those of earlier processes included."""
        return time.monotonic() - self._began_s

    def save_if_due(self, state: TrainingState, trainer: Trainer) -> None:
        """Save if the last checkpoint is older than the interval."""
        if time.monotonic() - self._saved_at_s >= self._interval_s:
            self.save(state, trainer)

    def save(self, state: TrainingState, trainer: Trainer) -> None:
        """Write checkpoint and history.

        Raises:
            OSError: the disk is full or the folder read-only; an older checkpoint survives.
        """
        state.earlier_time_s = self.total_time_s()
        self.write(state, trainer)
        self._saved_at_s = time.monotonic()

    def write(self, state: TrainingState, trainer: Trainer) -> None:
        """Write the files of a checkpoint; a subclass may write others."""
        if self._folder is not None:
            save_checkpoint(self._folder.checkpoint, self._identity, state, trainer.network, trainer.optimizer)
            self._folder.write_history(state.history)
