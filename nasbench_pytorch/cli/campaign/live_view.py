"""What a person sees of a running campaign: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.ledger.status import CampaignStatus, TrialNote, failure_line
from nasbench_pytorch.campaign.outcomes import Failed, Outcome
from nasbench_pytorch.cli.shared.errors import silence

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial

ViewStyle = Literal["auto", "live", "lines", "none"]


class View:
    """Shows nothing, and is what the others build on: a `Watcher` and a context manager."""

    def __init__(self, folder: Path, slots: int) -> None:
        self._folder, self._slots = folder, slots

    def __enter__(self) -> View:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        """See `Watcher`."""

    def note(self, text: str) -> None:
        """Something that a person should know."""


class LineView(View):
    """A line now and then, and one for every failure; for logs and pipes."""

    _seconds_between = 30.0

    def __init__(self, folder: Path, slots: int) -> None:
        super().__init__(folder, slots)
        self._next_at_s = time.monotonic()

    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        """See `Watcher`."""
        for trial, outcome in outcomes:
            if isinstance(outcome, Failed):
                self.note(describe_failure(trial, outcome))
        if time.monotonic() >= self._next_at_s:
            self._next_at_s = time.monotonic() + self._seconds_between
            self._show(running)

    def _show(self, running: Sequence[Trial]) -> None:
        """How the campaign stands now."""
        status = read_status(self._folder, last=1)
        last = "".join(f"; last {item.hash[:8]} {item.epochs} epochs: {item.text}" for item in status.last)
        self.note(f"{progress_line(status, self._slots, len(running))}{last}")

    def note(self, text: str) -> None:
        """See `View`."""
        self._print(text)

    def _print(self, text: str) -> None:
        try:
            print(text, file=sys.stderr, flush=True)
        except BrokenPipeError:
            silence(sys.stderr)  # who looked on has left: no reason to end the campaign


class LiveView(LineView):
    """A picture that is drawn anew every second; failures and notes scroll above it."""

    _seconds_between = 1.0

    def __init__(self, folder: Path, slots: int, console: Console | None = None) -> None:
        super().__init__(folder, slots)
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=2, transient=True)

    def __enter__(self) -> View:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def _show(self, running: Sequence[Trial]) -> None:
        self._live.update(self._picture(read_status(self._folder), running))

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _picture(self, status: CampaignStatus, running: Sequence[Trial]) -> Table:
        done = status.count("finished") + status.count("failed")
        lines = [progress_line(status, self._slots, len(running))]
        lines += [f"  running  {_named(trial)}" for trial in running[:8]]
        lines += [f"  last     {_named(note)}: {note.text}" for note in status.last]
        picture = Table.grid()  # a bar alone does not end its line
        picture.add_row(ProgressBar(total=max(1, status.trials), completed=done, width=60))
        for line in lines:
            picture.add_row(Text(line, no_wrap=True, overflow="ellipsis"))
        return picture


def make_view(style: ViewStyle, folder: Path, slots: int) -> View:
    """The view for `style`; it writes to stderr, so that stdout holds results alone."""
    if style == "none":
        return View(folder, slots)
    live = style == "live" or (style == "auto" and Console(stderr=True).is_terminal)
    return (LiveView if live else LineView)(folder, slots)


def progress_line(status: CampaignStatus, slots: int, running: int) -> str:
    """One line: how many trials are done, how fast, how long it will take."""
    failed = status.count("failed")
    parts = [f"{status.count('finished'):,} of {status.trials:,} trials done"]
    parts += [f"{failed:,} failed"] if failed else []
    parts.append(f"{running} running")
    if status.images_per_s is not None:
        parts.append(f"{status.images_per_s * max(1, min(slots, running)):,.0f} images/s")
    if status.remaining_s is not None and status.remaining_s > 0:
        parts.append(f"{duration(status.remaining_s / slots)} left")
    return ", ".join(parts)


def describe_failure(trial: Trial, failure: Failed) -> str:
    """One line about an attempt that came to nothing."""
    return f"failed attempt: {trial.name}: {failure_line(failure.reason, failure.evidence)}"


def duration(seconds: float) -> str:
    """A duration for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def _named(trial: Trial | TrialNote) -> str:
    return f"{trial.hash[:8]}  {trial.epochs:>4} epochs, repeat {trial.repeat}"
