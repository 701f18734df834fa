"""Cells and counts of a search space as lines of text, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.cli.shared.columns import output_width, table_lines
from nasbench_pytorch.space.export import readable_table
from nasbench_pytorch.space.summary import QUANTILES, SpaceSummary

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

_QUANTILES_WIDTH = 124


def cell_values(space: SearchSpace, rows: list[int]) -> list[dict[str, Any]]:
    """Return the facts of each cell as plain values, in the order of `rows`."""
    unique, positions = np.unique(np.array(rows, dtype=np.int64), return_inverse=True)
    cells = readable_table(space.subset(unique)).to_pylist()
    values = []
    for position in positions.tolist():
        cell = cells[position]
        size, digits = cell["vertices"], cell["adjacency"]
        values.append(
            {
                "hash": cell["hash"],
                "vertices": size,
                "edges": cell["edges"],
                "parameters": cell["trainable_parameters"],
                "flops": cell["flops"],
                "ops": cell["operations"].split(","),
                "matrix": [[int(digit) for digit in digits[u * size : (u + 1) * size]] for u in range(size)],
            }
        )
    return values


def cell_lines(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a heading and a line for each cell; spaces separate the columns."""
    numbers = ("vertices", "edges", "parameters", "flops")
    rows = [
        [
            cell["hash"],
            *(str(cell[name]) for name in numbers),
            ",".join(cell["ops"]),
            " ".join("".join(map(str, row)) for row in cell["matrix"]),
        ]
        for cell in cells
    ]
    yield from table_lines(["hash", *numbers, "operations", "rows of the matrix"], rows, left=(0, 5, 6))


def summary_lines(summary: SpaceSummary) -> Iterator[str]:
    """Yield tables of counts and quantiles."""
    yield f"{summary.cells:,} cells"
    if not summary.cells:
        return
    yield from ["", *_counts("vertices", summary.by_vertices), "", *_counts("edges", summary.by_edges), ""]
    most = max(len(counts) for counts in summary.by_operation.values())
    rows = [
        [name, *(f"{count:,}" for count in counts), *[""] * (most - len(counts))]
        for name, counts in summary.by_operation.items()
    ]
    yield from table_lines(["cells by number of", *map(str, range(most))], rows, left=(0,))
    yield ""
    heads = ["least", *(f"{quantile:.0%}" for quantile in QUANTILES[1:-1]), "most"]
    width = output_width()
    if width is not None and width < _QUANTILES_WIDTH:
        values = zip(heads, summary.parameters, summary.flops, strict=True)
        upright = [[head, f"{parameters:,}", f"{flops:,}"] for head, parameters, flops in values]
        yield from table_lines(["quantiles", "parameters", "FLOPs"], upright, left=(0,))
        return
    yield f"{'quantiles':10}  " + "".join(f"{head:>16}" for head in heads)
    yield f"{'parameters':10}  " + "".join(f"{value:>16,}" for value in summary.parameters)
    yield f"{'FLOPs':10}  " + "".join(f"{value:>16,}" for value in summary.flops)


def _counts(name: str, counts: Mapping[int, int]) -> Iterator[str]:
    rows = [["cells", *(f"{count:,}" for count in counts.values())]]
    yield from table_lines([name, *map(str, counts)], rows, left=(0,))
