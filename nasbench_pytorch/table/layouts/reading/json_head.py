"""The first entries of a JSON text, for the recognition of its layout."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.reading.json_entries import json_entries

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate

_ENTRIES = 3


def first_entries(candidate: Candidate) -> list[tuple[str | None, Any]]:
    """Return the first entries of a JSON object (with their keys) or array; none for other files."""
    if not candidate.json_start:
        return []
    found: list[tuple[str | None, Any]] = []
    try:
        for entry in itertools.islice(json_entries(candidate), _ENTRIES):
            found.append(entry)  # noqa: PERF402 - an error later in the text must not lose the entries before it
    except InputError:
        pass
    return found
