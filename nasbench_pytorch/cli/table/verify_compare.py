"""`nasbench table verify` and `compare`."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.cli.shared.columns import output_width, table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

if TYPE_CHECKING:
    from nasbench_pytorch.table.comparison import MetricComparison
    from nasbench_pytorch.table.storage.table_file import TableFile

_HEADINGS = (
    "pearson", "spearman", "kendall", "mean diff", "mean |diff|", "max |diff|", "noise A", "noise B", "|diff| by noise"
)  # fmt: skip


@dataclass(frozen=True)
class _Verify:
    table: tyro.conf.Positional[str | None] = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    evaluation_images: tuple[int, ...] = ()
    """Images of an evaluation: one number, or three for training, validation and test images; by default the numbers in
    the table."""
    json: Path | None = None
    """Print the report as JSON instead of text; with the name of a .json file, write it there."""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)


def verify(arguments: list[str]) -> int:
    """Verify a table."""
    parsed = parse(
        _Verify, arguments, "nasbench table verify", "Check hashes, parameter counts, accuracies and times of a table."
    )
    from nasbench_pytorch.progress import progress_bar
    from nasbench_pytorch.table.default_table import open_table
    from nasbench_pytorch.table.verification import verify as verify_table

    check_json_path(parsed.json)
    table = open_table(parsed.table)
    skeleton = None
    if parsed.skeleton != SkeletonArguments():
        skeleton = parsed.skeleton.resolve(NASBENCH101_SKELETON)
    with progress_bar("verifying", in_bytes=False) as progress:
        report = verify_table(table, skeleton, _images(parsed.evaluation_images), progress)
    if write_result(parsed.json, dataclasses.asdict(report)):
        return 1 if report.problems else 0
    print_lines(*(f"assumed: {text}" for text in report.assumed))
    for problem in report.problems:
        print_lines(f"WRONG: {problem.check}: {problem.count:,} fail", *(f"  {text}" for text in problem.examples))
    verdict = "problems found" if report.problems else "all sound"
    print_lines(f"{report.cells:,} cells and {report.rows:,} rows checked: {verdict}")
    return 1 if report.problems else 0


def _images(counts: tuple[int, ...]) -> int | dict[str, int] | None:
    if len(counts) not in (0, 1, 3) or any(count < 1 for count in counts):
        raise InputError(
            f"--evaluation-images {' '.join(map(str, counts))}: give one number from 1, or three, for the training, "
            "validation and test images"
        )
    if len(counts) == 3:
        return dict(zip(("train", "validation", "test"), counts, strict=True))
    return counts[0] if counts else None


@dataclass(frozen=True)
class _Compare:
    first: tyro.conf.Positional[str]
    """A table: a name (see nasbench table list) or a file."""
    second: tyro.conf.Positional[str]
    """Another table; differences are second − first."""
    epochs: tuple[int, ...] = ()
    """Budgets to compare; by default all common budgets."""
    metrics: tuple[str, ...] = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
    """Fields to compare."""
    json: Path | None = None
    """Print the numbers as JSON instead of text; with the name of a .json file, write them there as well."""
    plot: Path | None = None
    """File to draw a scatter plot to (.png, .svg or .pdf)."""


def compare(arguments: list[str]) -> None:
    """Compare two tables."""
    parsed = parse(_Compare, arguments, "nasbench table compare", "Compare two tables on their common cells.")
    from nasbench_pytorch.table.default_table import open_table

    check_json_path(parsed.json)
    names = (parsed.first, parsed.second)
    first, second = map(open_table, names)
    print_comparison((first, second), names, parsed.metrics, parsed.epochs, parsed.json, parsed.plot)


def print_comparison(
    tables: tuple[TableFile, TableFile],
    names: tuple[str, str],
    metrics: tuple[str, ...],
    epochs: tuple[int, ...],
    json: Path | None,
    plot: Path | None,
) -> None:
    """Print how two tables differ on their common cells; optionally write the numbers and a plot.

    Args:
        tables: A and B.
        names: their names in the output.
        metrics: fields to compare.
        epochs: budgets; empty for all common budgets.
        json: file for the numbers, `-` to print them instead of the text, or None.
        plot: file for a scatter plot, or None.
    """
    from nasbench_pytorch.table.comparison import compare as compare_tables
    from nasbench_pytorch.table.comparison import paired_means

    compared = compare_tables(*tables, metrics, epochs or None)
    quiet = write_result(json, [line.to_dict() for line in compared])
    if not quiet:
        title = (f"A: {names[0]}", f"B: {names[1]}", "differences are B - A of means over repeats")
        line_width, together = output_width(), "   ".join(title)
        print_lines(*(title if line_width is not None and len(together) > line_width else (together,)))
        rows = [[str(line.epochs), line.metric, f"{line.cells:,}", *map(_number, _values(line))] for line in compared]
        print_lines(*table_lines(["epochs", "metric", "cells", *_HEADINGS], rows, left=(1,)))
    if json is not None and not quiet:
        print_lines(f"numbers     {json}")
    if plot is not None:
        from nasbench_pytorch.plots.scatter import draw_scatter

        panels = [
            (f"{line.metric}, {line.epochs} epochs", *paired_means(*tables, line.metric, line.epochs))
            for line in compared
        ]
        first, second = (Path(name).name for name in names)
        draw_scatter(plot, panels, first, second, "Means over repeats of the common cells")
        if not quiet:
            print_lines(f"plot        {plot}")


def _values(line: MetricComparison) -> tuple[float, ...]:
    """Return the values below the headings."""
    return (
        line.pearson,
        line.spearman,
        line.kendall,
        line.mean_difference,
        line.mean_absolute_difference,
        line.max_absolute_difference,
        line.noise_first,
        line.noise_second,
        line.expected_difference,
    )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}" if abs(value) < 1000 else f"{value:.1f}"
