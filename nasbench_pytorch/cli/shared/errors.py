"""Errors of the command line: one line on stderr and an exit code."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from nasbench_pytorch.errors import InputError, ToldElsewhereError

_EXPECTED_ERRNO = {
    errno.ENOSPC,
    errno.EACCES,
    errno.EROFS,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ENOENT,
}


def run_reporting_errors(name: str, command: Callable[[], int | None]) -> int:
    """Run `command`; print an error that the user can fix as one line on stderr.

    An unexpected exception passes through and keeps its traceback.

    Args:
        name: prefix of the message, such as `nasbench train`.
        command: returns an exit code, or None for 0.

    Returns:
        The command's exit code; 2 for an error that the user can fix; 130 for Ctrl-C.
    """
    try:
        return command() or 0
    except ToldElsewhereError:
        return 2
    except InputError as error:
        message = " ".join(str(error).split())
    except BrokenPipeError:
        silence(sys.stdout)  # the reader of the output (head, less) has exited: not an error
        return 0
    except KeyboardInterrupt as stop:
        print(f"{name}: interrupted", file=sys.stderr)
        return 128 + int(getattr(stop, "signal_number", signal.SIGINT))
    except OSError as error:
        if error.errno not in _EXPECTED_ERRNO:
            raise
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    print(f"{name}: {message}", file=sys.stderr)
    return 2


def silence(stream: TextIO) -> None:
    """Redirect a stream whose reader has exited to os.devnull, so that Python prints no error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def only_rank_zero_prints() -> Iterator[None]:
    """Silence all processes of torchrun but the first within the block, which parses flags.

    All processes parse the same flags, and an error in them should be printed once.

    Raises:
        ToldElsewhereError: in a silenced process, in place of an `InputError`.
    """
    if os.environ.get("RANK", "0") == "0":
        yield
        return
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            yield
        except InputError as error:
            raise ToldElsewhereError(str(error)) from error
