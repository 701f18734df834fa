"""The small table that comes with the package, the default for queries."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import default_table
from nasbench_pytorch.table.tfrecord.import_cache import table_for

EMBEDDED_TABLE = Path(__file__).parent.parent / "data" / "mini.arrow"

NOTICE = (
    "no table was named, so the embedded one is used: not NAS-Bench-101, but a small table of our own (91 cells of up "
    "to 4 vertices, reduced skeleton, JPEG-re-coded CIFAR-10, this package's recipe, CPU)"
)

_noticed = False


def choose_table(named: str | os.PathLike[str] | None) -> Path:
    """Return the file of a table; without a name, the embedded one, with a notice on stderr the first time.

    Args:
        named: a `.arrow` table, a `.tfrecord` of the original's format, or None for the one in the environment
            variable `NASBENCH_TABLE`, if it is set.

    Raises:
        InputError: the file is not a table, or `named` is None and there is no embedded table.
        OSError: the file cannot be read.
    """
    global _noticed
    named = default_table() if named is None else named
    if named is not None:
        return table_for(Path(named))
    if not EMBEDDED_TABLE.exists():
        raise InputError(
            "no table was named, and this installation has none embedded; name a .arrow or .tfrecord file (to get the "
            "published one: nasbench table download full)"
        )
    if not _noticed:
        _noticed = True
        print(f"nasbench: {NOTICE}", file=sys.stderr)
    return EMBEDDED_TABLE
