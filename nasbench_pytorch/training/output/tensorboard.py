"""Progress of a training as an event file for TensorBoard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.training.output.reporters import Reporter, SilentReporter

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation


class TensorBoardReporter(Reporter):
    """A reporter that writes loss, rate, speed and accuracies by step; `tensorboard --logdir FOLDER` shows them.

    The tags are `train/loss`, `train/learning_rate`, `train/images_per_s`, and `accuracy/…` and `loss/…` of each set
    at the evaluations. A resumed training replaces what an earlier process wrote beyond its checkpoint.

    Example:
        ```python no-run
        run_training(spec, data, progress=TensorBoardReporter("runs/first/tensorboard"))
        ```

    Args:
        folder: folder of the event files, made if missing.
        also: another reporter that receives the same.

    Raises:
        MissingExtraError: tensorboard is not installed.
    """

    def __init__(self, folder: str | os.PathLike[str], also: Reporter | None = None) -> None:
        self._folder, self._also = Path(folder), also or SilentReporter()
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingExtraError("tensorboard", "tensorboard") from error
        self._new_writer: Any = SummaryWriter
        self._writer: Any = None

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        for name, value in (("loss", loss), ("learning_rate", learning_rate), ("images_per_s", images_per_s)):
            self._write(f"train/{name}", value, step)
        self._also.step(step, loss, learning_rate, images_per_s)

    @override
    def evaluating(self) -> None:
        self._also.evaluating()

    @override
    def evaluated(self, evaluation: Evaluation) -> None:
        for kind in ("accuracy", "loss"):
            for part in ("train", "validation", "test"):
                value = getattr(evaluation, f"{part}_{kind}")
                if value is not None:
                    self._write(f"{kind}/{part}", value, evaluation.steps)
        self._also.evaluated(evaluation)

    @override
    def note(self, text: str) -> None:
        self._also.note(text)

    @override
    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._also.close()

    def _write(self, tag: str, value: float, step: int) -> None:
        if self._writer is None:
            self._writer = self._new_writer(str(self._folder), purge_step=step)
        self._writer.add_scalar(tag, value, step)
