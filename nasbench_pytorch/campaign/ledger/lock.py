"""One driver at a time: whoever holds a ledger's lock file is its only writer."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from nasbench_pytorch.errors import InputError


class Ownership:
    """A lock that the operating system gives up when its process ends, however it ends.

    Beside it lies a file that names the owner, for the message of those who are refused.

    Args:
        folder: the campaign's.

    Raises:
        InputError: another process has it; says which, and on which machine.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "driver.lock")
        self._name = folder / "driver.json"
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            owner = read_owner(folder)
            who = f"process {owner['pid']} on {owner['host']}" if owner else "another process"
            raise InputError(
                f"{folder}: {who} is working on this campaign; wait for it, or stop it with Ctrl-C or SIGTERM, then "
                "try again. To look on: nasbench campaign status"
            ) from None
        # Not atomic on purpose: it is for people, and a torn one reads as nobody.
        self._name.write_text(json.dumps({"host": platform.node(), "pid": os.getpid()}))

    def release(self, forget: bool = False) -> None:
        """Give it up.

        Args:
            forget: remove the lock file too, which otherwise stays: whoever waits for it would hold another one than
                who comes later.
        """
        with contextlib.suppress(OSError):
            self._name.unlink()
        if forget:
            with contextlib.suppress(OSError):
                Path(self._lock.lock_file).unlink()
        self._lock.release()


def read_owner(folder: Path) -> dict[str, Any] | None:
    """Host and pid of whom the folder names as its driver; None where it names none.

    After a SIGKILL the name stays behind: it is no proof that the process lives.
    """
    try:
        owner: dict[str, Any] = json.loads((folder / "driver.json").read_text())
        return {"host": str(owner["host"]), "pid": int(owner["pid"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
