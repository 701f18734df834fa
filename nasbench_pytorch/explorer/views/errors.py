"""The error of a question about something that is not there."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


class NotInTableError(InputError):
    """A cell, column, sampler, budget or search that an explored table does not have."""
