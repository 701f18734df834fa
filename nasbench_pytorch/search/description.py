"""Checks of `search.json`, the description of a search in its folder: of what a report or a replay reads from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.checksum import split_own_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.search.protocols import Rules
from nasbench_pytorch.shapes import checked, checked_record
from nasbench_pytorch.space import SpaceBounds

_MOST_EPOCHS = (1 << 15) - 1
"""Largest number of epochs that `runs.arrow` can hold: its column is int16."""


@dataclass(frozen=True)
class _Description:
    algorithm: str
    settings: dict[str, Any]
    sampler: str
    protocol: str
    rules: Rules
    budget: Budget
    seed: int
    deduplicate: bool
    epochs: list[int]
    evaluate: str


@dataclass(frozen=True)
class _Table:
    table: str
    cells: int
    rows: int
    bounds: tuple[int, int, list[str]]
    digest: str


def checked_description(content: object) -> dict[str, Any]:
    """Return the description in a file's content, without its digest.

    Args:
        content: a value as JSON gives it.

    Raises:
        InputError: it differs from its digest, or a value is missing or has another type.
    """
    found = checked_record(_Description, content)
    about, fits = split_own_digest(checked(dict[str, Any], content, "the content"))
    if fits is False:  # folders of earlier versions have no digest
        raise InputError("its content differs from its SHA-256")
    if not found.epochs or not all(1 <= value <= _MOST_EPOCHS for value in found.epochs):
        raise InputError(f"epochs must be numbers of 1 to {_MOST_EPOCHS:,}")
    if found.evaluate == "table":
        table = checked_record(_Table, content)
        vertices, edges, operations = table.bounds
        SpaceBounds(vertices, edges, tuple(operations))
    elif found.evaluate in ("training", "proxy"):
        key = {"training": "dataset", "proxy": "proxy"}[found.evaluate]
        checked(str, about.get(key), key)
    if about.get("class") is not None:  # None for the package's own algorithms; earlier versions have no such entry
        checked(str, about["class"], "class")
    return about
