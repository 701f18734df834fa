"""Describe a cell's rows in a table as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS
from nasbench_pytorch.table.storage.row_reader import RowReader
from nasbench_pytorch.table.storage.table_file import TableFile

if TYPE_CHECKING:
    from nasbench_pytorch.table.nasbench import NASBench

_HEADER = "epochs  repeat   time (s)   train  validation    test   halfway: time (s)   train  validation    test"


def describe_rows(table: NASBench | TableFile, module_hash: str, epochs: int | None = None) -> list[str]:
    """Describe a table's rows of a cell: a line for each training, and one for the mean of each budget's repeats.

    Args:
        table: a `NASBench` or its `TableFile`.
        module_hash: 32 hex digits.
        epochs: only this budget; None for all.

    Returns:
        Lines of text; a single one if the table lacks the cell or the budget.
    """
    file = table if isinstance(table, TableFile) else table.table
    cell = file.find(module_hash)
    if cell is None:
        return [f"{file.path.name} does not have cell {module_hash}"]
    reader = RowReader(file)
    budgets = [budget for budget in sorted(reader.budgets(cell)) if epochs in (None, budget)]
    lines = [f"{file.path.name}, cell {module_hash}", _HEADER]
    for budget in budgets:
        rows = reader.rows(cell, budget, FINAL)
        numbers = [[*reader.metrics(row, FINAL), *reader.metrics(row, HALFWAY)] for row in rows]
        lines += [_line(budget, str(reader.repeat(row)), values) for row, values in zip(rows, numbers, strict=True)]
        if len(rows) > 1:
            lines.append(_line(budget, "mean", [sum(column) / len(rows) for column in zip(*numbers, strict=True)]))
    if len(lines) == 2:
        return [f"{file.path.name} has no training of cell {module_hash}" + (f" at {epochs} epochs" if epochs else "")]
    return lines


def _line(epochs: int, repeat: str, values: list[float]) -> str:
    final, halfway = values[: len(METRICS)], values[len(METRICS) :]
    return (
        f"{epochs:>6}  {repeat:>6}  {final[0]:>9.1f}  {final[1]:.4f}  {final[2]:>10.4f}  {final[3]:.4f}"
        f"   {halfway[0]:>17.1f}  {halfway[1]:.4f}  {halfway[2]:>10.4f}  {halfway[3]:.4f}"
    )
