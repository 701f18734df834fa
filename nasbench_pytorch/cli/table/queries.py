"""`nasbench table info`, `query` and `best`: what a table says."""

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
    from nasbench_pytorch.space import ModelSpec


@dataclass(frozen=True)
class _Info:
    table: tyro.conf.Positional[Path | None] = None
    """The table; the small one that comes with the package if left out."""
    fields: bool = False
    """Also list every field with its unit and meaning."""


def info(arguments: list[str]) -> None:
    given = parse(_Info, arguments, "nasbench table info", "What a table holds.")
    from nasbench_pytorch.table.default_table import choose_table
    from nasbench_pytorch.table.storage.table_file import TableFile

    table = TableFile(choose_table(given.table))
    print("\n".join(describe_table(table)))
    if given.fields:
        described = [item for item in table.describe() if item.name != "about"]  # which stands above
        width, unit_width = max(len(item.name) for item in described), max(len(item.unit) for item in described)
        print()
        for item in described:
            print(f"{item.name:<{width}}  {item.unit:<{unit_width}}  {item.meaning}")


@dataclass(frozen=True)
class _Query:
    table: tyro.conf.Positional[Path | None] = None
    """The table; the small one that comes with the package if left out."""
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    epochs: int | None = None
    """Only this budget; all if left out."""


def query(arguments: list[str]) -> None:
    given = parse(_Query, arguments, "nasbench table query", "The rows of a cell.")
    from nasbench_pytorch.table.nasbench import NASBench
    from nasbench_pytorch.table.row_descriptions import describe_rows

    table = NASBench(given.table)
    if given.epochs is not None and given.epochs not in table.valid_epochs:
        raise InputError(f"{table.table.path} has no {given.epochs} epochs; it has {sorted(table.valid_epochs)}")
    module_hash = _hash_in(table, given.chosen)
    spec: ModelSpec = table.spec(module_hash)
    matrix, ops, _ = spec.pruned()
    rows = " ".join("".join(map(str, row)) for row in matrix.tolist())
    fixed, _ = table.get_metrics_from_hash(module_hash)
    parameters = fixed["trainable_parameters"]
    print(f"matrix      {rows}")
    print(f"operations  {', '.join(ops)}")
    print(f"parameters  {'not known' if parameters is None else format(parameters, ',')}")
    print()
    print("\n".join(describe_rows(table, module_hash, given.epochs)))


def _hash_in(table: object, chosen: CellArguments) -> str:
    """The hash of the cell that was asked for; a full hash is looked up in the table alone."""
    from nasbench_pytorch.table.nasbench import NASBench

    assert isinstance(table, NASBench)
    text = (chosen.hash or chosen.cell or "").lower()
    if text in table:
        return text
    spec = chosen.resolve().spec
    return table.table.hash_of(table.index_of(spec))


@dataclass(frozen=True)
class _Best:
    table: tyro.conf.Positional[Path | None] = None
    """The table; the small one that comes with the package if left out."""
    metric: str = "test_accuracy"
    """Mean of this field over the repeats decides; large accuracies and small times are good."""
    epochs: int | None = None
    """The budget; the table's largest if left out."""
    n: int = 10
    """How many cells."""


def best(arguments: list[str]) -> None:
    given = parse(_Best, arguments, "nasbench table best", "The best cells by a metric.")
    from nasbench_pytorch.table.nasbench import NASBench

    table = NASBench(given.table)
    epochs = max(table.valid_epochs) if given.epochs is None else given.epochs
    cells = table.best(given.metric, epochs, given.n)
    print(f"rank  hash                              {given.metric} at {epochs} epochs (mean of repeats)")
    for cell in cells:
        value = f"{cell.value:.6f}" if given.metric.endswith("accuracy") else f"{cell.value:.3f}"
        print(f"{cell.rank:>4}  {cell.hash}  {value} (of {cell.repeats})")
