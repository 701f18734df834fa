"""`nasbench table info`, `query` and `best`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.table.text import describe_table
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.table.nasbench import NASBench


@dataclass(frozen=True)
class _Info:
    table: tyro.conf.Positional[Path | None] = None
    """The table; by default the small one that comes with the package."""
    fields: bool = False
    """Also list every field with its unit and meaning."""


def info(arguments: list[str]) -> None:
    """Summarise a table."""
    parsed = parse(_Info, arguments, "nasbench table info", "Summarise a table.")
    from nasbench_pytorch.table.default_table import choose_table
    from nasbench_pytorch.table.storage.table_file import TableFile

    table = TableFile(choose_table(parsed.table))
    print("\n".join(describe_table(table)))
    if parsed.fields:
        described = [item for item in table.describe() if item.name != "about"]  # the summary has it
        width, unit_width = max(len(item.name) for item in described), max(len(item.unit) for item in described)
        print()
        for item in described:
            print(f"{item.name:<{width}}  {item.unit:<{unit_width}}  {item.meaning}")


@dataclass(frozen=True)
class _Query:
    table: tyro.conf.Positional[Path | None] = None
    """The table; by default the small one that comes with the package."""
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    epochs: int | None = None
    """Only this budget; by default all."""


def query(arguments: list[str]) -> None:
    """Print the rows of a cell."""
    parsed = parse(_Query, arguments, "nasbench table query", "Print the rows of a cell.")
    from nasbench_pytorch.table.nasbench import NASBench
    from nasbench_pytorch.table.row_descriptions import describe_rows

    table = NASBench(parsed.table)
    if parsed.epochs is not None and parsed.epochs not in table.valid_epochs:
        raise InputError(f"{table.table.path} has no {parsed.epochs} epochs; it has {sorted(table.valid_epochs)}")
    module_hash = _hash_in(table, parsed.chosen)
    matrix, ops, _ = table.spec(module_hash).pruned()
    rows = " ".join("".join(map(str, row)) for row in matrix.tolist())
    fixed, _ = table.get_metrics_from_hash(module_hash)
    parameters = fixed["trainable_parameters"]
    print(f"matrix      {rows}")
    print(f"operations  {', '.join(ops)}")
    print(f"parameters  {'unknown' if parameters is None else format(parameters, ',')}")
    print()
    print("\n".join(describe_rows(table, module_hash, parsed.epochs)))


def _hash_in(table: NASBench, chosen: CellArguments) -> str:
    """Return the hash of the chosen cell; a full hash is only looked up in the table."""
    text = (chosen.hash or chosen.cell or "").lower()
    if text in table:
        return text
    spec = chosen.resolve().spec
    return table.table.hash_of(table.index_of(spec))


@dataclass(frozen=True)
class _Best:
    table: tyro.conf.Positional[Path | None] = None
    """The table; by default the small one that comes with the package."""
    metric: str = "test_accuracy"
    """Field to sort by, as a mean over the repeats; large accuracies and small times are good."""
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""
    n: int = 10
    """Number of cells."""


def best(arguments: list[str]) -> None:
    """List the best cells."""
    parsed = parse(_Best, arguments, "nasbench table best", "List the best cells by a metric.")
    from nasbench_pytorch.table import queries
    from nasbench_pytorch.table.nasbench import NASBench

    table = NASBench(parsed.table)
    epochs = queries.default_epochs(table.table) if parsed.epochs is None else parsed.epochs
    cells = table.best(parsed.metric, epochs, parsed.n)
    print(f"rank  hash                              {parsed.metric} at {epochs} epochs (mean of repeats)")
    for cell in cells:
        value = f"{cell.value:.6f}" if parsed.metric.endswith("accuracy") else f"{cell.value:.3f}"
        print(f"{cell.rank:>4}  {cell.hash}  {value} (of {cell.repeats})")
