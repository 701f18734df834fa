"""The explorer as a process of its own, for browsers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ADDRESS_AFTER = " at "


@contextmanager
def running_explorer(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start `nasbench explore` on any free port; yield its address and the process, and end it.

    Raises:
        RuntimeError: it ended before it had an address; the message is its last line.
    """
    command = [sys.executable, "-m", "nasbench_pytorch", "explore", *words, "--no-browser", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if ADDRESS_AFTER not in line:
                raise RuntimeError(f"no address: {line}")
            yield line.rpartition(ADDRESS_AFTER)[2].split()[0], process
        finally:
            process.kill()
