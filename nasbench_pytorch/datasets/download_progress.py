"""Progress of a download by pooch, on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from rich.progress import Progress


@contextlib.contextmanager
def download_progress(url: str, target: Path, shown: bool) -> Iterator[_Line | _Bar | None]:
    """Yield a progress bar for pooch: a bar on a terminal, otherwise a line; None if nothing is to be shown."""
    if not shown:
        yield None
    elif not sys.stderr.isatty():
        yield _Line(f"downloading {url} to {target}")
    else:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        display = Progress(TextColumn("downloading CIFAR-10"), *columns, console=Console(stderr=True))
        try:
            yield _Bar(display)
        finally:
            display.stop()


class _Line:
    """Progress bar for pooch that prints one line.

    The line appears when pooch sets the total, after the server has answered, so nothing is printed without a network.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def total(self) -> int:
        return 0

    @total.setter
    def total(self, size_bytes: int) -> None:
        print_lines(f"{self._text} ({size_bytes / 1e6:.0f} MB)", file=sys.stderr)

    def update(self, size_bytes: int) -> None:
        """Do nothing."""

    def reset(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Bar:
    """Progress bar for pooch, drawn by rich; it appears after the server has answered."""

    def __init__(self, display: Progress) -> None:
        self._display = display
        self._task = display.add_task("download", total=None)

    @property
    def total(self) -> int:
        return int(self._display.tasks[self._task].total or 0)

    @total.setter
    def total(self, size_bytes: int) -> None:
        self._display.update(self._task, total=size_bytes or None)
        self._display.start()

    def update(self, size_bytes: int) -> None:
        self._display.advance(self._task, size_bytes)

    def reset(self) -> None:
        self._display.update(self._task, completed=0)

    def close(self) -> None:
        self._display.refresh()
