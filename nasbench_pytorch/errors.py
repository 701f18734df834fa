"""The one base class of errors that a user can mend, so that the command line knows what needs no traceback."""

from __future__ import annotations


class InputError(ValueError):
    """What was given cannot be used; the message says what was given, what is allowed and what to do.

    The command line prints the message as one line and exits with code 2. A `ValueError`, so that code written
    against the original, which raises that, keeps working.
    """


class MissingExtraError(InputError, ImportError):
    """An optional component is not installed; the message names the command that installs it."""

    def __init__(self, component: str, extra: str) -> None:
        super().__init__(f"{component} is not installed; install it with: pip install 'nasbench-pytorch[{extra}]'")


class ToldElsewhereError(InputError):
    """Another process of the same command prints this error; the command line leaves with the same code, silently."""
