"""Errors that a user can correct. The command line prints them without a traceback."""

from __future__ import annotations


class InputError(ValueError):
    """Unusable input; the message says what was passed, what is allowed and what to do.

    The command line prints the message as one line and exits with code 2. The class is a `ValueError` because the
    original raises that, so code written against the original keeps working.
    """


class MissingExtraError(InputError, ImportError):
    """Missing optional component; the message names the command that installs it."""

    def __init__(self, component: str, extra: str) -> None:
        super().__init__(f"{component} is not installed; install it with: pip install 'nasbench-pytorch[{extra}]'")


class ToldElsewhereError(InputError):
    """Error that another process of the same command prints; the command line exits silently with the same code."""
