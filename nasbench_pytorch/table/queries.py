"""Query many cells of a table at once: values, means over repeats, best cells, ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.errors import UnknownHashError
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, check_metric

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Doubles
    from nasbench_pytorch.table.storage.table_file import TableFile

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankedCell:
    """A cell and its rank.

    Attributes:
        rank: 1 for the best; equal cells share a rank.
        hash: hash of the cell.
        value: mean of the metric over the cell's repeats.
        repeats: number of repeats in the mean.
    """

    rank: int
    hash: str
    value: float
    repeats: int


def default_epochs(table: TableFile) -> int:
    """Return the budget that stands for None: the original's default, 108, or the largest of a table without 108.

    Raises:
        InputError: the table has no results, and so no budget.
    """
    if not table.metadata.epochs:
        raise InputError(f"{table.path.name} has no results of {table.cells:,} cells; name a table that has some")
    return 108 if 108 in table.metadata.epochs else max(table.metadata.epochs)


def find_cells(table: TableFile, hashes: Sequence[str] | npt.NDArray[Any]) -> Indices:
    """Return the numbers of the cells with these hashes.

    Raises:
        UnknownHashError: a hash is not in the table; the message names the first such hash.
    """
    texts = [str(value) for value in hashes] if isinstance(hashes, np.ndarray) else list(hashes)
    text = "".join(texts)
    if len(text) != 32 * len(texts) or set(map(len, texts)) - {32}:
        raise _unknown(table, next(value for value in texts if len(value) != 32))
    try:
        wanted = np.frombuffer(bytes.fromhex(text), ">u8").reshape(-1, 2).astype(np.uint64)
    except ValueError:
        raise _unknown(table, next(value for value in texts if table.find(value) is None)) from None
    # Neighbouring searches touch the same part of the index, so searching in sorted order is several times faster.
    order = np.argsort(wanted[:, 0])
    cells = np.empty(len(texts), np.int64)
    cells[order] = np.searchsorted(table.search_keys, wanted[order, 0])
    inside: Indices = np.minimum(cells, table.cells - 1)
    found = np.ascontiguousarray(table.hashes).view(">u8").reshape(-1, 2)[inside]
    wrong = np.flatnonzero((found != wanted).any(axis=1))
    for index in wrong:
        # The hash is unknown, or another hash with the same first half precedes it.
        cell = table.find(texts[index])
        if cell is None:
            raise _unknown(table, texts[index])
        inside[index] = cell
    return inside


def _unknown(table: TableFile, module_hash: str) -> UnknownHashError:
    return UnknownHashError(f"hash '{module_hash}' is not among the {table.cells:,} cells of {table.path.name}")


def metric_values(table: TableFile, metric: str, rows: Indices) -> Doubles:
    """Return a metric of some rows, NaN where missing; extra columns of numbers are metrics too.

    Raises:
        InputError: there is no such metric, or no row of the table has it.
    """
    if metric in table.metadata.absent_fields:
        present = ", ".join(name for name in ROW_FIELDS if name not in table.metadata.absent_fields)
        raise InputError(f"{table.path.name} has no {metric}: its source lacks it; it has {present}")
    check_metric(metric, tuple(name for name in table.extra_columns if _is_number(table.extra_column(name).type)))
    if metric in ROW_FIELDS:
        return table.values(metric, rows)
    values: Doubles = table.extra_column(metric).take(pa.array(rows)).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def check_epochs(table: TableFile, epochs: int) -> None:
    """Raise an error for a budget that the table lacks.

    Raises:
        OutOfDomainError: the table lacks the budget; the message lists the table's budgets.
    """
    if epochs not in table.metadata.epochs:
        raise invalid_epochs(table)


def invalid_epochs(table: TableFile) -> Exception:
    """Return the original's error for a budget that is not in the table."""
    from nasbench_pytorch.table.errors import OutOfDomainError

    return OutOfDomainError(f"invalid number of epochs, must be one of {list(table.metadata.epochs)}")


def lookup(table: TableFile, cells: Indices, metric: str, epochs: int, repeat: int | str) -> Doubles:
    """Return a metric of many cells; NaN where a cell has no such row.

    Args:
        table: the table.
        cells: numbers of cells; a cell may occur several times.
        metric: the field.
        epochs: the budget.
        repeat: 0, 1, 2, …, or "mean" for the mean over the existing repeats.

    Raises:
        InputError: there is no such metric, or `repeat` is not valid.
        OutOfDomainError: the epochs are not in the table.
    """
    check_epochs(table, epochs)
    check_repeat(repeat)
    starts = table.row_starts[cells].astype(np.int64)
    lengths = table.row_starts[cells + 1] - starts
    total, count = np.zeros(len(cells)), np.zeros(len(cells), np.int64)
    for offset in range(int(lengths.max()) if len(lengths) else 0):
        positions = np.flatnonzero(lengths > offset)
        rows = starts[positions] + offset
        fits = table.epochs[rows] == epochs
        if repeat != "mean":
            fits &= table.repeats[rows] == repeat
        positions, rows = positions[fits], rows[fits]
        values = metric_values(table, metric, rows)
        present = ~np.isnan(values)
        total[positions[present]] += values[present]
        count[positions[present]] += 1
    means: Doubles = np.divide(total, count, out=np.full(len(cells), np.nan), where=count > 0)
    return means


def check_repeat(repeat: int | str) -> None:
    """Raise an error for an invalid `repeat`.

    Raises:
        InputError: `repeat` is neither a number from 0 nor one of the words.
    """
    if repeat not in ("mean", "random") and not (isinstance(repeat, (int, np.integer)) and repeat >= 0):
        raise InputError(f"repeat must be 0, 1, 2, …, 'mean' or 'random', got {repeat!r}")


def cell_means(table: TableFile, metric: str, epochs: int) -> tuple[Doubles, Indices]:
    """Return each cell's mean of a metric over its repeats (NaN if it has none), and the number of repeats.

    Raises:
        InputError: there is no such metric.
        OutOfDomainError: the epochs are not in the table.
    """
    check_epochs(table, epochs)
    rows = np.flatnonzero(table.epochs == epochs)
    values = metric_values(table, metric, rows)
    present = ~np.isnan(values)
    owners = np.searchsorted(table.row_starts, rows[present], side="right") - 1
    count = np.bincount(owners, minlength=table.cells)
    total = np.bincount(owners, values[present], minlength=table.cells)
    return np.divide(total, count, out=np.full(table.cells, np.nan), where=count > 0), count


def best(table: TableFile, metric: str, epochs: int, n: int) -> list[RankedCell]:
    """Return the n best cells; see `NASBench.best`."""
    if n < 1:
        raise InputError(f"n must be at least 1, got {n}")
    means, count = cell_means(table, metric, epochs)
    keys = sort_keys(metric, means)
    order = np.argsort(keys, kind="stable")[: min(n, int((count > 0).sum()))]
    ranks = np.searchsorted(keys[order], keys[order]) + 1
    return [
        RankedCell(int(rank), table.hash_of(int(cell)), float(means[cell]), int(count[cell]))
        for rank, cell in zip(ranks, order, strict=True)
    ]


def rank(table: TableFile, cell: int, metric: str, epochs: int) -> RankedCell:
    """Return the rank of a cell; see `NASBench.rank`."""
    means, count = cell_means(table, metric, epochs)
    if not count[cell]:
        raise InputError(f"cell {table.hash_of(cell)} has no {metric} at {epochs} epochs in {table.path.name}")
    keys = sort_keys(metric, means)
    better = int((keys < keys[cell]).sum())
    return RankedCell(better + 1, table.hash_of(cell), float(means[cell]), int(count[cell]))


def sort_keys(metric: str, means: Doubles) -> Doubles:
    """Return numbers that sort the best first: large accuracies, small times and other costs; missing values last."""
    return -means if metric.endswith("accuracy") else means
