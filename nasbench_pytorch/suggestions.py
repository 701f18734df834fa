"""Errors for unknown names, and suggestions for misspelt ones."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from nasbench_pytorch.errors import InputError


def unknown_name(kind: str, name: object, known: Collection[str]) -> InputError:
    """Return the error for a name that is not in `known`; the message lists all of them.

    Args:
        kind: what is named, such as `protocol`.
        name: what was given.
        known: the names that there are.
    """
    return InputError(f"unknown {kind} '{name}'; there are: {', '.join(known)}{did_you_mean(str(name), known)}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean train?`, or an empty text where nothing is like `word`."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
