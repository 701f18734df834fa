"""Cells and counts of a search space as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.space.export import readable_table
from nasbench_pytorch.space.summary import QUANTILES, SpaceSummary

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


def cell_lines(space: SearchSpace, rows: list[int]) -> Iterator[str]:
    """Yield a heading and a line for each cell, in the order of `rows`; spaces separate the columns."""
    yield f"{'hash':32}  vertices  edges  {'parameters':>10}  {'flops':>14}  operations, and rows of the matrix"
    unique, positions = np.unique(np.array(rows, dtype=np.int64), return_inverse=True)
    cells = readable_table(space.subset(unique)).to_pylist()
    for position in positions.tolist():
        cell = cells[position]
        size = cell["vertices"]
        matrix = " ".join(cell["adjacency"][start : start + size] for start in range(0, size * size, size))
        yield (
            f"{cell['hash']}  {size:8}  {cell['edges']:5}  {cell['trainable_parameters']:10}  {cell['flops']:14}  "
            f"{cell['operations']}  {matrix}"
        )


def summary_lines(summary: SpaceSummary) -> Iterator[str]:
    """Yield tables of counts and quantiles."""
    yield f"{summary.cells:,} cells"
    if not summary.cells:
        return
    yield from ["", *_counts("vertices", summary.by_vertices), "", *_counts("edges", summary.by_edges), ""]
    width = max(len("cells by number of"), *map(len, summary.by_operation))
    most = max(len(counts) for counts in summary.by_operation.values())
    column = len(f"{summary.cells:,}") + 2
    yield f"{'cells by number of'.ljust(width)}  " + "".join(f"{number:>{column}}" for number in range(most))
    for name, counts in summary.by_operation.items():
        yield f"{name.ljust(width)}  " + "".join(f"{count:>{column},}" for count in counts)
    yield ""
    heads = ["least", *(f"{quantile:.0%}" for quantile in QUANTILES[1:-1]), "most"]
    yield f"{'quantiles':10}  " + "".join(f"{head:>16}" for head in heads)
    yield f"{'parameters':10}  " + "".join(f"{value:>16,}" for value in summary.parameters)
    yield f"{'FLOPs':10}  " + "".join(f"{value:>16,}" for value in summary.flops)


def _counts(name: str, counts: Mapping[int, int]) -> Iterator[str]:
    column = len(f"{sum(counts.values()):,}") + 2
    yield f"{name:10}" + "".join(f"{number:>{column}}" for number in counts)
    yield f"{'cells':10}" + "".join(f"{count:>{column},}" for count in counts.values())
