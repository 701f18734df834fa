"""Errors of a user's algorithm as one line, with its method and the line of its file."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.ask_limit import ask_limit

_LONGEST_TEXT = 300
"""Characters of the exception's text in the message."""


def raise_users_error(cls: type, method: str, error: BaseException) -> None:
    """Raise the error that stands in place of one that the code of an algorithm has raised; return if there is none.

    Errors of this package's own algorithms stay as they are; so do a message to the user, Ctrl-C and lack of memory.

    Args:
        cls: the algorithm's class.
        method: what was called.
        error: what it raised.

    Raises:
        InputError: the method of a user's class raised the error.
    """
    if not _is_of_code(error) or cls.__module__.startswith("nasbench_pytorch."):
        return
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    label = getattr(cls, "name", "") or cls.__name__
    raise InputError(f"{label}: {method} raised {_told(error, file)}; {_HINT}") from error


def raise_import_error(named: str, error: BaseException) -> None:
    """Raise the error that says that the import of a user's module has failed; return as `raise_users_error` does.

    Args:
        named: the algorithm as the user gave it.
        error: what the import raised.

    Raises:
        InputError: the module's code raised the error.
    """
    if _is_of_code(error):
        told = f"search algorithm '{named}': the import of its module raised {_told(error, None)}; {_HINT}"
        raise InputError(told) from error


@contextlib.contextmanager
def translated(cls: type, method: str) -> Iterator[None]:
    """Translate errors of the block, which calls an algorithm's method; see `raise_users_error`.

    Raises:
        InputError: the method of a user's class raises an exception.
    """
    try:
        yield
    except BaseException as error:
        raise_users_error(cls, method, error)
        raise


@contextlib.contextmanager
def limited(what: str, limit_s: float) -> Iterator[None]:
    """Limit the time of a block that calls a user's code once; see `ask_limit`."""
    with ask_limit(what, _OneCall(), limit_s):
        yield


class _OneCall:
    """A single call, for `ask_limit`."""

    steps = 0
    waits_for_algorithm = True


_HINT = "set NASBENCH_TRACEBACK=1 to see where"


def _is_of_code(error: BaseException) -> bool:
    if isinstance(error, InputError | MemoryError):
        return False
    return isinstance(error, Exception | SystemExit | GeneratorExit)


def _told(error: BaseException, file: str | None) -> str:
    """Return class, text, file and line of an exception; the line is the last one in `file`, if it is known."""
    text = " ".join(str(error).split())[:_LONGEST_TEXT]
    where = _line_of(error.__traceback__, file)
    if isinstance(error, SyntaxError) and error.filename is not None:
        where, text = f"{error.filename}, line {error.lineno}", error.msg
    return f"{type(error).__name__}{f': {text}' if text else ''}{f' ({where})' if where else ''}"


def _line_of(trace: TracebackType | None, file: str | None) -> str:
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if frame.filename == file] or frames
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else ""
