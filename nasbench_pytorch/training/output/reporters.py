"""What a person sees of a training: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation

ProgressStyle = Literal["auto", "bar", "lines", "none"]
"""auto: a bar if stderr is a terminal, else lines."""

_SECONDS_BETWEEN_LINES = 10.0


class Reporter(Protocol):
    """Is told how a training goes."""

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        """Some steps were taken; `loss` is their mean."""

    def evaluated(self, evaluation: Evaluation) -> None:
        """The network was evaluated."""

    def note(self, text: str) -> None:
        """Something that a person should know."""

    def close(self) -> None:
        """The training is over."""


class SilentReporter:
    """Says nothing."""

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        """See `Reporter`."""

    def evaluated(self, evaluation: Evaluation) -> None:
        """See `Reporter`."""

    def note(self, text: str) -> None:
        """See `Reporter`."""

    def close(self) -> None:
        """See `Reporter`."""


class LineReporter:
    """A line now and then, for logs and pipes."""

    def __init__(self, console: Console, total_steps: int) -> None:
        self._console = console
        self._total_steps = total_steps
        self._next_line_at_s = time.monotonic()

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        """See `Reporter`."""
        if time.monotonic() < self._next_line_at_s and step < self._total_steps:
            return
        self._next_line_at_s = time.monotonic() + _SECONDS_BETWEEN_LINES
        self._print(
            f"step {step}/{self._total_steps}  loss {loss:.4f}  rate {learning_rate:.5f}  {images_per_s:.0f} images/s"
        )

    def evaluated(self, evaluation: Evaluation) -> None:
        """See `Reporter`."""
        self._print(_describe(evaluation))

    def note(self, text: str) -> None:
        """See `Reporter`."""
        self._print(text)

    def close(self) -> None:
        """See `Reporter`."""

    def _print(self, text: str) -> None:
        self._console.print(escape_controls(text), highlight=False, markup=False, soft_wrap=True)


class BarReporter:
    """A live bar with loss, rate, images/s and the time left."""

    def __init__(self, console: Console, total_steps: int) -> None:
        self._progress = Progress(
            TextColumn("{task.completed}/{task.total}"),
            BarColumn(bar_width=8),
            TaskProgressColumn(),
            TextColumn("{task.fields[state]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("training", total=total_steps, state="")
        self._progress.start()

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        """See `Reporter`."""
        state = f"loss {loss:.4f} · rate {learning_rate:.4f} · {images_per_s:.0f} images/s"
        self._progress.update(self._task, completed=step, state=state)

    def evaluated(self, evaluation: Evaluation) -> None:
        """See `Reporter`."""
        self._progress.console.print(_describe(evaluation), highlight=False)

    def note(self, text: str) -> None:
        """See `Reporter`."""
        self._progress.console.print(escape_controls(text), highlight=False, markup=False)

    def close(self) -> None:
        """See `Reporter`."""
        self._progress.stop()


def make_reporter(style: ProgressStyle, total_steps: int) -> Reporter:
    """The reporter for `style`; it writes to stderr, so that stdout holds results alone."""
    console = Console(stderr=True)
    if style == "none":
        return SilentReporter()
    if style == "bar" or (style == "auto" and console.is_terminal):
        return BarReporter(console, total_steps)
    return LineReporter(console, total_steps)


def _describe(evaluation: Evaluation) -> str:
    parts = [f"train {evaluation.train_accuracy:.4f}"]
    if evaluation.validation_accuracy is not None:
        parts.append(f"validation {evaluation.validation_accuracy:.4f}")
    parts.append(f"test {evaluation.test_accuracy:.4f}")
    return (
        f"evaluation at epoch {evaluation.epochs:g} (step {evaluation.steps}, {evaluation.training_time_s:.1f} s of "
        f"training): {', '.join(parts)}"
    )
