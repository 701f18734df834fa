"""Errors of the table, with the types that callers of the original catch."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


class OutOfDomainError(InputError):
    """The spec or the number of epochs is outside of the table's domain; the messages are the original's."""


class UnknownHashError(InputError, KeyError):
    """No cell of the table has this hash; a KeyError, as in the original, but with a readable message."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingRowError(InputError, LookupError):
    """The table has the cell, but not the requested training."""
