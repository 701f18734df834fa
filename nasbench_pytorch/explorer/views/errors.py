"""The error for a request of something that does not exist."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError


class NotInTableError(InputError):
    """A cell, column, sampler, budget or search that an explored table does not have."""
