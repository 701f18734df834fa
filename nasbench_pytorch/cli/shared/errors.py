"""How the command line tells people of errors."""

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
    """Run `command`; an error that a person can mend is one line on stderr and exit code 2.

    Ctrl-C is one line as well. Any other exception passes through and keeps its traceback.

    Args:
        name: what stands before the message, such as `nasbench train`.
        command: returns an exit code, or None for 0.
    """
    try:
        return command() or 0
    except ToldElsewhereError:
        return 2
    except InputError as error:
        message = " ".join(str(error).split())
    except BrokenPipeError:
        silence(sys.stdout)  # who reads our output (head, less) has left: not an error
        return 0
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except OSError as error:
        if error.errno not in _EXPECTED_ERRNO:
            raise
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    print(f"{name}: {message}", file=sys.stderr)
    return 2


def silence(stream: TextIO) -> None:
    """Send the rest of a stream that nobody reads any more to nowhere, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def first_process_tells() -> Iterator[None]:
    """Within the block, which reads flags, all processes that torchrun started are silent but the first.

    They all read the same flags, and a person should read once what is wrong with them.
    """
    if os.environ.get("RANK", "0") == "0":
        yield
        return
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            yield
        except InputError as error:
            raise ToldElsewhereError(str(error)) from error
