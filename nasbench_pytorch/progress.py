"""Progress of long operations: the protocol that they call, and a bar on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from nasbench_pytorch.printable import escape_controls


class Progress(Protocol):
    """Function that a long operation calls repeatedly to report its progress."""

    def __call__(self, done: int, total: int, /) -> None:
        """Report that `done` of `total` bytes, rows or cells are finished."""


@contextlib.contextmanager
def progress_bar(label: str, in_bytes: bool = True) -> Iterator[Progress]:
    """Show a bar on stderr until the block ends; show nothing where stderr is not a terminal.

    Args:
        label: text before the bar.
        in_bytes: whether the numbers are bytes; False for a count.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    count = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape(escape_controls(label)), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
