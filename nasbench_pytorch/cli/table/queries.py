"""`nasbench table info`, `query` and `best`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments
from nasbench_pytorch.cli.shared.cell_notation import is_hash
from nasbench_pytorch.cli.shared.columns import fold_lines, table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.text import describe_table, table_values
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.presets import NAMED_CELLS

if TYPE_CHECKING:
    from nasbench_pytorch.table.nasbench import NASBench


@dataclass(frozen=True)
class _Info:
    table: tyro.conf.Positional[str | None] = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    fields: bool = False
    """Also list every field with its unit and meaning."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def info(arguments: list[str]) -> None:
    """Summarise a table."""
    parsed = parse(_Info, arguments, "nasbench table info", "Summarise a table.")
    from nasbench_pytorch.table.default_table import open_table

    check_json_path(parsed.json)
    table = open_table(parsed.table)
    if write_result(parsed.json, table_values(table)):
        return
    print_lines(*describe_table(table))
    if parsed.fields:
        described = [item for item in table.describe() if item.name != "about"]  # the summary has it
        width, unit_width = max(len(item.name) for item in described), max(len(item.unit) for item in described)
        print_lines("")
        for item in described:
            print_lines(f"{item.name:<{width}}  {item.unit:<{unit_width}}  {item.meaning}")


@dataclass(frozen=True)
class _Query:
    table: tyro.conf.Positional[str | None] = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    epochs: int | None = None
    """Only this budget; by default all."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def query(arguments: list[str]) -> None:
    """Print the rows of a cell."""
    parsed = parse(_Query, arguments, "nasbench table query", "Print the rows of a cell.")
    from nasbench_pytorch.table.nasbench import NASBench
    from nasbench_pytorch.table.row_descriptions import describe_rows

    check_json_path(parsed.json)
    file, chosen = _table_and_cell(parsed.table, parsed.chosen)
    table = NASBench(file)
    if parsed.epochs is not None and parsed.epochs not in table.valid_epochs:
        raise InputError(f"{table.table.path} has no {parsed.epochs} epochs; it has {sorted(table.valid_epochs)}")
    module_hash = _hash_in(table, chosen)
    matrix, ops, _ = table.spec(module_hash).pruned()
    rows = " ".join("".join(map(str, row)) for row in matrix.tolist())
    fixed, computed = table.get_metrics_from_hash(module_hash)
    parameters = fixed["trainable_parameters"]
    by_budget = {budget: rows for budget, rows in computed.items() if parsed.epochs in (None, budget)}
    facts = {"hash": module_hash, "matrix": matrix.tolist(), "ops": ops, "trainable_parameters": parameters}
    if write_result(parsed.json, {**facts, "results": by_budget}):
        return
    print_lines(
        f"matrix      {rows}",
        f"operations  {', '.join(ops)}",
        f"parameters  {'unknown' if parameters is None else format(parameters, ',')}",
        "",
    )
    title, *lines = describe_rows(table, module_hash, parsed.epochs)
    print_lines(title, *fold_lines(lines, "  halfway:") if lines else ())


def _table_and_cell(table: str | None, chosen: CellArguments) -> tuple[str | None, CellArguments]:
    """Read a single argument that names a cell, and no table, as the cell: `nasbench table query inception`."""
    from nasbench_pytorch.table.named.registry import is_table_name

    if table is None or chosen.given or os.path.lexists(table) or is_table_name(table):
        return table, chosen
    return (None, CellArguments(name=table)) if table in NAMED_CELLS or is_hash(table) else (table, chosen)


def _hash_in(table: NASBench, chosen: CellArguments) -> str:
    """Return the hash of the chosen cell; a full hash is only looked up in the table."""
    text = (chosen.hash or chosen.text or "").lower()
    if text in table:
        return text
    spec = chosen.resolve().spec
    return table.table.hash_of(table.index_of(spec))


@dataclass(frozen=True)
class _Best:
    table: tyro.conf.Positional[str | None] = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    metric: str = "test_accuracy"
    """Field to sort by, as a mean over the repeats; large accuracies and small times are good."""
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 10
    """Number of cells."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def best(arguments: list[str]) -> None:
    """List the best cells."""
    parsed = parse(_Best, arguments, "nasbench table best", "List the best cells by a metric.")
    from nasbench_pytorch.table import queries
    from nasbench_pytorch.table.nasbench import NASBench

    check_json_path(parsed.json)
    table = NASBench(parsed.table)
    epochs = queries.default_epochs(table.table) if parsed.epochs is None else parsed.epochs
    cells = table.best(parsed.metric, epochs, parsed.count)
    values = [{"rank": cell.rank, "hash": cell.hash, "value": cell.value, "repeats": cell.repeats} for cell in cells]
    if write_result(parsed.json, {"metric": parsed.metric, "epochs": epochs, "cells": values}):
        return
    digits = 6 if parsed.metric.endswith("accuracy") else 3
    rows = [[str(cell.rank), cell.hash, f"{cell.value:.{digits}f} (of {cell.repeats})"] for cell in cells]
    heading = f"{parsed.metric} at {counted(epochs, 'epoch')} (mean)"
    print_lines(*table_lines(["rank", "hash", heading], rows, left=(1, 2)))
