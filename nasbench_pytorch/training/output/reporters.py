"""Progress of a training: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from typing_extensions import override

from nasbench_pytorch.printable import escape_controls

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation

ProgressStyle = Literal["auto", "bar", "lines", "none"]
"""How to show progress on stderr. auto: a bar if stderr is a terminal, else lines."""

_SECONDS_BETWEEN_LINES = 10.0


class Reporter(Protocol):
    """Receiver of a training's progress."""

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        """Report the steps since the last call; `loss` is their mean."""

    def evaluating(self) -> None:
        """Report that an evaluation begins, during which there are no steps. A subclass may ignore it."""
        return  # without it the method would be abstract to mypy

    def evaluated(self, evaluation: Evaluation) -> None:
        """Report an evaluation of the network."""

    def note(self, text: str) -> None:
        """Report an unusual event."""

    def close(self) -> None:
        """Report the end of the training."""


class SilentReporter(Reporter):
    """A reporter that shows nothing."""

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None: ...

    @override
    def evaluated(self, evaluation: Evaluation) -> None: ...

    @override
    def note(self, text: str) -> None: ...

    @override
    def close(self) -> None: ...


class LineReporter(Reporter):
    """A reporter for logs and pipes, with at most one line of progress every ten seconds."""

    def __init__(self, console: Console, total_steps: int) -> None:
        self._console = console
        self._total_steps = total_steps
        self._next_line_at_s = time.monotonic()

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        if time.monotonic() < self._next_line_at_s and step < self._total_steps:
            return
        self._next_line_at_s = time.monotonic() + _SECONDS_BETWEEN_LINES
        self._print(
            f"step {step}/{self._total_steps}  loss {loss:.4f}  rate {learning_rate:.5f}  {images_per_s:.0f} images/s"
        )

    @override
    def evaluated(self, evaluation: Evaluation) -> None:
        self._print(_describe(evaluation))

    @override
    def note(self, text: str) -> None:
        self._print(text)

    @override
    def close(self) -> None: ...

    def _print(self, text: str) -> None:
        self._console.print(escape_controls(text), highlight=False, markup=False, soft_wrap=True)


class Pace:
    """Estimate of the time left, from the steps reported so far.

    The time before the first report, which has one-off costs, and that of evaluations do not count: they would make
    early estimates many times too long.
    """

    def __init__(self, total_steps: int) -> None:
        self._total_steps = total_steps
        self._last_step: int | None = None
        self._last_s = self._spent_s = 0.0
        self._steps = 0

    def resume(self) -> None:
        """Leave out the time since the last report, which an evaluation took."""
        self._last_s = time.monotonic()

    def left_s(self, step: int) -> float | None:
        """Return the seconds of the steps after `step`, which is done now; None until two reports were made."""
        now_s = time.monotonic()
        if self._last_step is not None:
            self._spent_s += now_s - self._last_s
            self._steps += step - self._last_step
        self._last_step, self._last_s = step, now_s
        return self._spent_s / self._steps * (self._total_steps - step) if self._steps else None


class BarReporter(Reporter):
    """A reporter with a live bar: loss, rate, images/s and the time left, or that an evaluation is running."""

    def __init__(self, console: Console, total_steps: int) -> None:
        self._pace = Pace(total_steps)
        self._progress = Progress(
            SpinnerColumn("line"),  # moves while a step or an evaluation takes long; ASCII, for any encoding
            TextColumn("{task.completed}/{task.total}"),
            BarColumn(bar_width=8),
            TaskProgressColumn(),
            TextColumn("{task.fields[state]}"),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("training", total=total_steps, state="", left="")
        self._progress.start()

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        state = f"loss {loss:.4f} · rate {learning_rate:.4f} · {images_per_s:.0f} images/s"
        left_s = self._pace.left_s(step)
        left = "" if left_s is None else f"{timedelta(seconds=round(left_s))} left"
        self._progress.update(self._task, completed=step, state=state, left=left)

    @override
    def evaluating(self) -> None:
        self._progress.update(self._task, state="evaluating …")

    @override
    def evaluated(self, evaluation: Evaluation) -> None:
        self._pace.resume()
        self._progress.update(self._task, state="training …")
        self._progress.console.print(_describe(evaluation), highlight=False)

    @override
    def note(self, text: str) -> None:
        self._progress.console.print(escape_controls(text), highlight=False, markup=False)

    @override
    def close(self) -> None:
        self._progress.stop()


def make_reporter(style: ProgressStyle | Reporter, total_steps: int) -> Reporter:
    """Return the reporter for `style`, or `style` itself if it is a reporter.

    Reporters write to stderr, so that stdout holds only results.

    Args:
        style: see `run_training`.
        total_steps: steps of the training; see `Recipe.total_steps`.
    """
    if not isinstance(style, str):
        return style
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
