"""What `nasbench train` prints before and after the training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.cli.train.arguments import TrainArguments
    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.records import RunResult
    from nasbench_pytorch.space.presets import NamedCell
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.table.storage.table_file import TableFile


def header_lines(
    parsed: TrainArguments, cell: NamedCell, skeleton: Skeleton, data: ImageData, machine: str, out: Path
) -> list[str]:
    """Return the lines before a training: cell, data, recipe, device and folder."""
    from nasbench_pytorch.space.costs.one_cell import count_parameters
    from nasbench_pytorch.space.spec import hash_or_none

    recipe = parsed.recipe
    names = ", ".join(name for name in (cell.name, hash_or_none(cell.spec)) if name)
    return [
        f"cell    {names or 'operations beyond the three'}; {count_parameters(cell.spec, skeleton):,} parameters",
        f"data    {data.name} ({data.source}), {len(data.train):,} training images",
        f"recipe  {counted(recipe.epochs, 'epoch')}, {recipe.total_steps(len(data.train)):,} steps of "
        f"{recipe.batch_size} images, seed {parsed.seed}",
        f"device  {machine}",
        f"folder  {out}",
    ]


def print_result(result: RunResult, table: TableFile | None, out: Path) -> None:
    """Print a result, and beside it the table's rows of the same cell."""
    from nasbench_pytorch.cli.shared.result_text import describe_result

    print_lines(*describe_result(result))
    if table is not None:
        print_lines("", *_table_rows(table, result), "")
    print_lines(f"written to {out}")


def _table_rows(table: TableFile, result: RunResult) -> list[str]:
    """Return the table's rows of the trained cell as lines: of the same budget if the table has it, else all."""
    from nasbench_pytorch.cli.shared.table_differences import differences_from_table
    from nasbench_pytorch.table.row_descriptions import describe_rows

    if result.hash is None:
        return [f"{table.path.name} has no cells with operations beyond the three"]
    epochs = int(result.recipe["epochs"])
    lines = describe_rows(table, result.hash, epochs if epochs in table.metadata.epochs else None)
    if differences := differences_from_table(table.metadata, result):
        lines.insert(0, f"the table's trainings differ from this one: {'; '.join(differences)}")
    return lines


def short_name(cell: NamedCell) -> str:
    """Return the cell's name in the name of a run folder."""
    return cell.name or (cell.spec.hash_spec()[:8] if cell.spec.valid_spec else "cell")
