"""The explorer for browsers: as a process of its own, or in a thread of this one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from nasbench_pytorch.explorer import ExploredTable, create_app
from nasbench_pytorch.explorer.server.ports import listen

if TYPE_CHECKING:
    from nasbench_pytorch.table import TableFile

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


@contextmanager
def served_here(table: TableFile) -> Iterator[str]:
    """Serve a table in a thread; yield its address, and end it."""
    with listen(0) as socket:
        config = uvicorn.Config(create_app(ExploredTable(table)), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
