"""The lock of a ledger: its holder is the only process that writes."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from nasbench_pytorch.errors import InputError

_LOCK_NAME = "driver.lock"
_PATIENCE_S = 0.2


class Ownership:
    """Lock that the operating system releases when its process ends, however it ends.

    A file beside the lock names the owner, for the error message of other processes.

    Args:
        folder: the campaign's folder.

    Raises:
        InputError: another process has the lock; names it and its machine.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / _LOCK_NAME)
        self._owner_file = folder / "driver.json"
        try:
            # `is_driven` of another process holds the lock for a moment.
            self._lock.acquire(timeout=_PATIENCE_S, poll_interval=_PATIENCE_S / 10)
        except Timeout:
            owner = read_owner(folder)
            name = f"process {owner['pid']} on {owner['host']}" if owner else "another process"
            raise InputError(
                f"{folder}: {name} is working on this campaign; wait for it, or stop it with Ctrl-C or SIGTERM, then "
                "try again. To see how it stands: nasbench campaign status"
            ) from None
        # Not atomic on purpose: the file is for people, and a torn one reads as no owner.
        self._owner_file.write_text(json.dumps({"host": platform.node(), "pid": os.getpid()}), encoding="utf-8")

    def release(self, *, remove: bool = False) -> None:
        """Release the lock.

        Args:
            remove: remove the lock file too. Only safe while no other process can want the lock: deleting the file
                while another process waits would allow two owners.
        """
        with contextlib.suppress(OSError):
            self._owner_file.unlink()
        if remove:
            with contextlib.suppress(OSError):
                Path(self._lock.lock_file).unlink()
        self._lock.release()


def is_driven(folder: Path) -> bool | None:
    """Return whether a driver has the lock; None where that cannot be known, as on Windows.

    A driver that was killed names itself in the folder, but no longer has the lock.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        descriptor = os.open(folder / _LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def read_owner(folder: Path) -> dict[str, Any] | None:
    """Return host and pid of the driver that the folder names, or None.

    After a SIGKILL the file stays behind, so it does not prove that the process lives.
    """
    try:
        owner: dict[str, Any] = json.loads((folder / "driver.json").read_text(encoding="utf-8"))
        return {"host": str(owner["host"]), "pid": int(owner["pid"])}
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
