"""The first opening of a table that was just made, so that the next command opens it in milliseconds."""

from __future__ import annotations

import time
from pathlib import Path

from nasbench_pytorch.table.storage.checked_files import SMALLEST_NOTED_BYTES
from nasbench_pytorch.table.storage.table_file import TableFile

_CLOCK_TICK_S = 0.15
"""A file that changed a shorter time ago may change again unseen, so its check is not remembered."""


def open_first(path: Path) -> None:
    """Check a new table, which reads all of it, and let the check be remembered; a small one is checked every time.

    Raises:
        InputError: the file is damaged.
        OSError: the file cannot be read.
    """
    if path.stat().st_size >= SMALLEST_NOTED_BYTES:
        time.sleep(_CLOCK_TICK_S)
        TableFile(path)
