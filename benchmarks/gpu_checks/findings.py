"""What a part has found so far, in a file that is complete after every finding."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.files import write_json

if TYPE_CHECKING:
    from benchmarks.gpu_checks.settings import Settings


class Findings:
    """Results of one part; each method rewrites the file, so that a killed part keeps what it had.

    Attributes:
        settings: see `Settings`.

    Args:
        path: the file.
        settings: see `Settings`.
        limit_s: seconds until the part is killed.
    """

    def __init__(self, path: Path, settings: Settings, limit_s: float) -> None:
        self.settings = settings
        self._path = path
        self._ends_s = time.monotonic() + limit_s
        self._content: dict[str, dict[str, Any]] = {"results": {}, "failures": {}, "left_out": {}}

    def remaining_s(self) -> float:
        """Return the seconds that are left, less a margin for the end of the process."""
        return self._ends_s - time.monotonic() - 1.0

    def add(self, name: str, value: Any) -> None:
        """Keep a result; a later one of the same name replaces it."""
        self._keep("results", name, value)

    def check(self, name: str, value: float, limit: float) -> None:
        """Keep a measured distance and its limit; above the limit, or NaN, it is a failure too."""
        self.add(name, {"value": value if math.isfinite(value) else str(value), "limit": limit})
        if not value <= limit:
            self.fail(name, f"{value:.3g}, allowed are {limit:.3g}")

    def fail(self, name: str, reason: str) -> None:
        """Keep a check that does not hold."""
        self._keep("failures", name, reason)

    def leave_out(self, name: str, reason: str) -> None:
        """Keep what was not done, and why."""
        self._keep("left_out", name, reason)

    def _keep(self, kind: str, name: str, value: Any) -> None:
        self._content[kind][name] = value
        write_json(self._path, self._content)


def keep_worker_error(findings: Findings, name: str, error: RuntimeError) -> None:
    """Keep what a worker's error says: what the machine lacks, or is too small for, is left out; the rest failed."""
    # The first line names the worker, and the last one of its traceback that is not indented names the error.
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(" ")] or ["no message"]
    reason = " ".join(dict.fromkeys([lines[0], lines[-1]]))[:400]
    lacks = any(mark in reason for mark in ("InputError", "out of memory", "OutOfMemoryError"))
    (findings.leave_out if lacks else findings.fail)(name, reason)


def first_line(error: BaseException) -> str:
    """Return an error's class and the first line of its message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"[:400]
