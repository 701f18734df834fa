"""Worker processes that are stopped, by SIGSTOP, a debugger or job control: they neither work nor end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

CHECK_INTERVAL_S = 1.0
"""Time between two looks at the processes."""

PATIENCE_S = 10.0
"""How long a process may be stopped before the user is told."""


def is_stopped(pid: int) -> bool:
    """Return whether a process of this machine is stopped; False on systems without /proc."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    # The state is the first field after the program's name, which is in parentheses and may hold any character.
    return status.rpartition(")")[2].split()[:1] in (["T"], ["t"])


def wake(pid: int) -> None:
    """Let a stopped process go on, so that it can save its state and end."""
    if is_stopped(pid):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGCONT)


class StoppedWorkers:
    """Tells the user about stopped workers, once for each stop.

    Args:
        notify: receives the note.
    """

    def __init__(self, notify: Callable[[str], object]) -> None:
        self._notify = notify
        self._stopped_at_s: dict[int, float] = {}
        self._reported: set[int] = set()
        self._looked_at_s = time.monotonic()

    def look(self, workers: Mapping[int, str]) -> None:
        """Look at the workers, if the last look was some time ago.

        Args:
            workers: process id → what waits for the process.
        """
        now_s = time.monotonic()
        if now_s - self._looked_at_s < CHECK_INTERVAL_S:
            return
        self._looked_at_s = now_s
        for pid, waiting in workers.items():
            if not is_stopped(pid):
                self._stopped_at_s.pop(pid, None)
                self._reported.discard(pid)
            elif now_s - self._stopped_at_s.setdefault(pid, now_s) >= PATIENCE_S and pid not in self._reported:
                self._reported.add(pid)
                self._notify(
                    f"worker process {pid} is stopped (SIGSTOP), and {waiting} waits for it; let it go on with: "
                    f"kill -CONT {pid}, or end it with: kill -KILL {pid}"
                )
