"""Views of a running campaign on stderr: a live table on a terminal, plain lines elsewhere."""

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
from typing_extensions import override

from nasbench_pytorch.campaign.driver import Watcher
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.ledger.status import CampaignStatus, TrialNote, failure_line
from nasbench_pytorch.campaign.outcomes import Failed, Outcome
from nasbench_pytorch.campaign.trials import TrialState
from nasbench_pytorch.cli.shared.errors import silence
from nasbench_pytorch.cli.shared.quantities import counted, duration
from nasbench_pytorch.printable import escape_controls, print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial

ViewStyle = Literal["auto", "live", "lines", "none"]


class LineView(Watcher):
    """View for logs and pipes: a line every half minute, and one for every failed try."""

    _interval_s = 30.0

    def __init__(self) -> None:
        self._folder, self._slots = Path(), 1
        self._next_at_s = time.monotonic()
        self._since_s: dict[int, float] = {}

    @override
    def begin(self, folder: Path, slots: int) -> None:
        self._folder, self._slots = folder, slots

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        for trial, outcome in outcomes:
            if isinstance(outcome, Failed):
                self.note(describe_failure(trial, outcome))
        now_s = time.monotonic()
        self._since_s = {trial.number: self._since_s.get(trial.number, now_s) for trial in running}
        if time.monotonic() >= self._next_at_s:
            self._next_at_s = time.monotonic() + self._interval_s
            self._show(running)

    def _show(self, running: Sequence[Trial]) -> None:
        """Print how the campaign stands."""
        status = read_status(self._folder, last=1)
        last = "".join(f"; last {item.hash[:8]} {counted(item.epochs, 'epoch')}: {item.text}" for item in status.last)
        first_s = min(self._since_s.values(), default=time.monotonic())
        longest = f", the longest for {duration(time.monotonic() - first_s)}" if running else ""
        self.note(f"{progress_line(status, self._slots, len(running), longest)}{last}")

    @override
    def note(self, text: str) -> None:
        try:
            print_lines(text, file=sys.stderr)
        except BrokenPipeError:
            silence(sys.stderr)  # the reader has left, which is no reason to end the campaign


class LiveView(LineView):
    """View for terminals: a table that is redrawn every second; failures and notes scroll above it."""

    _interval_s = 1.0

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._status: CampaignStatus | None = None
        self._running: Sequence[Trial] = ()
        self._console = console or Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=2, transient=True)

    @override
    def begin(self, folder: Path, slots: int) -> None:
        super().begin(folder, slots)
        self._live.start()

    @override
    def end(self) -> None:
        self._live.stop()

    @override
    def note(self, text: str) -> None:
        self._console.print(escape_controls(text), highlight=False, markup=False, soft_wrap=True)

    @override
    def _show(self, running: Sequence[Trial]) -> None:
        self._status, self._running = read_status(self._folder), running
        self._live.update(self)

    def __rich__(self) -> Table:
        """Draw the table; rich asks for it at every refresh, so the times go on while a trial takes long."""
        assert self._status is not None
        return self._table(self._status, self._running)

    def _table(self, status: CampaignStatus, running: Sequence[Trial]) -> Table:
        done = status.count(TrialState.FINISHED) + status.count(TrialState.FAILED)
        lines = [progress_line(status, self._slots, len(running))]
        now_s = time.monotonic()
        lines += [
            f"  running  {_trial_text(trial)}, for {duration(now_s - self._since_s.get(trial.number, now_s))}"
            for trial in running[:8]
        ]
        lines += [f"  last     {_trial_text(note)}: {note.text}" for note in status.last]
        table = Table.grid()  # a bar alone does not end its line
        table.add_row(ProgressBar(total=max(1, status.trials), completed=done, width=60))
        for line in lines:
            table.add_row(Text(line, no_wrap=True, overflow="ellipsis"))
        return table


def make_view(style: ViewStyle) -> Watcher:
    """Return the view for a style. Views write to stderr: stdout holds results alone."""
    if style == "none":
        return Watcher()
    return LiveView() if style == "live" or (style == "auto" and Console(stderr=True).is_terminal) else LineView()


def progress_line(status: CampaignStatus, slots: int, running: int, longest: str = "") -> str:
    """Return one line: how many trials are done, at which speed, and the time left.

    Args:
        status: the campaign's status.
        slots: trials at once.
        running: trials that are running.
        longest: text behind their number.
    """
    failed = status.count(TrialState.FAILED)
    parts = [f"{status.count(TrialState.FINISHED):,} of {status.trials:,} trials done"]
    parts += [f"{failed:,} failed"] if failed else []
    parts.append(f"{running} running{longest}")
    if status.images_per_s is not None:
        parts.append(f"{status.images_per_s * max(1, min(slots, running)):,.0f} images/s")
    if status.remaining_s is not None and status.remaining_s > 0:
        parts.append(f"{duration(status.remaining_s / slots)} left")
    return ", ".join(parts)


def describe_failure(trial: Trial, failure: Failed) -> str:
    """Return one line about a failed try."""
    return f"failed try: {trial.name}: {failure_line(failure.reason, failure.evidence)}"


def _trial_text(trial: Trial | TrialNote) -> str:
    return f"{trial.hash[:8]}  {counted(trial.epochs, 'epoch'):>10}, repeat {trial.repeat}"
