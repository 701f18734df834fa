"""Errors of the command line: one line on stderr and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import TextIO

from nasbench_pytorch.errors import InputError, ToldElsewhereError
from nasbench_pytorch.printable import print_lines


def run_reporting_errors(name: str, command: Callable[[], int | None]) -> int:
    """Run `command`; print an error that the user can fix as one line on stderr.

    Control characters in it are escaped, since it may quote a file or a server. An unexpected exception passes
    through and keeps its traceback. If the variable NASBENCH_TRACEBACK is set, a traceback comes before the line, with
    the exception of a user's code that caused the error.

    Args:
        name: prefix of the message, such as `nasbench train`.
        command: returns an exit code, or None for 0.

    Returns:
        The command's exit code; 2 for an error that the user can fix; 130 for Ctrl-C.
    """
    try:
        with _warnings_in_one_line(name):
            return command() or 0
    except ToldElsewhereError:
        return 2
    except InputError as error:
        if os.environ.get("NASBENCH_TRACEBACK"):
            traceback.print_exception(error)
        message = " ".join(str(error).split())
    except BrokenPipeError:
        silence(sys.stdout)  # the reader of the output (head, less) has exited: not an error
        return 0
    except KeyboardInterrupt as stop:
        print_lines(f"{name}: interrupted", file=sys.stderr)
        return 128 + int(getattr(stop, "signal_number", signal.SIGINT))
    except OSError as error:
        if error.errno is None:
            raise
        # Of a file, a disk or a connection: a path that is too long, a loop of links, a full disk, too many open files.
        message = f"{error.filename}: {error.strerror}" if error.filename else f"the system says: {error.strerror}"
    except (MemoryError, RuntimeError, TypeError) as error:
        reason = _reason(error)
        if reason is None:
            raise
        message = reason
    print_lines(f"{name}: {message}", file=sys.stderr)
    return 2


@contextlib.contextmanager
def _warnings_in_one_line(name: str) -> Iterator[None]:
    """Print warnings of the package and of others as one line on stderr, without a line of code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        print_lines(f"{name}: warning: {' '.join(str(message).split())}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _reason(error: Exception) -> str | None:
    """What a person can do about an error of the machine: memory, or a GPU that lacks a feature. None for others."""
    text = " ".join(str(error).split())
    plain = text.lower().replace("'", "")
    if isinstance(error, MemoryError) or "out of memory" in plain or "cant allocate memory" in plain:
        return f"not enough memory{f' ({text[:160]})' if text else ''}; use smaller numbers or a larger machine"
    if "overflow when unpacking" in plain:
        return "a number is larger than torch can count; use smaller ones"
    if "MPS" in text:
        return (
            f"device mps cannot do this ({text[:160]}); set PYTORCH_ENABLE_MPS_FALLBACK=1, which lets the CPU do what "
            "it lacks, or use --device cpu"
        )
    return None


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
