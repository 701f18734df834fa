"""A table's accuracies and times as arrays over the whole space, after a protocol's rule for repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.objective import Objective
from nasbench_pytorch.space.enumerate import enumerate_cells

if TYPE_CHECKING:
    from nasbench_pytorch.search.protocols import Charged, Protocol
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.table.storage.table_file import TableFile

Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)


class TablePlaces(NamedTuple):
    """Where the rows of a table stand in arrays of shape (N, B, R), and the space of the positions.

    Attributes:
        space: the complete space within the table's bounds, N cells.
        epochs: the budgets, length B.
        repeats: largest number of repeats of a cell with one budget, R.
        rows: int64, the table's rows with these budgets.
        entries: int64, the place of each row in the flattened array.
    """

    space: SearchSpace
    epochs: tuple[int, ...]
    repeats: int
    rows: npt.NDArray[np.int64]
    entries: npt.NDArray[np.int64]

    def spread(self, values: npt.NDArray[Number], missing: float) -> npt.NDArray[Number]:
        """Return one value for each row as an array of shape (N, B, R), with `missing` where there is no row."""
        shape = (len(self.space), len(self.epochs), self.repeats)
        array: npt.NDArray[Number] = np.full(shape, missing, dtype=values.dtype)
        array.reshape(-1)[self.entries] = values
        return array


def table_places(table: TableFile, epochs: Sequence[int]) -> TablePlaces:
    """Return where the rows of some budgets stand; the repeats of a cell come in the order of their numbers.

    Raises:
        InputError: the table lacks a budget, or a cell is outside of the table's bounds.
    """
    wanted = tuple(sorted(set(epochs)))
    lacking = [value for value in wanted if value not in table.metadata.epochs]
    if lacking:
        has = ", ".join(map(str, table.metadata.epochs)) or "none"
        raise InputError(
            f"{table.path.name} has no results after {lacking[0]} epochs; it has {has}; set the algorithm's epochs to "
            "these, or name another table"
        )
    space = _whole_space(table)
    owners = np.repeat(_positions(table, space), np.diff(table.row_starts))
    budgets = np.searchsorted(wanted, table.epochs)
    budgets[budgets == len(wanted)] = 0
    rows = np.flatnonzero(np.asarray(wanted)[budgets] == table.epochs)
    groups = owners[rows] * len(wanted) + budgets[rows]
    order = np.lexsort((np.asarray(table.repeats)[rows], groups))
    rows, groups = rows[order], groups[order]
    firsts = np.flatnonzero(np.diff(groups, prepend=-1))
    ranks = np.arange(len(groups)) - np.repeat(firsts, np.diff(firsts, append=len(groups)))
    repeats = int(ranks.max(initial=0)) + 1
    return TablePlaces(space, wanted, repeats, rows, groups * repeats + ranks)


def table_objective(table: TableFile, protocol: Protocol, epochs: Sequence[int]) -> tuple[Candidates, Objective]:
    """Return the cells of a table that may be proposed, and the accuracies and costs of their queries.

    A cell may be proposed if it has a row with a known training time for each of the budgets. Of the table's columns,
    only the one that is searched and the training time are read.

    Raises:
        InputError: the table lacks a budget, a cell is outside of the table's bounds, or no cell has all budgets.
    """
    places = table_places(table, epochs)
    searched = table.values(f"{protocol.searched}_accuracy", places.rows)
    costs = table.values("training_time", places.rows)
    known = np.isfinite(costs) & (costs >= 0)
    places = _without(places, known)
    values, times = (places.spread(column[known], np.nan) for column in (searched, costs))
    numbers = places.spread(np.asarray(table.repeats)[places.rows].astype(np.int8), -1)
    counts = np.isfinite(times).sum(axis=2).astype(np.int8)
    allowed = (counts > 0).all(axis=1)
    if not allowed.any():
        raise InputError(
            f"no cell of {table.path.name} has a training time after {', '.join(map(str, places.epochs))} epochs each"
        )
    counts[~allowed] = 0
    if protocol.repeats == "mean":
        values, times = _mean(values), _charged(times, protocol.charged)
        counts, numbers = np.minimum(counts, 1), np.full(values.shape, -1, np.int8)
    objective = Objective(places.epochs, np.nan_to_num(values), np.nan_to_num(times), counts, numbers)
    return Candidates(places.space, allowed), objective


def _without(places: TablePlaces, known: npt.NDArray[np.bool_]) -> TablePlaces:
    """Leave rows out; those of a cell that come later move forward."""
    groups = places.entries[known] // places.repeats
    firsts = np.flatnonzero(np.diff(groups, prepend=-1))
    ranks = np.arange(len(groups)) - np.repeat(firsts, np.diff(firsts, append=len(groups)))
    return places._replace(rows=places.rows[known], entries=groups * places.repeats + ranks)


def _whole_space(table: TableFile) -> SearchSpace:
    metadata = table.metadata
    return enumerate_cells(metadata.module_vertices, metadata.max_edges, metadata.available_ops)


def _positions(table: TableFile, space: SearchSpace) -> npt.NDArray[np.int64]:
    """Return the position of each cell of a table."""
    if len(space) == table.cells and np.array_equal(space.columns.hash, table.hashes):
        return np.arange(table.cells)
    found = [space.find(table.hash_of(cell)) for cell in range(table.cells)]
    outside = next((cell for cell, row in enumerate(found) if row is None), None)
    if outside is not None:
        raise InputError(
            f"cell {table.hash_of(outside)} of {table.path.name} is not in the space of {len(space):,} cells"
        )
    return np.array(found, dtype=np.int64)


def _mean(values: Floats) -> Floats:
    """Return the means over the last axis without NaN, which stays as an axis of length 1; 0 where all are NaN."""
    present = np.isfinite(values)
    count = present.sum(axis=2, keepdims=True)
    means: Floats = np.nansum(values, axis=2, keepdims=True) / np.maximum(count, 1)
    return means


def _charged(times: Floats, charged: Charged) -> Floats:
    return np.nansum(times, axis=2, keepdims=True) if charged == "sum" else _mean(times)
