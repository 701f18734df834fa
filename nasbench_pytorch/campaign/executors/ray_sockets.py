"""A folder for a local Ray cluster's sockets, whose names the system limits to about a hundred bytes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nasbench_pytorch.errors import InputError

_SHORT = Path("/tmp")
"""Ray's own choice where TMPDIR is not set."""

_MOST_BYTES = 104 if sys.platform == "darwin" else 108
"""Size of a socket's name with its final null (`sun_path`)."""

_NAME_BYTES = len("/ray/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store") + 1
"""What Ray adds to the folder, and the null."""


def temporary_folder() -> str | None:
    """Return the folder to give to Ray, or None where Ray's own choice will do.

    Ray takes the folder that RAY_TMPDIR or TMPDIR names. SLURM and pytest set TMPDIR to long names.

    Raises:
        InputError: RAY_TMPDIR is too long, or TMPDIR is and /tmp cannot be written.
    """
    if sys.platform == "win32":
        return None
    name = next((name for name in ("RAY_TMPDIR", "TMPDIR") if os.environ.get(name)), None)
    longest = _MOST_BYTES - _NAME_BYTES
    if name is None or len(os.fsencode(Path(os.environ[name]).absolute())) <= longest:
        return None
    if name == "TMPDIR" and os.access(_SHORT, os.W_OK | os.X_OK):
        return str(_SHORT / "ray")
    raise InputError(
        f"{name}={os.environ[name]}: too long for the sockets of a local Ray cluster; set RAY_TMPDIR to a folder of at "
        f"most {longest} bytes"
    )
