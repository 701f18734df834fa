"""Progress bars on stderr, for what takes more than a moment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

Advance = Callable[[int, int], None]
"""Called with how much is done and how much there is in all."""


@contextlib.contextmanager
def progress_bar(label: str, in_bytes: bool = True) -> Iterator[Advance]:
    """A bar that disappears when it is done; nothing at all where stderr is no terminal.

    Args:
        label: what is being done.
        in_bytes: count bytes rather than things.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    count = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def import_progress(source: Path) -> contextlib.AbstractContextManager[Advance]:
    """The bar of an import."""
    return progress_bar(f"importing {source.name} (once)")
