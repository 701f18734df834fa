"""Errors of the table that the original's callers catch by their kind."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


class OutOfDomainError(InputError):
    """The spec or the number of epochs is outside of the table's domain; the messages are the original's."""


class UnknownHashError(InputError, KeyError):
    """No cell of the table has this hash; a KeyError, as in the original, whose message is readable."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingRowError(InputError, LookupError):
    """The cell is in the table, but not the training that was asked for."""
